//! `GET /api/pay/order/{id}`: the owner's look at an order, which asks the provider.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{ADMIN, Person, TestApp};
use crate::shop::paying::{PROVIDERS, Till, notified, open_orders, params, pays};

/// What an owner sees, and no more.
const KEYS: [&str; 17] = [
    "channel",
    "create_time",
    "id",
    "late",
    "money",
    "order_id",
    "pay_time",
    "pay_type",
    "pay_url",
    "product_id",
    "product_info",
    "product_title",
    "quantity",
    "trade_no",
    "trade_status",
    "update_time",
    "user_id",
];

/// Looks, and tells how often the provider was asked.
async fn asks(app: &TestApp, till: &Till<'_>, ada: &Person<'_>, order: &str) -> (String, u64) {
    let before = app.stack.payments.calls();
    let status = till.looks(ada, order).await["trade_status"].as_str().unwrap().to_owned();
    (status, app.stack.payments.calls() - before)
}

#[tokio::test]
async fn an_order_is_its_owners_alone() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
        let bob = app.log_in("bob@example.com").await;
        let order = till.paid_order(&ada).await;
        let path = format!("/api/pay/order/{order}");
        for (token, status) in [(&bob.token, 404), (&till.admin.token, 404), (&String::new(), 401)] {
            assert_eq!(app.get(&path, token).await.status, status);
        }
        for id in ["1", "x", "-1", &format!("{order}0"), "undefined", "test"] {
            assert_eq!(app.get(&format!("/api/pay/order/{id}"), &ada.token).await.refusal(404), "数据不存在", "{id}");
        }
        assert_eq!((ada.credits().await, open_orders(app, &ada)), (10, 1), "strangers have nobody asked");
        assert_eq!(till.looks(&ada, &order).await["trade_status"], "TRADE_SUCCESS");
        assert_eq!((ada.credits().await, bob.credits().await), (1010, 10));
    })
    .await;
}

#[tokio::test]
async fn a_look_shows_the_order_and_nothing_of_the_merchants() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            assert_eq!(notified(app, &order).await, "success");
            let own = till.looks(&ada, &order).await;
            let keys: Vec<&str> = own.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, KEYS, "{provider}");
            let expected = json!({"id": order, "order_id": order, "user_id": ada.id, "product_id": till.product,
                "product_title": "一千积分", "quantity": 1, "channel": provider, "pay_type": "alipay", "money": 10.0,
                "trade_status": "TRADE_SUCCESS", "late": 0, "create_time": "2026-01-01 08:00:00"});
            for (name, value) in expected.as_object().unwrap() {
                assert_eq!(&own[name], value, "{provider}: {name}");
            }
            let product: Value = serde_json::from_str(own["product_info"].as_str().unwrap()).unwrap();
            assert_eq!((&product["id"], &product["price"]), (&json!(till.product), &json!(1000)));
            let text = own.to_string();
            for (name, value) in params(app, provider).as_object().unwrap() {
                let value = value.as_str().unwrap();
                let is_public = ["api", "return_url", "keyType"].contains(&name.as_str());
                assert!(is_public || !text.contains(value), "{provider}: {name}");
            }
            for name in ["payment_info", "notify_info", "notify_url", "params", "timeline", "\"ip\"", "****"] {
                assert!(!text.contains(name), "{provider}: {name} in {text}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_lost_notification_heals_at_the_owners_look() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.order(&ada).await;
            assert_eq!(asks(app, &till, &ada, &order).await, ("TRADE_AWAIT".to_owned(), 1), "{provider}");
            pays(app, &order);
            app.clock.advance(Duration::from_secs(3));
            assert_eq!(asks(app, &till, &ada, &order).await, ("TRADE_SUCCESS".to_owned(), 1), "{provider}");
            assert_eq!((ada.credits().await, open_orders(app, &ada)), (1010, 0), "{provider}");
            assert_eq!(till.paid_by(&order).await, "用户查看订单时得知已付款，已到账", "{provider}");
            assert_eq!(notified(app, &order).await, "success", "{provider}: late, and no news");
            app.clock.advance(Duration::from_secs(10));
            assert_eq!(
                asks(app, &till, &ada, &order).await,
                ("TRADE_SUCCESS".to_owned(), 0),
                "a paid order is settled"
            );
            assert_eq!(ada.credits().await, 1010, "{provider}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provider_is_asked_once_in_three_seconds() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
        let (order, other) = (till.order(&ada).await, till.order(&ada).await);
        let before = app.stack.payments.calls();
        join_all((0..20).map(|_| till.looks(&ada, &order))).await;
        assert_eq!(app.stack.payments.calls() - before, 1);
        for (millis, asked) in [(0, 0), (2_999, 0), (1, 1), (1_000, 0), (1_000, 0), (1_000, 1)] {
            app.clock.advance(Duration::from_millis(millis));
            assert_eq!(asks(app, &till, &ada, &order).await.1, asked, "after {millis} ms more");
        }
        assert_eq!(asks(app, &till, &ada, &other).await.1, 1, "each order has its own turn");
    })
    .await;
}

/// Nobody has a provider asked for ever by looking at many orders.
#[tokio::test]
async fn one_person_has_thirty_questions_a_minute() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "hpjpay").await, app.log_in("ada@example.com").await);
        let mut orders = Vec::new();
        for _ in 0..10 {
            orders.push(till.order(&ada).await);
        }
        let mut asked = Vec::new();
        for _ in 0..5 {
            let mut of_all = 0;
            for order in &orders {
                let (status, calls) = asks(app, &till, &ada, order).await;
                assert_eq!(status, "TRADE_AWAIT");
                of_all += calls;
            }
            asked.push(of_all);
            app.clock.advance(Duration::from_secs(3));
        }
        assert_eq!(asked, [10, 10, 10, 0, 0]);
        app.clock.advance(Duration::from_secs(60));
        assert_eq!(asks(app, &till, &ada, &orders[0]).await.1, 1);
    })
    .await;
}

/// Whatever the provider does, the order is shown.
#[tokio::test]
async fn an_order_is_shown_although_its_provider_is_down() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            app.stack.payments.fail_next(usize::MAX);
            let (status, asked) = asks(app, &till, &ada, &order).await;
            assert!(status == "TRADE_AWAIT" && asked > 0, "{provider}: {status} {asked}");
            app.stack.payments.fail_next(0);
            app.clock.advance(Duration::from_secs(3));
            assert_eq!(asks(app, &till, &ada, &order).await.0, "TRADE_SUCCESS", "{provider}");
            assert_eq!(ada.credits().await, 1010, "{provider}");
        })
        .await;
    }
}

/// The payment cannot be credited now: the owner sees the order as it is, and the schedule makes up for it.
#[tokio::test]
async fn an_order_is_shown_although_its_payment_cannot_be_credited() {
    let kinds = [(FaultKind::FailBefore, "TRADE_AWAIT"), (FaultKind::FailAfter, "TRADE_SUCCESS")];
    for (kind, status) in kinds {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "hpjpay").await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            app.stack.wire.plan(Fault::new(kind).on("TransactWriteItems").lasting());
            assert_eq!(till.looks(&ada, &order).await["trade_status"], status, "{kind:?}");
            app.stack.wire.heal();
            app.clock.advance(Duration::from_secs(60));
            app.stack.run_janitor().await;
            assert_eq!((ada.credits().await, ada.statement().await.0), (1010, 2), "{kind:?}");
            assert_eq!(till.looks(&ada, &order).await["trade_status"], "TRADE_SUCCESS", "{kind:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_closed_order_that_was_paid_heals_for_a_week() {
    for (days, heals) in [(0, true), (6, true), (7, false)] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "jspay").await, app.log_in("ada@example.com").await);
            let order = till.order(&ada).await;
            app.clock.advance(Duration::from_secs(2 * 3600));
            app.stack.run_janitor().await;
            assert_eq!(till.status(&order).await, "TRADE_CLOSED");
            app.clock.advance(Duration::from_secs(days * 24 * 3600));
            // The last scheduled question comes before the payment.
            app.stack.run_janitor().await;
            pays(app, &order);
            let (status, asked) = asks(app, &till, &ada, &order).await;
            assert_eq!((status == "TRADE_SUCCESS", asked), (heals, u64::from(heals)), "after {days} days");
            if heals {
                assert_eq!((ada.credits().await, &till.detail(&order).await["late"]), (1010, &json!(1)));
                let text = "用户查看订单时得知已付款，已到账（订单关闭后付款）";
                assert_eq!(till.paid_by(&order).await, text, "after {days} days");
            } else {
                assert_eq!(till.refresh(&order).await, "已支付，本次到账", "administrators can always ask");
                assert_eq!(ada.credits().await, 1010);
            }
        })
        .await;
    }
}

/// A trade that cannot be paid any more ends the order.
#[tokio::test]
async fn a_look_learns_that_the_provider_closed_the_trade() {
    TestApp::run(async |app| {
        let till = Till::selling(app, app.log_in(ADMIN).await, "alipay", &crate::shop::product()).await;
        let ada = app.log_in("ada@example.com").await;
        let order = till.order(&ada).await;
        assert!(app.stack.payments.close(&order));
        assert_eq!(asks(app, &till, &ada, &order).await, ("TRADE_CLOSED".to_owned(), 1));
        assert_eq!((open_orders(app, &ada), ada.credits().await), (0, 10));
    })
    .await;
}

/// Some epay sites answer with the order under `data`.
#[tokio::test]
async fn a_lost_notification_heals_where_the_answer_is_nested() {
    TestApp::run(async |app| {
        let mut product = crate::shop::product();
        product["title"] = json!("一千积分[[nested]]");
        let till = Till::selling(app, app.log_in(ADMIN).await, "yipay", &product).await;
        let ada = app.log_in("ada@example.com").await;
        let order = till.order(&ada).await;
        assert_eq!(asks(app, &till, &ada, &order).await, ("TRADE_AWAIT".to_owned(), 1));
        pays(app, &order);
        app.clock.advance(Duration::from_secs(3));
        assert_eq!(asks(app, &till, &ada, &order).await, ("TRADE_SUCCESS".to_owned(), 1));
        assert_eq!(ada.credits().await, 1010);
        let scheduled = till.paid_order(&ada).await;
        app.clock.advance(Duration::from_secs(60));
        assert_eq!(app.stack.run_janitor().await["orders"]["credited"], 1);
        assert_eq!((till.status(&scheduled).await.as_str(), ada.credits().await), ("TRADE_SUCCESS", 2010));
    })
    .await;
}
