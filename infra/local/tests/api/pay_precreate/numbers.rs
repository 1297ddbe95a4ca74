//! PAYJS can be asked about an order by its own number alone: whoever can pay an order, the number is kept, whichever call
//! fails and wherever the function dies.

use std::time::Duration;

use testkit::{Fault, FaultKind};

use super::{orders, wish};
use crate::app::{Person, TestApp};
use crate::shop::function::{Function, event};
use crate::shop::paying::{item, open_orders, pays};
use crate::shop::{asks, connects, sells};

/// The person and the shop side by side, how often in this hour, the order, and where it is paid.
const CALLS: usize = 5;

/// If somebody can pay the order, by the address that they were told or see, then a lost notification heals. Returns
/// whether anybody can.
async fn is_found_when_it_can_be_paid(app: &TestApp, ada: &Person<'_>, is_told: bool, at: &str) -> bool {
    let order = orders(app).first().map(|order| order["id"].as_str().unwrap().to_owned());
    let Some(order) = order else {
        assert!(!is_told && app.stack.payments.trades().is_empty(), "{at}");
        return false;
    };
    let shown = app.get(&format!("/api/pay/order/{order}"), &ada.token).await.data();
    let can_pay = is_told || !shown["pay_url"].is_null();
    let number = item(app, &order, "offer").map(|offer| offer["provider_number"].clone());
    if can_pay {
        let trade = app.stack.payments.trades().remove(0);
        assert_eq!(number.as_ref().and_then(|number| number.as_str()), Some(trade.trade_no.as_str()), "{at}");
        pays(app, &order);
        app.clock.advance(Duration::from_secs(60));
    } else {
        app.clock.advance(Duration::from_secs(2 * 3600));
    }
    assert!(app.stack.run_janitor().await.get("error").is_none(), "{at}");
    let credits = if can_pay { 1010 } else { 10 };
    assert_eq!((ada.credits().await, open_orders(app, ada)), (credits, 0), "{at}");
    can_pay
}

#[tokio::test]
async fn an_address_is_told_only_once_the_number_is_kept() {
    let mut told = Vec::new();
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle] {
        for nth in 1..=CALLS {
            TestApp::run(async |app| {
                let at = format!("{kind:?} from call {nth} on");
                let ada = app.log_in("ada@example.com").await;
                connects(app, "jspay").await;
                let product = sells(app).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
                let answer = asks(app, &ada, &wish(&product)).await;
                assert!(fault.hits() > 0, "{at}");
                app.stack.wire.heal();
                assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
                if is_found_when_it_can_be_paid(app, &ada, answer.status == 200, &at).await {
                    told.push((kind, nth));
                }
            })
            .await;
        }
    }
    // Only the answer to the last write was lost: who looks at their order finds the address, and its number is kept.
    assert_eq!(told, [(FaultKind::FailAfter, CALLS)]);
}

#[tokio::test]
async fn a_passing_failure_keeps_number_and_address() {
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500] {
        TestApp::run(async |app| {
            let at = format!("{kind:?}");
            let ada = app.log_in("ada@example.com").await;
            connects(app, "jspay").await;
            let product = sells(app).await;
            app.stack.wire.plan(Fault::new(kind).nth(CALLS));
            asks(app, &ada, &wish(&product)).await.data();
            app.stack.wire.heal();
            assert!(is_found_when_it_can_be_paid(app, &ada, true, &at).await, "{at}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_kill_at_any_boundary_leaves_nothing_that_can_be_paid_and_not_found() {
    let mut shown = Vec::new();
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        for nth in 1..=CALLS {
            TestApp::run(async |app| {
                let at = format!("{kind:?} at call {nth}");
                let ada = app.log_in("ada@example.com").await;
                connects(app, "jspay").await;
                let product = sells(app).await;
                let function = Function::start(app).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let event = event("shop-post-pay_precreate", &ada.token, "", &wish(&product));
                assert!(function.dies(&event, &fault).await, "{at}");
                app.stack.wire.heal();
                if is_found_when_it_can_be_paid(app, &ada, false, &at).await {
                    shown.push((kind, nth));
                }
            })
            .await;
        }
    }
    assert_eq!(shown, [(FaultKind::HangAfter, CALLS)]);
}
