//! Functions die before and after each of their calls while they deal with a payment.

use std::time::Duration;

use platform::Outside;
use serde_json::{Value, json};
use testkit::payments::Change;
use testkit::{Fault, FaultKind, Planned};

use super::faults::{BUYERS, credited, standing};
use crate::app::TestApp;
use crate::house;
use crate::shop::paying::{Message, Till, due, notified, open_orders};

const KINDS: [FaultKind; 2] = [FaultKind::HangBefore, FaultKind::HangAfter];
/// More calls than any of the deeds makes, the janitor's nightly check included.
const CALLS_MAX: usize = 300;

/// The shop function, started as a cold start does, to be killed in the middle of a request.
struct Function(::shop::App);

impl Function {
    async fn start(app: &TestApp) -> Self {
        let outside = Outside { environment: app.stack.environment("shop"), ..app.outside() };
        Self(::shop::App::start(&outside).await.unwrap())
    }

    /// Hands it a request, and kills it once `fault` has struck. False when it answered before that.
    async fn dies(&self, request: lambda_http::Request, fault: &Planned) -> bool {
        let dead = tokio::select! {
            () = fault.reached() => true,
            _ = ::shop::route(&self.0, request) => false,
        };
        // A call beside the one that hangs may still land, as it would while Lambda ends a sandbox.
        tokio::time::sleep(Duration::from_millis(50)).await;
        dead
    }
}

/// A recorded event about another order.
fn event(name: &str, order: &str, channel: Option<&str>) -> Value {
    let file = house::root().join("events").join(format!("{name}.json"));
    let mut event: Value = serde_json::from_str(&house::read(&file)).unwrap();
    event["pathParameters"] = json!({"id": order});
    if let Some(channel) = channel {
        event["pathParameters"]["channel"] = json!(channel);
    }
    event
}

fn request(event: &Value) -> lambda_http::Request {
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

#[tokio::test]
async fn a_notification_killed_at_any_boundary_is_credited_by_its_repeat() {
    for (buyer, kind) in BUYERS.into_iter().flat_map(|buyer| KINDS.map(|kind| (buyer, kind))) {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
            let function = Function::start(app).await;
            let mut points = 0;
            for nth in 1..=CALLS_MAX {
                let at = format!("{buyer:?}, {kind:?} at call {nth}");
                let order = buyer.order(&till, &ada).await;
                let before = standing(app, &ada).await;
                let mut event = event("shop-any-pay_notify_channel_id", &order, Some("yipay"));
                let fields = Message::of(app, &order, &Change::default()).fields.into_iter();
                let query: serde_json::Map<String, Value> = fields.map(|(name, it)| (name, json!([it]))).collect();
                event["multiValueQueryStringParameters"] = Value::Object(query);
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let hit = function.dies(request(&event), &fault).await;
                app.stack.wire.heal();
                let after = standing(app, &ada).await;
                assert!(after == credited(before) || hit && after == before, "{at}: {before:?} {after:?}");
                assert_eq!(notified(app, &order).await, "success", "{at}");
                assert_eq!(standing(app, &ada).await, credited(before), "{at}");
                if !hit {
                    break;
                }
                points += 1;
            }
            assert_eq!(points, buyer.calls(), "{buyer:?}, {kind:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn an_owners_look_killed_at_any_boundary_is_made_up_for() {
    for kind in KINDS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "hpjpay").await, app.log_in("ada@example.com").await);
            let function = Function::start(app).await;
            let mut points = 0;
            for nth in 1..=CALLS_MAX {
                let at = format!("{kind:?} at call {nth}");
                let order = till.paid_order(&ada).await;
                let before = standing(app, &ada).await;
                let mut event = event("shop-get-pay_order_id", &order, None);
                event["headers"]["token"] = json!(ada.token);
                event["multiValueHeaders"]["token"] = json!([ada.token]);
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let hit = function.dies(request(&event), &fault).await;
                app.stack.wire.heal();
                let after = standing(app, &ada).await;
                assert!(after == credited(before) || hit && after == before, "{at}: {before:?} {after:?}");
                // The next look may have to wait for its turn.
                app.clock.advance(Duration::from_secs(3));
                assert_eq!(till.looks(&ada, &order).await["trade_status"], "TRADE_SUCCESS", "{at}");
                assert_eq!(standing(app, &ada).await, credited(before), "{at}");
                if !hit {
                    break;
                }
                points += 1;
            }
            // Who it is beside the order, the turn of the order and of the person, the payment, the order once more.
            assert_eq!(points, 6, "{kind:?}");
        })
        .await;
    }
}

/// Runs the janitor as a cold start does, and kills it at `fault`. False when it came to its end.
async fn janitor_dies(app: &TestApp, fault: &Planned) -> bool {
    let outside = Outside { environment: app.stack.environment("janitor"), ..app.outside() };
    let run = async { janitor::run(&janitor::App::start(&outside).await.unwrap()).await };
    let dead = tokio::select! {
        () = fault.reached() => true,
        _ = run => false,
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    dead
}

async fn runs(app: &TestApp) {
    let report = app.stack.run_janitor().await;
    assert!(report.get("error").is_none(), "{report}");
}

#[tokio::test]
async fn a_scheduled_look_killed_at_any_boundary_is_made_up_for() {
    for kind in KINDS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "jspay").await, app.log_in("ada@example.com").await);
            runs(app).await;
            let mut points = 0;
            for nth in 1..=CALLS_MAX {
                let at = format!("{kind:?} at call {nth}");
                till.paid_order(&ada).await;
                let before = standing(app, &ada).await;
                app.clock.advance(Duration::from_secs(60));
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let hit = janitor_dies(app, &fault).await;
                app.stack.wire.heal();
                let after = standing(app, &ada).await;
                assert!(after == credited(before) || hit && after == before, "{at}: {before:?} {after:?}");
                runs(app).await;
                assert_eq!((standing(app, &ada).await, due(app)), (credited(before), Vec::new()), "{at}");
                if !hit {
                    break;
                }
                points += 1;
            }
            assert!((5..CALLS_MAX).contains(&points), "{kind:?}: {points}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_closing_killed_at_any_boundary_is_made_up_for() {
    for kind in KINDS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
            runs(app).await;
            let mut points = 0;
            for nth in 1..=CALLS_MAX {
                let at = format!("{kind:?} at call {nth}");
                let order = till.order(&ada).await;
                assert_eq!(open_orders(app, &ada), 1, "{at}");
                app.clock.advance(Duration::from_secs(2 * 3600));
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let hit = janitor_dies(app, &fault).await;
                app.stack.wire.heal();
                runs(app).await;
                assert_eq!((till.status(&order).await, open_orders(app, &ada)), ("TRADE_CLOSED".to_owned(), 0), "{at}");
                let closed = till.timeline(&order).await.into_iter().filter(|(kind, _)| kind == "closed");
                assert_eq!(closed.count(), 1, "{at}");
                if !hit {
                    break;
                }
                points += 1;
            }
            assert!((5..CALLS_MAX).contains(&points), "{kind:?}: {points}");
        })
        .await;
    }
}
