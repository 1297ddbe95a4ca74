//! Money that went back before it was credited: whoever hears of it first and whatever is said again, nothing is credited.

use std::time::Duration;

use serde_json::json;
use testkit::payments::Change;
use testkit::{Fault, FaultKind};

use crate::app::{Person, TestApp};
use crate::shop::paying::{Message, Till, due, item, notified, open_orders, pays};

/// What is said of a refund before the credit, and of a payment that is told again after that.
const REFUNDED: &str = "支付平台已退款，此前未到账";
const TOLD_AGAIN: &str = "支付平台曾告知已退款，此后称已付款，未到账";

/// A paid order, and what its provider has told of that, which was lost.
async fn paid_and_lost(app: &TestApp, till: &Till<'_>, ada: &Person<'_>) -> (String, Message) {
    let order = till.paid_order(ada).await;
    let first = Message::of(app, &order, &Change::default());
    (order, first)
}

/// What the administrator was told of an order, oldest first.
async fn odd(till: &Till<'_>, order: &str) -> Vec<String> {
    till.timeline(order).await.into_iter().filter(|(kind, _)| kind == "odd").map(|(_, text)| text).collect()
}

/// Every way to hear of an order's payment is tried, and none credits it.
async fn nothing_credits(till: &Till<'_>, ada: &Person<'_>, order: &str, first: &Message, at: &str) {
    let app = till.app;
    for is_down in [true, false] {
        app.stack.payments.fail_next(if is_down { usize::MAX } else { 0 });
        for _ in 0..2 {
            assert_eq!(first.send(app).await, "success", "{at}: it need not be said again");
        }
        app.clock.advance(Duration::from_secs(3));
        assert_eq!(till.looks(ada, order).await["trade_status"], "TRADE_CLOSED", "{at}");
        till.refresh(order).await;
        app.clock.advance(Duration::from_secs(3600));
        assert!(app.stack.run_janitor().await.get("error").is_none(), "{at}");
    }
    assert_eq!((till.status(order).await.as_str(), ada.credits().await), ("TRADE_CLOSED", 10), "{at}");
    assert_eq!((item(app, order, "receipt"), due(app)), (None, Vec::new()), "{at}");
}

#[tokio::test]
async fn a_refunded_order_is_never_credited_by_what_was_said_before() {
    for provider in ["alipay", "hpjpay"] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let (order, first) = paid_and_lost(app, &till, &ada).await;
            assert!(app.stack.payments.refund(&order));
            assert_eq!(notified(app, &order).await, "success", "{provider}");
            assert_eq!(odd(&till, &order).await, [REFUNDED], "{provider}");
            assert_eq!(item(app, &order, "order").unwrap()["closed"], "refunded", "{provider}");
            app.stack.payments.fail_next(usize::MAX);
            assert_eq!(first.send(app).await, "success", "{provider}");
            assert_eq!(odd(&till, &order).await, [REFUNDED, TOLD_AGAIN], "{provider}");
            nothing_credits(&till, &ada, &order, &first, provider).await;
        })
        .await;
    }
}

/// An order whose time was over before the money went back has another reason to be closed, and then this one.
#[tokio::test]
async fn an_order_that_was_closed_before_its_refund_is_not_credited_either() {
    for provider in ["alipay", "hpjpay"] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let (order, first) = paid_and_lost(app, &till, &ada).await;
            app.stack.payments.fail_next(usize::MAX);
            app.clock.advance(Duration::from_secs(2 * 3600));
            assert!(app.stack.run_janitor().await.get("error").is_none());
            assert_eq!(item(app, &order, "order").unwrap()["closed"], "time", "{provider}");
            assert!(app.stack.payments.refund(&order));
            assert_eq!(notified(app, &order).await, "success", "{provider}");
            nothing_credits(&till, &ada, &order, &first, provider).await;
        })
        .await;
    }
}

/// The first word is on its way into the table while the refund is told.
#[tokio::test]
async fn a_refund_that_overtakes_the_payment_wins() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
        let (order, first) = paid_and_lost(app, &till, &ada).await;
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (said, ()) = tokio::join!(first.send(app), async {
            held.reached().await;
            assert!(app.stack.payments.refund(&order));
            assert_eq!(notified(app, &order).await, "success");
            held.release();
        });
        assert_eq!((said.as_str(), open_orders(app, &ada)), ("success", 0));
        nothing_credits(&till, &ada, &order, &first, "overtaken").await;
    })
    .await;
}

/// And the other way round: what was credited is credited, and the administrator reads of the refund.
#[tokio::test]
async fn a_payment_that_overtakes_the_refund_wins() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
        let (order, first) = paid_and_lost(app, &till, &ada).await;
        assert!(app.stack.payments.refund(&order));
        let refund = Message::of(app, &order, &Change::default());
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (said, ()) = tokio::join!(refund.send(app), async {
            held.reached().await;
            assert_eq!(first.send(app).await, "success");
            held.release();
        });
        let verdict = "支付平台已退款，已到账的积分或会员未自动扣回";
        assert_eq!((said.as_str(), till.newest(&order).await.1.as_str()), ("success", verdict));
        assert_eq!((till.status(&order).await.as_str(), ada.credits().await), ("TRADE_SUCCESS", 1010));
    })
    .await;
}

/// Whenever the provider was told that we have taken its word for the refund, we have.
#[tokio::test]
async fn a_refund_is_kept_or_told_again_whichever_call_fails() {
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle] {
        for nth in 1..=3 {
            TestApp::run(async |app| {
                let at = format!("{kind:?} from call {nth} on");
                let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
                let (order, first) = paid_and_lost(app, &till, &ada).await;
                assert!(app.stack.payments.refund(&order));
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
                let delivery = app.stack.payments.deliver(&order, &Change::default()).await;
                assert!(fault.hits() > 0, "{at}");
                app.stack.wire.heal();
                if !delivery.accepted() {
                    assert_eq!(notified(app, &order).await, "success", "{at}");
                }
                nothing_credits(&till, &ada, &order, &first, &at).await;
            })
            .await;
        }
    }
}

/// A part that went back before the credit leaves less than the order costs. Alipay's answers do not tell of it, so what
/// its notification told decides in every other way too.
#[tokio::test]
async fn a_part_that_went_back_has_one_outcome_in_every_way() {
    for way in ["repeat", "look", "refresh", "schedule", "answer"] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
            let (order, first) = paid_and_lost(app, &till, &ada).await;
            assert!(app.stack.payments.refund_part(&order, 300));
            app.clock.advance(Duration::from_secs(20));
            if way == "answer" {
                app.stack.payments.says(&order, "refund_fee", "3.00");
                assert_eq!(till.looks(&ada, &order).await["trade_status"], "TRADE_CLOSED");
            } else {
                assert_eq!(notified(app, &order).await, "success", "{way}");
            }
            assert_eq!((till.status(&order).await.as_str(), ada.credits().await), ("TRADE_CLOSED", 10), "{way}");
            assert_eq!(odd(&till, &order).await, [REFUNDED], "{way}");
            match way {
                "repeat" => assert_eq!(first.send(app).await, "success"),
                "look" => assert_eq!(till.looks(&ada, &order).await["trade_status"], "TRADE_CLOSED"),
                "refresh" => assert_eq!(till.refresh(&order).await, format!("异常：{TOLD_AGAIN}")),
                _ => assert!(app.stack.run_janitor().await.get("error").is_none()),
            }
            assert_eq!(ada.credits().await, 10, "{way}");
            nothing_credits(&till, &ada, &order, &first, way).await;
        })
        .await;
    }
}

/// An epay site has one word for a part and for the whole, and says it only when it is asked.
#[tokio::test]
async fn a_refund_that_was_heard_by_asking_counts_for_what_is_told_later() {
    for way in ["look", "schedule", "refresh"] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
            let (order, first) = paid_and_lost(app, &till, &ada).await;
            assert!(app.stack.payments.refund_part(&order, 1));
            app.clock.advance(Duration::from_secs(20));
            match way {
                "look" => assert_eq!(till.looks(&ada, &order).await["trade_status"], "TRADE_CLOSED"),
                "refresh" => assert_eq!(till.refresh(&order).await, format!("异常：{REFUNDED}")),
                _ => assert!(app.stack.run_janitor().await.get("error").is_none()),
            }
            nothing_credits(&till, &ada, &order, &first, way).await;
        })
        .await;
    }
}

/// Orders that were closed before reasons were kept have none, and are credited late as ever.
#[tokio::test]
async fn an_order_without_a_reason_is_credited_late() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
        let order = till.order(&ada).await;
        app.clock.advance(Duration::from_secs(3 * 3600));
        assert!(app.stack.run_janitor().await.get("error").is_none());
        let table = app.stack.environment("shop").text("TABLE_NAME").unwrap().to_owned();
        let key = json!({"pk": {"S": format!("order#{order}")}, "sk": {"S": "order"}});
        let update = json!({"TableName": table, "Key": key, "UpdateExpression": "REMOVE closed"});
        assert_eq!(app.stack.dynamo.execute("UpdateItem", update.to_string().as_bytes()).0, 200);
        assert_eq!(item(app, &order, "order").unwrap().get("closed"), None);
        pays(app, &order);
        assert_eq!((notified(app, &order).await.as_str(), ada.credits().await), ("success", 1010));
    })
    .await;
}
