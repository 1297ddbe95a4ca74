//! What pictures cost, who pays, and what is charged when less comes than was asked for.

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use crate::admin_token::row;
use crate::app::{ADMIN, TestApp};
use crate::pictures::DRAW;
use crate::side_by_side::side_by_side;

const POOR: &str = "账户积分余额不足, 请充值后在使用。";

#[tokio::test]
async fn each_picture_costs_what_the_setting_says() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(90);
        assert_eq!(ada.draws(app, "a cat", 1).await.len(), 1);
        assert_eq!(ada.credits().await, 90);
        app.set("draw_price", "3");
        assert_eq!(ada.draws(app, "a cat", 4).await.len(), 4);
        assert_eq!(ada.credits().await, 78);
        // More than there can be is as many as there can be.
        let mut wish = crate::pictures::wish("a cat", 99);
        wish["quantity"] = json!("99");
        assert_eq!(app.post(DRAW, &ada.token, &wish).await.data().as_array().unwrap().len(), 10);
        assert_eq!(ada.credits().await, 48);
        app.set("draw_price", "0");
        assert_eq!(ada.draws(app, "a cat", 2).await.len(), 2);
        assert_eq!((ada.credits().await, ada.statement().await.0), (48, 2 + 3), "what is free writes no row");
        assert_eq!((ada.pictures(app, "").await.0, app.stack.objects.list().len()), (17, 17));
        let spent = row(app, &admin, &json!("1")).await["usage"].as_f64().unwrap();
        assert!(spent > 0.0, "what the key has spent is known");
    })
    .await;
}

/// What was agreed on before the call counts after it.
#[tokio::test]
async fn the_price_is_fixed_before_the_call() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(90);
        let dearer = async {
            app.stack.upstream.reached(1).await;
            app.set("draw_price", "50");
            app.stack.upstream.open_gate();
        };
        let (rows, ()) = tokio::join!(ada.draws(app, "a cat [[gate]]", 1), dearer);
        assert_eq!((rows.len(), ada.credits().await), (1, 90));
        ada.draws(app, "a cat", 1).await;
        assert_eq!(ada.credits().await, 40);
    })
    .await;
}

#[tokio::test]
async fn what_did_not_come_is_not_charged() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(90);
        assert_eq!(ada.draws(app, "a cat [[partial=2]]", 5).await.len(), 2);
        assert_eq!((ada.credits().await, app.stack.objects.list().len()), (80, 2));
        assert_eq!(ada.statement().await.1[0], ("-20积分".to_owned(), "绘画".to_owned()));
        app.check_nothing_held();
    })
    .await;
}

/// One of three cannot be stored: the other two are handed over and paid.
#[tokio::test]
async fn what_could_not_be_kept_is_not_charged() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(90);
        // Of twelve tries in all the last ten fail.
        app.stack.wire.plan(Fault::new(FaultKind::FailBefore).on("PutObject").nth(3).lasting());
        let rows = ada.draws(app, "a cat", 3).await;
        app.stack.wire.heal();
        assert_eq!((rows.len(), app.stack.objects.list().len()), (2, 2));
        assert_eq!((ada.credits().await, ada.pictures(app, "").await.0), (80, 2));
        app.check_nothing_held();
    })
    .await;
}

#[tokio::test]
async fn without_credits_nobody_is_asked() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        assert_eq!(ada.asks_to_draw(app, "a cat", 2).await.refusal(400), POOR);
        ada.is_given(-1);
        assert_eq!(ada.asks_to_draw(app, "a cat", 1).await.refusal(400), POOR);
        assert_eq!((app.stack.upstream.count(), app.stack.objects.list().len()), (0, 0));
        assert_eq!(ada.credits().await, 9);
        app.check_nothing_held();
    })
    .await;
}

/// A membership pays for chats, not for pictures.
#[tokio::test]
async fn members_pay_for_pictures() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.edit_user(&ada, "SET svip_day = :day", &json!({":day": {"S": "2027-01-01"}}));
        ada.draws(app, "a cat", 1).await;
        assert_eq!(ada.credits().await, 0);
        assert_eq!(ada.asks_to_draw(app, "a cat", 1).await.refusal(400), POOR);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_draws_on_a_balance_for_two() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(10);
        let answers = join_all((0..20).map(|_| ada.asks_to_draw(app, "a cat [[delay_ms=300]]", 1))).await;
        let (drawn, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(drawn.len(), 2);
        for answer in refused {
            // Their credits are set aside for those that run; a refusal after their end names the empty balance.
            let expected = if answer.status == 409 { "上一个请求尚未结束，请稍后再试。" } else { POOR };
            assert_eq!(answer.envelope()["message"], expected);
        }
        assert_eq!((app.stack.upstream.count(), app.stack.objects.list().len()), (2, 2));
        assert_eq!((ada.credits().await, ada.pictures(app, "").await.0), (0, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_has_five_draws_open_at_most() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(1000);
        let answers = side_by_side(app, 7, (0..12).map(|_| ada.asks_to_draw(app, "a cat [[gate]]", 1))).await;
        let limited: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
        assert_eq!(limited.len(), 7);
        for answer in limited {
            assert_eq!(answer.refusal(429), "请求次数过多，请稍后再试！");
            assert!(answer.headers.contains_key("retry-after"));
        }
        assert_eq!((ada.credits().await, ada.statement().await.0), (960, 2 + 5));
    })
    .await;
}
