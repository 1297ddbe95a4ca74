//! Every call of a notification fails, before and after its effect: never lost once the provider repeats it, never twice.

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::payments::Change;
use testkit::{Fault, FaultKind};

use crate::app::{Person, TestApp};
use crate::shop::paying::{Message, Till, due, notified, open_orders, pays, word};

/// More calls than a notification makes.
const CALLS_MAX: usize = 12;
/// Products that run side by side.
const SIDE_BY_SIDE: usize = 8;

/// How the buyer stands when the notification comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Buyer {
    /// As when the order was made.
    Waits,
    /// With another ledger.
    HasMovedOn,
}

pub(super) const BUYERS: [Buyer; 2] = [Buyer::Waits, Buyer::HasMovedOn];

impl Buyer {
    /// Calls of a notification: the order, the transaction; and the order and the buyer, and the transaction once more.
    pub(super) const fn calls(self) -> usize {
        match self {
            Self::Waits => 2,
            Self::HasMovedOn => 5,
        }
    }

    /// A paid order of somebody who stands so.
    pub(super) async fn order(self, till: &Till<'_>, ada: &Person<'_>) -> String {
        let order = till.paid_order(ada).await;
        if self == Self::HasMovedOn {
            ada.is_given(1);
        }
        order
    }
}

/// What a person has: credits, rows, open orders.
pub(super) async fn standing(app: &TestApp, ada: &Person<'_>) -> (i64, u64, i64) {
    (ada.credits().await, ada.statement().await.0, open_orders(app, ada))
}

pub(super) const fn credited(before: (i64, u64, i64)) -> (i64, u64, i64) {
    (before.0 + 1000, before.1 + 1, before.2 - 1)
}

/// The n-th call fails so that the tries of the SDK or our own mend it: the provider notices nothing.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for (buyer, kind) in BUYERS.into_iter().flat_map(|buyer| kinds.map(|kind| (buyer, kind))) {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
            let mut struck = 0;
            for nth in 1..=CALLS_MAX {
                let at = format!("{buyer:?}, {kind:?} at call {nth}");
                let order = buyer.order(&till, &ada).await;
                let before = standing(app, &ada).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                assert_eq!(notified(app, &order).await, "success", "{at}");
                app.stack.wire.heal();
                assert_eq!(standing(app, &ada).await, credited(before), "{at}");
                assert!(till.timeline(&order).await.iter().all(|(kind, _)| kind != "odd"), "{at}");
                if fault.hits() == 0 {
                    break;
                }
                struck += 1;
            }
            let writes = if buyer == Buyer::Waits { 1 } else { 2 };
            assert_eq!(struck, if kind == FaultKind::Conflict { writes } else { buyer.calls() }, "{buyer:?}, {kind:?}");
        })
        .await;
    }
}

/// The n-th call and all after it fail: the provider is not told `success` for nothing, and its repeat brings it home.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_loses_and_doubles_nothing() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Conflict];
    let cases = BUYERS.into_iter().flat_map(|buyer| kinds.map(|kind| (buyer, kind)));
    let cases = cases.flat_map(|(buyer, kind)| (1..=buyer.calls()).map(move |nth| (buyer, kind, nth)));
    // Side by side, because most of it is waiting between tries.
    let runs = stream::iter(cases).map(async |(buyer, kind, nth)| {
        TestApp::run(async |app| {
            let at = format!("{buyer:?}, {kind:?} from call {nth} on");
            let (till, ada) = (Till::open(app, "jspay").await, app.log_in("ada@example.com").await);
            let order = buyer.order(&till, &ada).await;
            let before = standing(app, &ada).await;
            let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = Message::of(app, &order, &Change::default()).answer(app).await;
            let is_struck = fault.hits() > 0;
            app.stack.wire.heal();
            let after = standing(app, &ada).await;
            assert!(after == before || after == credited(before), "{at}: {after:?}");
            if is_struck {
                assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
            } else {
                // There were not so many writes.
                assert!(kind == FaultKind::Conflict && word(&answer) == "success", "{at}");
            }
            for _ in 0..2 {
                assert_eq!(notified(app, &order).await, "success", "{at}");
                assert_eq!(standing(app, &ada).await, credited(before), "{at}");
            }
        })
        .await;
    });
    runs.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
}

/// All tries of the SDK lose their answers, and then the table is back: our own try before is recognised.
#[tokio::test]
async fn a_try_whose_answer_was_lost_is_known_again() {
    for times in 1..=6 {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            app.stack.wire.plan(Fault::new(FaultKind::FailAfter).on("TransactWriteItems").times(times));
            let delivery = app.stack.payments.deliver(&order, &Change::default()).await;
            app.stack.wire.heal();
            assert_eq!((ada.credits().await, open_orders(app, &ada)), (1010, 0), "{times}: {}", delivery.body);
            assert_eq!(notified(app, &order).await, "success", "{times}");
            assert_eq!((ada.credits().await, ada.statement().await.0), (1010, 2), "{times}");
        })
        .await;
    }
}

/// What is odd must not get lost either: a forgery that could not be noted is answered with an error.
#[tokio::test]
async fn an_oddity_that_cannot_be_noted_is_no_success() {
    for (nth, kind) in [1, 2].into_iter().flat_map(|nth| [(nth, FaultKind::FailBefore), (nth, FaultKind::FailAfter)]) {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "hpjpay").await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            let forged = Change { amount: Some("0.01".to_owned()), ..Change::default() };
            app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = Message::of(app, &order, &forged).answer(app).await;
            app.stack.wire.heal();
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！");
            assert_eq!(app.stack.payments.deliver(&order, &forged).await.body, "fail");
            assert_eq!(till.newest(&order).await.0, "odd");
            assert_eq!((ada.credits().await, open_orders(app, &ada)), (10, 1));
        })
        .await;
    }
}

/// Every kind of call fails while an order's time ends: the next run closes it, once, and frees the place.
#[tokio::test]
async fn a_closing_that_fails_is_done_by_the_next_run() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter];
    let operations = ["Query", "BatchGetItem", "TransactWriteItems"];
    let cases = operations.into_iter().flat_map(|operation| kinds.map(|kind| (operation, kind)));
    let runs = stream::iter(cases).map(async |(operation, kind)| {
        TestApp::run(async |app| {
            let at = format!("{operation}, {kind:?}");
            let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
            let order = till.order(&ada).await;
            app.clock.advance(Duration::from_secs(2 * 3600));
            app.stack.wire.plan(Fault::new(kind).on(operation).lasting());
            let report = app.stack.run_janitor().await;
            app.stack.wire.heal();
            assert!(report.get("error").is_some(), "{at}: {report}");
            let report = app.stack.run_janitor().await;
            assert!(report.get("error").is_none(), "{at}: {report}");
            assert_eq!((till.status(&order).await, open_orders(app, &ada)), ("TRADE_CLOSED".to_owned(), 0), "{at}");
            let closed = till.timeline(&order).await.into_iter().filter(|(kind, _)| kind == "closed");
            assert_eq!(closed.count(), 1, "{at}");
            // What comes late is still credited.
            pays(app, &order);
            assert_eq!(notified(app, &order).await, "success", "{at}");
            assert_eq!((ada.credits().await, open_orders(app, &ada), due(app)), (1010, 0, Vec::new()), "{at}");
        })
        .await;
    });
    runs.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
}

/// A provider that tells of a closing, while the table fails.
#[tokio::test]
async fn a_closing_that_the_provider_tells_of_is_not_lost() {
    for (nth, kind) in [1, 2].into_iter().flat_map(|nth| [(nth, FaultKind::FailBefore), (nth, FaultKind::FailAfter)]) {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
            let order = till.order(&ada).await;
            assert!(app.stack.payments.close(&order));
            app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = Message::of(app, &order, &Change::default()).answer(app).await;
            app.stack.wire.heal();
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！");
            assert_eq!(notified(app, &order).await, "success");
            let detail = till.detail(&order).await;
            assert_eq!((&detail["trade_status"], open_orders(app, &ada)), (&json!("TRADE_CLOSED"), 0));
            assert_eq!(detail["pay_time"], Value::Null);
        })
        .await;
    }
}
