//! Credits set by administrators.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use super::{ADA, ledger, put};
use crate::app::{ADMIN, CONVERSATION, TestApp};
use crate::sandbox::Sandbox;

const SET_ASIDE: &str = "该用户有对话正在进行，已预留的积分暂时不能扣除，请稍后再试";

#[tokio::test]
async fn a_wanted_sum_is_a_row_with_the_difference() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        for (wanted, sum) in [(json!(110), 110), (json!("30"), 30), (json!(30.0), 30), (json!(0), 0), (json!(null), 0)]
        {
            let row = put(app, &admin, &ada.id, json!({"integral": wanted})).await.data()[0].clone();
            assert_eq!((&row["integral"], ada.credits().await), (&json!(sum), sum));
        }
        let rows =
            [("-30积分", "管理员调整"), ("-80积分", "管理员调整"), ("100积分", "管理员调整"), ("10积分", "注册奖励")];
        let rows = rows.map(|(value, describe)| (value.to_owned(), describe.to_owned())).to_vec();
        assert_eq!(ada.statement().await, (4, rows));
        let adjusted: Vec<_> =
            app.table().into_iter().filter(|row| row.get("describe") == Some(&json!("管理员调整"))).collect();
        for row in adjusted {
            assert_eq!((&row["cause"]["kind"], &row["cause"]["by"]), (&json!("adjustment"), &json!(admin.id)));
        }
        put(app, &admin, &ada.id, json!({"integral": 1_000_000_000})).await.data();
        assert_eq!(ada.credits().await, 1_000_000_000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_sums_at_once_each_is_reckoned_from_the_one_before() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        // So far apart that no turn makes one of another: a sum that is there already would be no adjustment.
        let sums = (100..200).step_by(10);
        let puts = join_all(sums.clone().map(|sum| put(app, &admin, &ada.id, json!({"integral": sum}))));
        let turns = async {
            for _ in 0..3 {
                ada.chat("hi [[usage=100,50]]").await;
            }
        };
        let (answers, ()) = tokio::join!(puts, turns);
        for (answer, sum) in answers.iter().zip(sums.clone()) {
            assert_eq!(answer.data()[0]["integral"], sum);
        }
        let rows = ledger(app, &ada.id);
        assert_eq!(rows.iter().filter(|(_, describe)| describe == "管理员调整").count(), 10, "{rows:?}");
        let credits = ada.credits().await;
        assert!((94..200).contains(&credits), "{credits}");
    })
    .await;
}

/// A change waits just before its transaction, while the user spends: the sum is still what was wanted.
#[tokio::test]
async fn a_sum_that_was_overtaken_is_reckoned_anew() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (answer, ()) = tokio::join!(put(app, &admin, &ada.id, json!({"integral": 20})), async {
            held.reached().await;
            assert_eq!(ada.chat("hi [[usage=100,50]]").await.balance(), 8);
            held.release();
        });
        assert_eq!(answer.data()[0]["integral"], 20);
        let rows: Vec<i64> = ledger(app, &ada.id).iter().map(|(amount, _)| *amount).collect();
        assert_eq!(rows, [10, -2, 12]);
    })
    .await;
}

#[tokio::test]
async fn what_a_running_chat_set_aside_stays() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let (turn, ()) = tokio::join!(ada.chat("hi [[gate]] [[usage=100,50]]"), async {
            app.stack.upstream.reached(1).await;
            assert_eq!(put(app, &admin, &ada.id, json!({"integral": 0})).await.refusal(400), SET_ASIDE);
            assert_eq!(
                put(app, &admin, &ada.id, json!({"integral": 10, "nickname": "A"})).await.data()[0]["integral"],
                10
            );
            assert_eq!(put(app, &admin, &ada.id, json!({"integral": 40})).await.data()[0]["integral"], 40);
            assert_eq!(put(app, &admin, &ada.id, json!({"integral": 15})).await.data()[0]["integral"], 15);
            app.stack.upstream.open_gate();
        });
        assert_eq!((turn.cost(), turn.balance()), (2, 13));
        assert_eq!(put(app, &admin, &ada.id, json!({"integral": 0})).await.data()[0]["integral"], 0);
    })
    .await;
}

/// A chat starts between the look and the write of a change that takes what the chat sets aside.
#[tokio::test]
async fn a_chat_overtakes_a_change() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let change = async {
            let answer = put(app, &admin, &ada.id, json!({"integral": 0})).await;
            app.stack.upstream.open_gate();
            answer
        };
        let (answer, turn) = tokio::join!(change, async {
            held.reached().await;
            let (turn, ()) = tokio::join!(ada.chat("hi [[gate]] [[usage=100,50]]"), async {
                app.stack.upstream.reached(1).await;
                held.release();
            });
            turn
        });
        assert_eq!(answer.refusal(400), SET_ASIDE);
        assert_eq!(turn.balance(), 8);
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_chat_set_aside_can_be_taken() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let sandbox = Sandbox::of(app, "chat");
        let body = json!({"prompt": "hi [[hang=0]]", "parentMessageId": CONVERSATION});
        let _turn = (sandbox.chat().await)(&ada.token, &body);
        app.stack.upstream.reached(1).await;
        sandbox.kill();
        assert_eq!(put(app, &admin, &ada.id, json!({"integral": 0})).await.refusal(400), SET_ASIDE);
        app.clock.advance(Duration::from_secs(16 * 60));
        assert_eq!(put(app, &admin, &ada.id, json!({"integral": 0})).await.data()[0]["integral"], 0);
    })
    .await;
}
