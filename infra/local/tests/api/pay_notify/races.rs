//! Notifications beside everything else that learns of payments or ends orders.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use testkit::payments::Change;
use testkit::{Fault, FaultKind};

use crate::app::{Person, TestApp};
use crate::shop::paying::{Message, PROVIDERS, Till, due, item, notified, open_orders, pays};

/// Who else learns of a payment.
#[derive(Clone, Copy, Debug)]
enum Rival {
    Owner,
    Janitor,
    Administrator,
}

const RIVALS: [Rival; 3] = [Rival::Owner, Rival::Janitor, Rival::Administrator];

impl Rival {
    /// Learns of it, whoever was first.
    async fn acts(self, till: &Till<'_>, ada: &Person<'_>, order: &str) {
        match self {
            Self::Owner => assert_eq!(till.looks(ada, order).await["trade_status"], "TRADE_SUCCESS"),
            Self::Janitor => runs(till.app).await,
            Self::Administrator => assert!(till.refresh(order).await.starts_with("已支付，"), "{self:?}"),
        }
    }

    const fn says(self) -> &'static str {
        match self {
            Self::Owner => "用户查看订单时得知已付款，已到账",
            Self::Janitor => "定时查询得知已付款，已到账",
            Self::Administrator => "管理员查询得知已付款，已到账",
        }
    }
}

async fn runs(app: &TestApp) {
    let report = app.stack.run_janitor().await;
    assert!(report.get("error").is_none(), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_notifications_at_once_credit_once() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            let message = Message::of(app, &order, &Change::default());
            let answers = join_all((0..50).map(|_| message.send(app))).await;
            assert!(answers.iter().all(|answer| answer == "success"), "{provider}: {answers:?}");
            assert_eq!((ada.credits().await, ada.statement().await.0, open_orders(app, &ada)), (1010, 2, 0));
            assert!(till.timeline(&order).await.iter().all(|(kind, _)| kind != "odd"), "{provider}");
        })
        .await;
    }
}

/// Many orders of one buyer at once: each moves the buyer on under the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_orders_of_one_buyer_at_once_are_all_credited() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
        let mut orders = Vec::new();
        for _ in 0..10 {
            orders.push(till.paid_order(&ada).await);
        }
        let messages: Vec<Message> = orders.iter().map(|order| Message::of(app, order, &Change::default())).collect();
        // As providers do until they are heard.
        for _ in 0..10 {
            let sent = messages.iter().map(|message| message.answer(app));
            if join_all(sent).await.iter().all(|answer| answer.text() == "success") {
                break;
            }
        }
        assert_eq!((ada.credits().await, ada.statement().await.0, open_orders(app, &ada)), (10_010, 11, 0));
    })
    .await;
}

/// One of the two waits just before its transaction until the other is through: the first one counts.
#[tokio::test]
async fn whoever_learns_of_a_payment_first_credits_it() {
    for (rival, is_late) in RIVALS.into_iter().flat_map(|rival| [(rival, true), (rival, false)]) {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "hpjpay").await, app.log_in("ada@example.com").await);
            // So that the run below has nothing else to write.
            runs(app).await;
            let order = till.paid_order(&ada).await;
            app.clock.advance(Duration::from_secs(60));
            let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
            if is_late {
                let (said, ()) = tokio::join!(notified(app, &order), async {
                    held.reached().await;
                    rival.acts(&till, &ada, &order).await;
                    held.release();
                });
                assert_eq!((said.as_str(), till.paid_by(&order).await.as_str()), ("success", rival.says()));
            } else {
                tokio::join!(rival.acts(&till, &ada, &order), async {
                    held.reached().await;
                    assert_eq!(notified(app, &order).await, "success");
                    held.release();
                });
                assert_eq!(till.paid_by(&order).await, "支付平台通知已付款，已到账", "{rival:?}");
            }
            assert_eq!((ada.credits().await, ada.statement().await.0, open_orders(app, &ada)), (1010, 2, 0));
            assert!(till.timeline(&order).await.iter().all(|(kind, _)| kind != "odd"), "{rival:?}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_at_once_credit_once() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            for round in 1..=5_u32 {
                let order = till.paid_order(&ada).await;
                app.clock.advance(Duration::from_secs(60));
                let message = Message::of(app, &order, &Change::default());
                let (said, again, ..) = tokio::join!(
                    message.send(app),
                    message.send(app),
                    till.looks(&ada, &order),
                    till.refresh(&order),
                    app.stack.run_janitor(),
                );
                assert_eq!((said.as_str(), again.as_str()), ("success", "success"), "{provider}");
                assert_eq!(
                    (ada.credits().await, ada.statement().await.0),
                    (10 + 1000 * i64::from(round), 1 + u64::from(round))
                );
                assert_eq!((open_orders(app, &ada), due(app)), (0, Vec::new()), "{provider}");
            }
        })
        .await;
    }
}

/// The order's time ends, and its provider cannot be asked, while a notification is on its way; or the other way round.
#[tokio::test]
async fn a_payment_and_the_end_of_its_order_meet() {
    for is_late in [true, false] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            app.stack.payments.fail_next(usize::MAX);
            app.clock.advance(Duration::from_secs(119 * 60));
            runs(app).await;
            app.clock.advance(Duration::from_secs(60));
            let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
            if is_late {
                let (said, ()) = tokio::join!(notified(app, &order), async {
                    held.reached().await;
                    runs(app).await;
                    assert_eq!((till.status(&order).await, open_orders(app, &ada)), ("TRADE_CLOSED".to_owned(), 0));
                    held.release();
                });
                assert_eq!(said, "success");
            } else {
                tokio::join!(runs(app), async {
                    held.reached().await;
                    assert_eq!(notified(app, &order).await, "success");
                    held.release();
                });
            }
            let detail = till.detail(&order).await;
            assert_eq!(
                (&detail["trade_status"], &detail["late"]),
                (&json!("TRADE_SUCCESS"), &json!(i32::from(is_late)))
            );
            assert_eq!((ada.credits().await, ada.statement().await.0, open_orders(app, &ada)), (1010, 2, 0));
            assert_eq!(due(app), Vec::<String>::new());
        })
        .await;
    }
}

/// An order that was closed is credited all the same, once, and says so.
#[tokio::test]
async fn a_payment_after_the_end_is_credited_and_marked_late() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.order(&ada).await;
            app.clock.advance(Duration::from_secs(2 * 3600));
            runs(app).await;
            assert_eq!((till.status(&order).await, open_orders(app, &ada)), ("TRADE_CLOSED".to_owned(), 0));
            pays(app, &order);
            for _ in 0..2 {
                assert_eq!(notified(app, &order).await, "success", "{provider}");
            }
            let detail = till.detail(&order).await;
            assert_eq!((&detail["trade_status"], &detail["late"]), (&json!("TRADE_SUCCESS"), &json!(1)), "{provider}");
            assert_eq!(till.paid_by(&order).await, "支付平台通知已付款，已到账（订单关闭后付款）");
            assert_eq!((ada.credits().await, open_orders(app, &ada), due(app)), (1010, 0, Vec::new()), "{provider}");
        })
        .await;
    }
}

/// Alipay tells of trades that it closes: the order ends, and what was paid does not.
#[tokio::test]
async fn a_trade_that_the_provider_closes_ends_the_order() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
        let order = till.order(&ada).await;
        assert!(app.stack.payments.close(&order));
        for _ in 0..2 {
            assert_eq!(notified(app, &order).await, "success");
        }
        assert_eq!((till.status(&order).await, open_orders(app, &ada)), ("TRADE_CLOSED".to_owned(), 0));
        assert_eq!(till.newest(&order).await, ("closed".to_owned(), "支付平台已关闭交易".to_owned()));

        assert_eq!(due(app), Vec::<String>::new(), "nothing more is to be learned of it");

        // What was paid and is closed was given back; nothing is taken away here.
        let paid = till.paid_order(&ada).await;
        assert_eq!(notified(app, &paid).await, "success");
        let closed = Change { status: Some("TRADE_CLOSED".to_owned()), ..Change::default() };
        assert_eq!(Message::of(app, &paid, &closed).send(app).await, "success");
        let verdict = "支付平台已退款，已到账的积分或会员未自动扣回";
        assert_eq!(till.newest(&paid).await, ("odd".to_owned(), verdict.to_owned()));
        assert_eq!((till.status(&paid).await, ada.credits().await), ("TRADE_SUCCESS".to_owned(), 1010));
    })
    .await;
}

/// Two payments for one order: the second one is for the administrator to send back.
#[tokio::test]
async fn a_second_payment_is_odd() {
    for (provider, number) in
        [("alipay", "trade_no"), ("yipay", "trade_no"), ("jspay", "payjs_order_id"), ("hpjpay", "open_order_id")]
    {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            assert_eq!(notified(app, &order).await, "success");
            let receipt = item(app, &order, "receipt");
            let another = Change { fields: vec![(number.to_owned(), "99".to_owned())], ..Change::default() };
            // It is the administrator's now: the provider need not say it again.
            for _ in 0..2 {
                assert_eq!(Message::of(app, &order, &another).send(app).await, "success", "{provider}");
            }
            let verdict = "同一订单收到了另一笔付款，可能需要退款";
            assert_eq!(till.newest(&order).await, ("odd".to_owned(), verdict.to_owned()), "{provider}");
            assert_eq!((ada.credits().await, item(app, &order, "receipt")), (1010, receipt), "{provider}");
        })
        .await;
    }
}

/// Money that went back moves nothing here; the administrator reads of it.
#[tokio::test]
async fn a_refund_is_told_and_moves_nothing() {
    for provider in ["alipay", "hpjpay"] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let (known, unknown) = (till.paid_order(&ada).await, till.paid_order(&ada).await);
            assert_eq!(notified(app, &known).await, "success");
            for (order, verdict, status) in [
                (&known, "支付平台已退款，已到账的积分或会员未自动扣回", "TRADE_SUCCESS"),
                (&unknown, "支付平台已退款，此前未到账", "TRADE_CLOSED"),
            ] {
                assert!(app.stack.payments.refund(order));
                for _ in 0..2 {
                    assert_eq!(notified(app, order).await, "success", "{provider}");
                }
                let odd = till.timeline(order).await.into_iter().filter(|(kind, _)| kind == "odd");
                assert_eq!(odd.collect::<Vec<_>>(), [("odd".to_owned(), verdict.to_owned())], "{provider}");
                assert_eq!(till.status(order).await, status, "{provider}");
            }
            assert_eq!((ada.credits().await, open_orders(app, &ada)), (1010, 0), "{provider}");
        })
        .await;
    }
}

/// A notification about an order that was closed is believed when the provider says the same, and for a day when it says
/// nothing: the order can be old, and its keys in other hands.
#[tokio::test]
async fn a_payment_after_the_end_must_be_true() {
    for (provider, hours, is_down, is_paid, verdict) in [
        ("yipay", 3, false, false, Some("通知称已付款，但支付平台查询为未付款")),
        ("jspay", 3, false, false, Some("通知称已付款，但支付平台查询为未付款")),
        ("hpjpay", 3, true, true, None),
        ("alipay", 23, true, true, None),
        ("alipay", 25, true, true, Some("订单已关闭超过一天，且无法向支付平台核实：")),
        ("yipay", 200, false, true, None),
    ] {
        TestApp::run(async |app| {
            let at = format!("{provider} after {hours} hours");
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.order(&ada).await;
            app.clock.advance(Duration::from_secs(hours * 3600));
            runs(app).await;
            assert_eq!(till.status(&order).await, "TRADE_CLOSED", "{at}");
            if is_paid {
                pays(app, &order);
            }
            app.stack.payments.fail_next(if is_down { usize::MAX } else { 0 });
            let paid = Change { status: (provider == "hpjpay").then(|| "OD".to_owned()), ..Change::default() };
            let said = Message::of(app, &order, &paid).send(app).await;
            app.stack.payments.fail_next(0);
            let Some(verdict) = verdict else {
                assert_eq!((said.as_str(), ada.credits().await, due(app)), ("success", 1010, Vec::new()), "{at}");
                return;
            };
            let (kind, text) = till.newest(&order).await;
            assert_eq!((said.as_str(), kind.as_str(), ada.credits().await), ("fail", "odd", 10), "{at}");
            assert!(text.starts_with(verdict), "{at}: {text}");
            // The provider says it again, and can be asked.
            app.stack.payments.pay(&order);
            assert_eq!((notified(app, &order).await.as_str(), ada.credits().await), ("success", 1010), "{at}");
        })
        .await;
    }
}
