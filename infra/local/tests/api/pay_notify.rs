//! `ANY /api/pay/notify` and `ANY /api/pay/notify/{channel}/{id}`: what providers tell of orders.

mod amounts;
mod attacks;
mod contradictions;
mod faults;
mod kills;
mod moved_on;
mod races;
mod refunds;
mod soak;
mod strays;

use hyper::Method;
use serde_json::{Map, Value, json};
use testkit::payments::Change;

use crate::app::{ADMIN, TestApp};
use crate::shop::paying::{Message, PROVIDERS, Till, item, notified, open_orders, pays, word};

#[tokio::test]
async fn a_payment_is_credited_once_whoever_tells_of_it() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            assert_eq!((open_orders(app, &ada), ada.credits().await), (1, 10), "{provider}");
            app.clock.advance(std::time::Duration::from_secs(20));
            assert_eq!(notified(app, &order).await, "success", "{provider}");
            let paid = till.detail(&order).await;
            for _ in 0..3 {
                app.clock.advance(std::time::Duration::from_secs(5));
                assert_eq!(notified(app, &order).await, "success", "{provider}: a repeat");
            }
            assert_eq!((open_orders(app, &ada), ada.credits().await), (0, 1010), "{provider}");
            let (count, statement) = ada.statement().await;
            assert_eq!((count, &statement[0]), (2, &("1000积分".to_owned(), "购买-一千积分".to_owned())));
            assert_eq!(till.detail(&order).await, paid, "a repeat changes nothing");

            let expected = json!({"trade_status": "TRADE_SUCCESS", "late": 0, "money": 10.0, "quantity": 1,
                "channel": provider, "pay_time": "2026-01-01 08:00:20", "update_time": "2026-01-01 08:00:20"});
            for (name, value) in expected.as_object().unwrap() {
                assert_eq!(&paid[name], value, "{provider}: {name}");
            }
            let trade = app.stack.payments.trades().remove(0);
            assert_eq!((&paid["trade_no"], trade.amount_fen), (&json!(trade.trade_no), 1000));
            check_receipt(app, &order, &paid);
            let kinds: Vec<String> = till.timeline(&order).await.into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(kinds, ["created", "offered", "paid"], "{provider}");
            assert_eq!(till.paid_by(&order).await, "支付平台通知已付款，已到账");
        })
        .await;
    }
}

/// The receipt holds what the provider said, without what would sign it again.
fn check_receipt(app: &TestApp, order: &str, detail: &Value) {
    let said: Map<String, Value> = serde_json::from_str(detail["notify_info"].as_str().unwrap()).unwrap();
    let message = Message::of(app, order, &Change::default());
    let names = |left_out: &[&str]| -> Vec<String> {
        let mut names: Vec<String> = message.fields.iter().map(|(name, _)| name.clone()).collect();
        names.retain(|name| !left_out.contains(&name.as_str()));
        names.sort_unstable();
        names
    };
    let mut kept: Vec<String> = said.keys().cloned().collect();
    kept.sort_unstable();
    assert!(kept == names(&["sign", "sign_type"]) || kept == names(&["sign", "hash"]), "{kept:?}");
    assert_eq!(item(app, order, "receipt").unwrap()["source"], "notification");
}

#[tokio::test]
async fn days_and_quantities_are_credited_as_bought() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let days = async |title: &str, days: i64, level: i64| {
                let form =
                    json!({"title": title, "price": 990, "type": "day", "value": days, "level": level, "status": 1});
                let made = app.post("/api/admin/products", &till.admin.token, &form).await.data();
                made["id"].as_str().unwrap().to_owned()
            };
            let (member, above) = (days("月卡", 30, 1).await, days("超级旬卡", 10, 2).await);
            let dates = async || {
                let info = ada.info().await;
                [info["vip_expire_time"].clone(), info["svip_expire_time"].clone()]
            };
            assert_eq!(dates().await, ["2025-12-31", "2025-12-31"]);
            let buys = async |product: &str, quantity: i64, fen: i64| {
                let order = till.order_of(&ada, product, quantity).await;
                pays(app, &order);
                assert_eq!(app.stack.payments.trades().pop().unwrap().amount_fen, fen);
                assert_eq!(notified(app, &order).await, "success");
                assert_eq!(notified(app, &order).await, "success");
            };
            buys(&member, 1, 990).await;
            assert_eq!(dates().await, ["2026-01-31", "2025-12-31"]);
            buys(&above, 3, 2970).await;
            assert_eq!(dates().await, ["2026-03-02", "2026-01-31"]);
            buys(&till.product, 3, 3000).await;
            assert_eq!((dates().await, ada.credits().await), ([json!("2026-03-02"), json!("2026-01-31")], 3010));
            let (_, statement) = ada.statement().await;
            let expected = [
                ("3000积分", "购买-一千积分"),
                ("30天", "购买-超级旬卡"),
                ("30天", "购买-月卡"),
                ("10积分", "注册奖励"),
            ];
            assert_eq!(statement, expected.map(|(value, text)| (value.to_owned(), text.to_owned())), "{provider}");
        })
        .await;
    }
}

/// Providers differ in how they say it, and some in two ways.
#[tokio::test]
async fn every_way_to_say_it_is_understood() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let mut credits = 10;
            for way in ["as it comes", "turned", "bare", "bare and turned", "json", "more fields", "another host"] {
                let order = till.paid_order(&ada).await;
                let message = Message::of(app, &order, &Change::default());
                let bare = message.clone().at("/api/pay/notify".to_owned());
                let said = match way {
                    "turned" => message.turned().send(app).await,
                    "bare" => bare.send(app).await,
                    "bare and turned" => bare.turned().send(app).await,
                    "json" => word(&json_of(&message, app).await),
                    "more fields" => more_fields(app, &order).send(app).await,
                    "another host" => word(&from_another_host(&message, app).await),
                    _ => message.send(app).await,
                };
                assert_eq!(said, "success", "{provider}, {way}");
                credits += 1000;
                assert_eq!(ada.credits().await, credits, "{provider}, {way}");
                assert_eq!(till.status(&order).await, "TRADE_SUCCESS", "{provider}, {way}");
            }
        })
        .await;
    }
}

async fn json_of(message: &Message, app: &TestApp) -> crate::http::Answer {
    let fields: Map<String, Value> = message.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let headers = [("content-type", "application/json; charset=utf-8")];
    app.http.send(Method::POST, &message.path, &headers, Value::Object(fields).to_string()).await
}

/// What else a provider signs decides nothing: neither who gets it, nor what, nor how much.
fn more_fields(app: &TestApp, order: &str) -> Message {
    let more =
        [("user_id", "7"), ("product_id", "7"), ("quantity", "99"), ("integral", "1000000"), ("passback", "一&二")];
    let fields = more.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Message::of(app, order, &Change { fields, ..Change::default() })
}

async fn from_another_host(message: &Message, app: &TestApp) -> crate::http::Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("host", "evil.example.com")];
    app.http.send(Method::POST, &message.path, &headers, message.form()).await
}

/// Alipay writes, and signs, in the charset that it names.
#[tokio::test]
async fn a_notification_in_another_charset_is_read_in_it() {
    for charset in ["GBK", "gb2312", "GB18030", "utf-8"] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            let change = Change { fields: vec![("charset".to_owned(), charset.to_owned())], ..Change::default() };
            let delivery = app.stack.payments.deliver(&order, &change).await;
            let in_utf8 = delivery.sent.contains("%E4%B8%80");
            assert_eq!((delivery.body.as_str(), in_utf8), ("success", charset == "utf-8"), "{charset}");
            assert_eq!(ada.credits().await, 1010, "{charset}");
            let said = till.detail(&order).await["notify_info"].as_str().unwrap().to_owned();
            assert!(said.contains("一千积分"), "{charset}: {said}");
        })
        .await;
    }
}

/// Front ends show titles as they were when the order was made.
#[tokio::test]
async fn the_title_of_then_stands_in_the_statement() {
    TestApp::run(async |app| {
        let form = json!({"title": "春节 & 元宵=礼包🎁", "price": 1, "integral": 5, "status": 1});
        let till = Till::selling(app, app.log_in(ADMIN).await, "yipay", &form).await;
        let ada = app.log_in("ada@example.com").await;
        let order = till.paid_order(&ada).await;
        let changes = json!({"id": till.product, "title": "改名", "integral": 9, "price": 7});
        app.put("/api/admin/products", &till.admin.token, &changes).await.data();
        assert_eq!(notified(app, &order).await, "success");
        let (_, statement) = ada.statement().await;
        assert_eq!(statement[0], ("5积分".to_owned(), "购买-春节 & 元宵=礼包🎁".to_owned()));
        assert_eq!(till.detail(&order).await["product_title"], "春节 & 元宵=礼包🎁");
    })
    .await;
}
