//! Providers that say no, and providers that say nothing that one could believe.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{id_of, orders, sells_as, wish};
use crate::app::{ADMIN, Person, TestApp};
use crate::shop::paying::open_orders;
use crate::shop::{PROVIDERS, asks, collects, order, params, sells, settles};
use crate::stranger::Stranger;

const FAILED: &str = "支付错误，稍后再试";

/// The one order there is, as administrators see it.
async fn the_order(app: &TestApp, admin: &Person<'_>) -> Value {
    let orders = orders(app);
    assert_eq!(orders.len(), 1, "{orders:?}");
    order(app, admin, orders[0]["id"].as_str().unwrap()).await
}

/// It is closed with this reason, and counts no more.
async fn is_closed(app: &TestApp, admin: &Person<'_>, ada: &Person<'_>, why: &str) {
    let row = the_order(app, admin).await;
    assert_eq!((&row["trade_status"], &row["pay_url"]), (&json!("TRADE_CLOSED"), &Value::Null), "{why}");
    let events = row["timeline"].as_array().unwrap();
    assert_eq!((events.len(), &events[1]["event"]), (2, &json!("failed")), "{row}");
    assert_eq!(events[1]["text"], format!("支付平台拒绝下单，订单已关闭：{why}"));
    assert_eq!((open_orders(app, ada), ada.credits().await), (0, 10));
}

/// It waits with this reason, and is paid when the provider says so.
async fn is_kept(app: &TestApp, admin: &Person<'_>, ada: &Person<'_>, why: &str) -> String {
    let row = the_order(app, admin).await;
    assert_eq!((&row["trade_status"], &row["pay_url"]), (&json!("TRADE_AWAIT"), &Value::Null), "{why}");
    let events = row["timeline"].as_array().unwrap();
    assert_eq!((events.len(), &events[1]["event"]), (2, &json!("failed")), "{row}");
    assert_eq!(events[1]["text"], format!("下单结果不明，将按计划向支付平台查询：{why}"));
    assert_eq!(open_orders(app, ada), 1);
    row["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_order_that_the_provider_refuses_is_closed_at_once() {
    for (provider, words) in [
        ("alipay", "无权限使用接口 ACQ.ACCESS_FORBIDDEN"),
        ("yipay", "该商户已被封禁，无法发起支付"),
        ("jspay", "商户状态异常"),
        ("hpjpay", "支付渠道未开通"),
    ] {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let product = sells_as(app, &admin, provider, "一千积分[[refuse]]").await;
            let answer = asks(app, &ada, &wish(&product)).await;
            assert_eq!(answer.refusal(502), FAILED, "{provider}");
            assert_eq!(answer.envelope()["data"], json!({}));
            is_closed(app, &admin, &ada, words).await;
            assert!(app.stack.payments.trades().is_empty());
            // However often somebody tries, the slots stay free.
            for _ in 0..11 {
                assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(502), FAILED);
            }
            assert_eq!((orders(app).len(), open_orders(app, &ada)), (12, 0));
        })
        .await;
    }
}

#[tokio::test]
async fn a_provider_that_was_never_reached_has_taken_nothing() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let mut params = params(app, provider);
            params["api"] = json!(Stranger::nowhere().await);
            collects(app, provider, &params).await;
            let product = sells(app).await;
            assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(502), FAILED, "{provider}");
            is_closed(app, &admin, &ada, "支付接口无法连接").await;
        })
        .await;
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_believed_leaves_an_order_that_can_be_paid() {
    for (provider, directive, why) in [
        ("alipay", "drop", "支付接口应答中断"),
        ("yipay", "drop", "支付接口应答中断"),
        ("jspay", "drop", "支付接口应答中断"),
        ("hpjpay", "drop", "支付接口应答中断"),
        ("alipay", "garbage", "支付接口应答无法识别"),
        ("yipay", "garbage", "支付接口应答无法识别"),
        ("jspay", "garbage", "支付接口应答无法识别"),
        ("hpjpay", "garbage", "支付接口应答无法识别"),
        ("alipay", "unsigned", "支付接口应答的签名不正确"),
        ("jspay", "unsigned", "支付接口应答的签名不正确"),
        ("hpjpay", "unsigned", "支付接口应答的签名不正确"),
    ] {
        TestApp::run(async |app| {
            let at = format!("{provider}, {directive}");
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let product = sells_as(app, &admin, provider, &format!("一千积分[[{directive}]]")).await;
            assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(502), FAILED, "{at}");
            assert_eq!(app.stack.payments.calls(), 1, "{at}: an order is given once");
            let id = is_kept(app, &admin, &ada, why).await;
            assert_eq!(settles(app, &id).await.body, "success", "{at}");
            assert_eq!((ada.credits().await, open_orders(app, &ada)), (1010, 0), "{at}");
            assert_eq!(order(app, &admin, &id).await["trade_status"], "TRADE_SUCCESS", "{at}");
        })
        .await;
    }
}

/// Nobody knows whether it was taken; it was not, and so its time ends.
#[tokio::test]
async fn an_order_that_nobody_has_taken_ends_by_itself() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let product = sells_as(app, &admin, provider, "一千积分").await;
            app.stack.payments.fail_next(1);
            assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(502), FAILED, "{provider}");
            let id = is_kept(app, &admin, &ada, "支付接口应答状态 502").await;
            assert!(app.stack.payments.trades().is_empty(), "{provider}");
            // The next try is another order, of its own number.
            let next = id_of(&asks(app, &ada, &wish(&product)).await.data());
            assert_ne!(next, id);
            app.clock.advance(Duration::from_secs(121 * 60));
            assert!(app.stack.run_janitor().await.get("error").is_none());
            assert_eq!(order(app, &admin, &id).await["trade_status"], "TRADE_CLOSED", "{provider}");
            assert_eq!(open_orders(app, &ada), 0, "{provider}");
        })
        .await;
    }
}

/// The only test that waits in earnest: the person must have an answer before browsers give up.
#[tokio::test]
async fn a_slow_provider_is_not_waited_for_longer_than_people_wait() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let product = sells_as(app, &admin, "yipay", "一千积分[[slow_ms=30000]]").await;
        let began = Instant::now();
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(502), FAILED);
        let waited = began.elapsed();
        assert!((Duration::from_secs(7)..Duration::from_secs(12)).contains(&waited), "{waited:?}");
        let id = is_kept(app, &admin, &ada, "支付接口超时").await;
        assert_eq!(settles(app, &id).await.body, "success");
        assert_eq!((ada.credits().await, open_orders(app, &ada)), (1010, 0));
    })
    .await;
}
