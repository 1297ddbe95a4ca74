//! Notifications that somebody forged, changed or borrowed: each is refused, told of on the order's timeline, and leaves
//! the order payable.

mod forged;
mod swapped;

use hyper::Method;
use serde_json::json;
use testkit::payments::Change;

use crate::app::{ADMIN, Person, TestApp};
use crate::shop::paying::{Message, PROVIDERS, Till, item, notified, open_orders, pays, word};

/// Orders of one person that wait at a time.
const OPEN_MAX: usize = 9;

/// A shop that sells 99 credits for 0.99 yuan, which has many lookalikes.
async fn cheap<'a>(app: &'a TestApp, provider: &'static str) -> Till<'a> {
    let form = json!({"title": "九十九积分", "price": 99, "integral": 99, "status": 1});
    Till::selling(app, app.log_in(ADMIN).await, provider, &form).await
}

/// What an attacker sends about an order.
type Forgery = Box<dyn Fn(&TestApp, &str) -> Message>;

/// One way to attack an order, and what the administrator is told of it.
struct Attack {
    what: String,
    message: Forgery,
    verdict: String,
}

fn attack(
    what: impl Into<String>,
    verdict: impl Into<String>,
    message: impl Fn(&TestApp, &str) -> Message + 'static,
) -> Attack {
    Attack { what: what.into(), message: Box::new(message), verdict: verdict.into() }
}

/// Tries each attack on an order of its own.
async fn try_all(app: &TestApp, till: &Till<'_>, attacks: Vec<Attack>) {
    assert!(!attacks.is_empty());
    for (group, few) in attacks.chunks(OPEN_MAX).enumerate() {
        let victim = app.log_in(&format!("victim{group}@example.com")).await;
        for attack in few {
            let order = till.paid_order(&victim).await;
            let what = format!("{}: {}", till.provider, attack.what);
            let before = item(app, &order, "order").unwrap();
            assert_eq!((attack.message)(app, &order).send(app).await, "fail", "{what}");
            check_refused(till, &victim, &order, &attack.verdict, &what).await;
            let mut after = item(app, &order, "order").unwrap();
            let counted = ["strange", "odd"].map(|name| after.remove(name));
            let said = ["last_strange", "last_odd"].map(|name| after.remove(name));
            let once = |value: &str| [[Some(json!(value)), None], [None, Some(json!(value))]];
            assert!(once("1").contains(&counted), "{what}: {counted:?}");
            assert!(once(&attack.verdict).contains(&said), "{what}: {said:?}");
            assert_eq!(after, before, "{what}");
        }
        // What was forged stands in nobody's way.
        for trade in app.stack.payments.trades().iter().rev().take(few.len()) {
            assert_eq!(notified(app, &trade.number).await, "success");
        }
        assert_eq!(victim.credits().await, 10 + 99 * i64::try_from(few.len()).unwrap());
    }
}

async fn check_refused(till: &Till<'_>, victim: &Person<'_>, order: &str, verdict: &str, what: &str) {
    let detail = till.detail(order).await;
    let newest = detail["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(detail["trade_status"], "TRADE_AWAIT", "{what}");
    assert_eq!((&newest["event"], &newest["text"]), (&json!("odd"), &json!(verdict)), "{what}");
    assert_eq!(victim.credits().await, 10, "{what}");
}

/// The name of the field that holds the signature.
const fn signature(provider: &str) -> &'static str {
    match provider.as_bytes() {
        b"hpjpay" => "hash",
        _ => "sign",
    }
}

/// The first twenty are kept, more are only refused; what the provider says is heard all the same.
#[tokio::test]
async fn many_forgeries_fill_nothing_and_hide_nothing() {
    TestApp::run(async |app| {
        let (till, ada) = (cheap(app, "yipay").await, app.log_in("ada@example.com").await);
        let order = till.paid_order(&ada).await;
        let odd = async || till.timeline(&order).await.iter().filter(|(kind, _)| kind == "odd").count();
        let honest = || Message::of(app, &order, &Change::default());
        let forged = || Message::of(app, &order, &Change { wrong_signature: true, ..Change::default() });
        for _ in 0..5 {
            assert_eq!(forged().send(app).await, "fail");
        }
        assert_eq!(odd().await, 1, "what is said again is no news");
        for number in 0..25 {
            let name = format!("n{number}");
            assert_eq!(honest().and(&name, "").and(&name, "").send(app).await, "fail", "{number}");
        }
        assert_eq!((odd().await, till.status(&order).await), (20, "TRADE_AWAIT".to_owned()));
        // What the provider itself has signed is not crowded out by strangers.
        let less = Change { amount: Some("0.01".to_owned()), ..Change::default() };
        assert_eq!(Message::of(app, &order, &less).send(app).await, "fail");
        assert_eq!(till.newest(&order).await.1, "金额不符：应付0.99元，实付0.01元");
        assert_eq!(notified(app, &order).await, "success");
        assert_eq!(
            (ada.credits().await, till.status(&order).await, odd().await),
            (109, "TRADE_SUCCESS".to_owned(), 21)
        );
        // Nor can what was forged spoil a paid order.
        assert_eq!(forged().send(app).await, "fail");
        assert_eq!(
            (ada.credits().await, till.status(&order).await, odd().await),
            (109, "TRADE_SUCCESS".to_owned(), 21)
        );
    })
    .await;
}

/// Addresses that are no order's, or of another provider than the order's.
#[tokio::test]
async fn an_address_that_is_no_orders_is_refused() {
    TestApp::run(async |app| {
        let (till, ada) = (cheap(app, "yipay").await, app.log_in("ada@example.com").await);
        let order = till.paid_order(&ada).await;
        let message = Message::of(app, &order, &Change::default());
        let before = till.detail(&order).await;
        for path in [
            format!("/api/pay/notify/paypal/{order}"),
            format!("/api/pay/notify/YIPAY/{order}"),
            format!("/api/pay/notify/yipay%20/{order}"),
            "/api/pay/notify/yipay/1".to_owned(),
            "/api/pay/notify/yipay/x".to_owned(),
            "/api/pay/notify/yipay/-1".to_owned(),
            format!("/api/pay/notify/yipay/{order}0"),
            "/api/pay/notify/yipay/test".to_owned(),
        ] {
            for message in [message.clone(), message.clone().turned()] {
                assert_eq!(message.at(path.clone()).send(app).await, "fail", "{path}");
            }
        }
        for path in [
            format!("/api/pay/notify/{order}"),
            "/api/pay/notify/yipay".to_owned(),
            format!("/api/pay/notify/yipay/yipay/{order}"),
            format!("/api/pay/notify/yipay/{order}/{order}"),
        ] {
            assert_eq!(message.clone().at(path.clone()).answer(app).await.refusal(404), "接口不存在", "{path}");
        }
        assert_eq!((till.detail(&order).await, ada.credits().await), (before, 10));
        for other in ["alipay", "jspay", "hpjpay"] {
            let said = message.clone().at(format!("/api/pay/notify/{other}/{order}")).send(app).await;
            assert_eq!(said, "fail", "{other}");
            check_refused(&till, &ada, &order, "通知地址的支付渠道与订单不符", other).await;
        }
    })
    .await;
}

/// At the address that all share, the notification itself names the order.
#[tokio::test]
async fn at_the_shared_address_the_named_order_counts() {
    TestApp::run(async |app| {
        let (till, ada) = (cheap(app, "yipay").await, app.log_in("ada@example.com").await);
        let (first, second) = (till.paid_order(&ada).await, till.order(&ada).await);
        let message = Message::of(app, &first, &Change::default()).at("/api/pay/notify".to_owned());
        for odd in [
            message.clone().without("out_trade_no"),
            message.clone().with("out_trade_no", ""),
            message.clone().with("out_trade_no", "x"),
            message.clone().with("out_trade_no", "1"),
            message.clone().and("trade_order_id", &second),
        ] {
            assert_eq!(odd.send(app).await, "fail", "{:?}", odd.fields);
        }
        // The other order's number under the first one's signature, before it and behind it.
        for (order, forged) in [
            (&second, message.clone().with("out_trade_no", &second)),
            (&first, message.clone().and("out_trade_no", &second)),
        ] {
            assert_eq!(forged.send(app).await, "fail");
            assert_eq!(till.newest(order).await.0, "odd");
        }
        assert_eq!((ada.credits().await, open_orders(app, &ada)), (10, 2));
        assert_eq!(message.send(app).await, "success");
        assert_eq!((ada.credits().await, open_orders(app, &ada)), (109, 1));
    })
    .await;
}

/// Bodies that are no notification at all.
#[tokio::test]
async fn what_is_no_notification_is_refused() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (cheap(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.order(&ada).await;
            pays(app, &order);
            let path = format!("/api/pay/notify/{provider}/{order}");
            let garbage: Vec<u8> = (0..=255).cycle().take(1000).collect();
            let many: Vec<u8> = (0..500).flat_map(|number| format!("a{number}=1&").into_bytes()).collect();
            for (what, kind, body) in [
                ("nothing", "", Vec::new()),
                ("blanks", "text/plain", b" \n".to_vec()),
                ("garbage", "application/octet-stream", garbage.clone()),
                ("garbage as a form", "application/x-www-form-urlencoded", garbage.clone()),
                ("garbage as JSON", "application/json", garbage),
                ("a list", "application/json", b"[1,2]".to_vec()),
                ("deep JSON", "application/json", "[".repeat(60_000).into_bytes()),
                ("a megabyte", "application/x-www-form-urlencoded", vec![b'a'; 1 << 20]),
                ("a megabyte of pairs", "application/x-www-form-urlencoded", b"a=1&".repeat(1 << 18)),
                ("many pairs", "application/x-www-form-urlencoded", many),
                ("a picture", "multipart/form-data; boundary=x", b"--x\r\n\r\nhi\r\n--x--".to_vec()),
            ] {
                let answer = app.http.send(Method::POST, &path, &[("content-type", kind)], body).await;
                assert_eq!(word(&answer), "fail", "{provider}: {what}");
                let (event, text) = till.newest(&order).await;
                assert_eq!(event, "odd", "{provider}: {what}: {text}");
                assert!(text.starts_with("通知不可信：通知"), "{provider}: {what}: {text}");
            }
            let events = app.table().into_iter().filter(|item| item.contains_key("raw"));
            for event in events {
                assert!(event["raw"].as_str().unwrap().len() <= 2000, "what is kept has an end");
            }
            assert_eq!((ada.credits().await, till.status(&order).await), (10, "TRADE_AWAIT".to_owned()));
            assert_eq!(notified(app, &order).await, "success");
            assert_eq!(ada.credits().await, 109);
        })
        .await;
    }
}
