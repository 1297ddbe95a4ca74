//! Many at once.

use futures_util::future::join_all;
use serde_json::json;

use crate::app::TestApp;
use crate::side_by_side::side_by_side;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_chats_on_a_balance_for_one() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(-9);
        let answers = join_all((0..50).map(|_| ada.ask("hi [[delay_ms=100]]", json!({})))).await;
        let passed = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(passed, 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            // Their credit is set aside for the one that runs; a refusal after its end names the empty balance.
            let expected = if answer.status == 409 {
                "上一个请求尚未结束，请稍后再试。"
            } else {
                "账户积分余额不足, 请充值后在使用。"
            };
            assert_eq!(answer.envelope()["message"], expected);
        }
        assert_eq!(app.stack.upstream.count(), 1);
        let balance =
            app.table().iter().find(|item| item["pk"] == format!("user#{}", ada.id)).unwrap()["balance"].clone();
        assert_eq!(balance, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chats_side_by_side_each_get_their_row() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(10_000);
        let turns = join_all((0..5).map(|_| ada.chat("hi [[usage=100,50]]"))).await;
        assert!(turns.iter().all(|turn| turn.cost() == 2));
        assert_eq!(ada.credits().await, 10_010 - 10);
        assert_eq!(ada.statement().await.0, 2 + 5);
        let mut balances: Vec<i64> = turns.iter().map(crate::app::Turn::balance).collect();
        balances.sort_unstable();
        assert_eq!(balances, (0..5).map(|n| 10_000 + 2 * n).collect::<Vec<i64>>(), "each turn names its own balance");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_has_five_chats_open_at_most() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(10_000);
        let answers = side_by_side(app, 7, (0..12).map(|_| ada.ask("hi [[gate]]", json!({})))).await;
        let limited: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
        assert_eq!(limited.len(), 7);
        for answer in limited {
            assert_eq!(answer.refusal(429), "请求次数过多，请稍后再试！");
            assert!(answer.headers.contains_key("retry-after"));
        }
    })
    .await;
}
