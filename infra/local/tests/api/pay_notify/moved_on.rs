//! What has changed between an order and the word of its payment: products, channels, keys, buyers.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use testkit::payments::Change;

use crate::app::{Person, TestApp};
use crate::shop::paying::{Message, PROVIDERS, Till, due, notified, params};

async fn deletes(app: &TestApp, admin: &Person<'_>, path: &str) {
    assert_eq!(app.send(Method::DELETE, path, &admin.token, "").await.data(), 1, "{path}");
}

/// Pays, and has the payment credited as the order was made.
async fn is_credited(app: &TestApp, ada: &Person<'_>, order: &str, what: &str) {
    let before = ada.credits().await;
    for _ in 0..2 {
        assert_eq!(notified(app, order).await, "success", "{what}");
    }
    assert_eq!(ada.credits().await, before + 1000, "{what}");
}

#[tokio::test]
async fn what_was_ordered_is_credited_whatever_becomes_of_product_and_channel() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let product = async |changes: Value| {
                let mut changes = changes;
                changes["id"] = json!(till.product);
                app.put("/api/admin/products", &till.admin.token, &changes).await.data();
            };
            let mut orders = Vec::new();
            for _ in 0..6 {
                orders.push(till.paid_order(&ada).await);
            }
            product(json!({"price": 1, "integral": 1_000_000})).await;
            is_credited(app, &ada, &orders[0], "a changed product").await;
            product(json!({"status": 0})).await;
            is_credited(app, &ada, &orders[1], "a product off sale").await;
            deletes(app, &till.admin, &format!("/api/admin/products/{}", till.product)).await;
            is_credited(app, &ada, &orders[2], "a deleted product").await;
            till.change_channel(json!({"status": 0})).await;
            is_credited(app, &ada, &orders[3], "a channel switched off").await;
            let other = if provider == "alipay" { "yipay" } else { "alipay" };
            let form = json!({"channel": other, "types": "alipay", "params": params(app, other).to_string()});
            till.change_channel(form).await;
            is_credited(app, &ada, &orders[4], "a channel at another provider").await;
            deletes(app, &till.admin, &format!("/api/admin/payment/{}", till.channel)).await;
            is_credited(app, &ada, &orders[5], "a deleted channel").await;
        })
        .await;
    }
}

/// What of a channel's parameters names the merchant, and the same merchant's parameters with another key.
fn with(app: &TestApp, provider: &str, key: &str, merchant: Option<&str>) -> Value {
    let mut changed = params(app, provider);
    changed["key"] = json!(key);
    if let Some(merchant) = merchant {
        changed[merchant_field(provider)] = json!(merchant);
    }
    json!({"params": changed.to_string()})
}

const fn merchant_field(provider: &str) -> &'static str {
    match provider.as_bytes() {
        b"yipay" => "pid",
        b"jspay" => "mchid",
        _ => "appid",
    }
}

fn signed_by(app: &TestApp, order: &str, key: &str, merchant: Option<(&str, &str)>) -> Message {
    let fields = merchant.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Message::of(app, order, &Change { key: Some(key.to_owned()), fields, ..Change::default() })
}

/// Who has changed the keys at the provider loses no order: those of then are right, and those of now.
#[tokio::test]
async fn old_and_new_keys_of_the_same_merchant_are_right() {
    for provider in ["yipay", "jspay", "hpjpay"] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let (old, new) = (till.paid_order(&ada).await, till.paid_order(&ada).await);
            let by_new = signed_by(app, &new, "the-new-key-of-this-merchant", None);
            assert_eq!(by_new.send(app).await, "fail", "{provider}: nobody has named that key yet");
            till.change_channel(with(app, provider, "the-new-key-of-this-merchant", None)).await;
            is_credited(app, &ada, &old, provider).await;
            assert_eq!(by_new.send(app).await, "success", "{provider}");
            assert_eq!(ada.credits().await, 2010, "{provider}");
            let by_other = signed_by(app, &new, "another-key", None);
            assert_eq!(by_other.send(app).await, "fail", "{provider}");
        })
        .await;
    }
}

/// Another merchant's key says nothing of this merchant's orders, though the channel has it now.
#[tokio::test]
async fn keys_of_another_merchant_are_wrong() {
    for provider in ["yipay", "jspay", "hpjpay"] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            let theirs = "the-key-of-another-merchant";
            till.change_channel(with(app, provider, theirs, Some("777"))).await;
            let field = merchant_field(provider);
            for message in [signed_by(app, &order, theirs, None), signed_by(app, &order, theirs, Some((field, "777")))]
            {
                assert_eq!(message.send(app).await, "fail", "{provider}");
                let verdict = "通知不可信：通知的签名不正确";
                assert_eq!(till.newest(&order).await, ("odd".to_owned(), verdict.to_owned()), "{provider}");
            }
            assert_eq!(ada.credits().await, 10, "{provider}");
            // A new key alone, once the channel is gone, is nobody's.
            deletes(app, &till.admin, &format!("/api/admin/payment/{}", till.channel)).await;
            assert_eq!(signed_by(app, &order, theirs, None).send(app).await, "fail", "{provider}");
            is_credited(app, &ada, &order, provider).await;
        })
        .await;
    }
}

/// The sums are right though the buyer has chatted, signed in and bought other things since the order was made.
#[tokio::test]
async fn a_buyer_who_moved_on_is_credited_all_the_same() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let (chatted, signed_in, bought) =
                (till.paid_order(&ada).await, till.paid_order(&ada).await, till.paid_order(&ada).await);
            ada.chat("hi [[usage=100,50]]").await;
            is_credited(app, &ada, &chatted, "chatted").await;
            app.post("/api/signin", &ada.token, &Value::Null).await.data();
            is_credited(app, &ada, &signed_in, "signed in").await;
            is_credited(app, &ada, &bought, "bought").await;
            assert_eq!(ada.statement().await.0, 6, "{provider}");
        })
        .await;
    }
}

/// Days count from the end of the membership as it is when the payment comes.
#[tokio::test]
async fn days_bought_side_by_side_add_up() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
        let form = json!({"title": "月卡", "price": 990, "type": "day", "value": 30, "level": 2, "status": 1});
        let month = app.post("/api/admin/products", &till.admin.token, &form).await.data();
        let mut orders = Vec::new();
        for _ in 0..3 {
            orders.push(till.order_of(&ada, month["id"].as_str().unwrap(), 1).await);
        }
        for (order, date) in orders.iter().zip(["2026-01-31", "2026-03-02", "2026-04-01"]) {
            assert!(app.stack.payments.pay(order));
            assert_eq!(notified(app, order).await, "success");
            let info = ada.info().await;
            assert_eq!((&info["vip_expire_time"], &info["svip_expire_time"]), (&json!(date), &json!(date)));
        }
    })
    .await;
}

/// Who was banned meanwhile has paid all the same.
#[tokio::test]
async fn a_banned_buyer_is_credited() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            let ban = json!({"id": ada.id, "status": 0});
            app.put("/api/admin/user", &till.admin.token, &ban).await.data();
            for _ in 0..2 {
                assert_eq!(notified(app, &order).await, "success", "{provider}");
            }
            let user = app.users().into_iter().find(|user| user["id"] == ada.id.as_str()).unwrap();
            assert_eq!((&user["balance"], &user["enabled"]), (&json!(1010), &json!(false)), "{provider}");
        })
        .await;
    }
}

/// Nobody is there to be credited: the administrator reads of it, and the order ends like any other.
#[tokio::test]
async fn a_deleted_buyer_is_not_credited() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let (paid, unpaid) = (till.paid_order(&ada).await, till.order(&ada).await);
            deletes(app, &till.admin, &format!("/api/admin/user/{}", ada.id)).await;
            for _ in 0..2 {
                assert_eq!(notified(app, &paid).await, "fail", "{provider}");
                let verdict = "付款人的账号已注销，未到账";
                assert_eq!(till.newest(&paid).await, ("odd".to_owned(), verdict.to_owned()), "{provider}");
            }
            assert_eq!(till.status(&paid).await, "TRADE_AWAIT", "{provider}");
            for _ in 0..26 {
                app.clock.advance(Duration::from_secs(3600));
                let report = app.stack.run_janitor().await;
                assert!(report.get("error").is_none(), "{report}");
            }
            for order in [&paid, &unpaid] {
                assert_eq!(till.status(order).await, "TRADE_CLOSED", "{provider}");
            }
            assert_eq!(due(app), Vec::<String>::new(), "{provider}");
        })
        .await;
    }
}
