//! Providers that say two things at once, or one after the other: the cautious one counts, and the administrator is told.

use std::time::Duration;

use testkit::payments::Change;

use crate::app::TestApp;
use crate::shop::paying::{Message, Till, item, notified, open_orders, pays};

const CONTRADICTION: &str = "支付平台的说法自相矛盾，按未付款处理";

/// An epay site that counts an order as paid by its number, and by its word does not.
#[tokio::test]
async fn a_word_against_the_payment_counts_in_every_way() {
    for word in ["WAIT_BUYER_PAY", "TRADE_CLOSED", "FROZEN"] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
            let order = till.order(&ada).await;
            app.stack.payments.says(&order, "status", "1");
            app.stack.payments.says(&order, "trade_status", word);
            assert_eq!(till.looks(&ada, &order).await["trade_status"], "TRADE_AWAIT", "{word}");
            assert_eq!(till.newest(&order).await, ("odd".to_owned(), CONTRADICTION.to_owned()), "{word}");
            assert_eq!(till.refresh(&order).await, format!("异常：{CONTRADICTION}"), "{word}");
            app.clock.advance(Duration::from_secs(20));
            assert!(app.stack.run_janitor().await.get("error").is_none());
            let odd = till.timeline(&order).await.into_iter().filter(|(kind, _)| kind == "odd").count();
            assert_eq!((odd, open_orders(app, &ada), ada.credits().await), (1, 1, 10), "{word}: told once");
            // Its unasked word is not enough any more, while it says both or cannot be asked.
            pays(app, &order);
            assert_eq!((notified(app, &order).await.as_str(), ada.credits().await), ("fail", 10), "{word}");
            app.stack.payments.fail_next(usize::MAX);
            assert_eq!((notified(app, &order).await.as_str(), ada.credits().await), ("fail", 10), "{word}");
            app.stack.payments.fail_next(0);
            app.stack.payments.says(&order, "trade_status", "TRADE_SUCCESS");
            assert_eq!((notified(app, &order).await.as_str(), ada.credits().await), ("success", 1010), "{word}");
        })
        .await;
    }
}

/// The same word in an answer that no notification has gone before, and one that says no more than the number does.
#[tokio::test]
async fn words_that_agree_are_one() {
    for (word, status) in [("TRADE_SUCCESS", "TRADE_SUCCESS"), ("TRADE_REFUND", "TRADE_CLOSED")] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            app.stack.payments.says(&order, "trade_status", word);
            assert_eq!(till.looks(&ada, &order).await["trade_status"], status, "{word}");
            let credits = if status == "TRADE_SUCCESS" { 1010 } else { 10 };
            assert_eq!((notified(app, &order).await.as_str(), ada.credits().await), ("success", credits), "{word}");
        })
        .await;
    }
}

/// A trade that was closed is never paid after that, so that a word for its payment is an old one: only an answer that says
/// so now is believed.
#[tokio::test]
async fn a_payment_is_proved_once_the_provider_has_ended_the_order() {
    for is_late in [false, true] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
            let order = till.order(&ada).await;
            let paid = Change { status: Some("TRADE_SUCCESS".to_owned()), ..Change::default() };
            let paid = Message::of(app, &order, &paid);
            app.stack.payments.fail_next(usize::MAX);
            if is_late {
                // Its time ends before the provider says anything.
                app.clock.advance(Duration::from_secs(2 * 3600));
                assert!(app.stack.run_janitor().await.get("error").is_none());
            }
            assert!(app.stack.payments.close(&order));
            assert_eq!(notified(app, &order).await, "success", "{is_late}");
            assert_eq!(item(app, &order, "order").unwrap()["closed"], "ended", "{is_late}");
            assert_eq!((paid.send(app).await.as_str(), ada.credits().await), ("fail", 10), "{is_late}");
            let (_, text) = till.newest(&order).await;
            assert!(text.starts_with("支付平台此前的说法与已付款相反，且无法向其核实："), "{is_late}: {text}");
            app.stack.payments.fail_next(0);
            assert_eq!((paid.send(app).await.as_str(), ada.credits().await), ("fail", 10), "{is_late}");
            assert_eq!(till.newest(&order).await.1, "通知称已付款，但支付平台查询为未付款", "{is_late}");
            app.stack.payments.says(&order, "trade_status", "TRADE_SUCCESS");
            assert_eq!((paid.send(app).await.as_str(), ada.credits().await), ("success", 1010), "{is_late}");
        })
        .await;
    }
}
