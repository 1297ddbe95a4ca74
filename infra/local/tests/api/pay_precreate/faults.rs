//! Every call of a purchase fails, before and after its effect; and the function dies at every one of them. There is at
//! most one order for a request, and it can be paid, or ends by itself.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use testkit::{Fault, FaultKind};

use super::{id_of, orders, sells_as, wish};
use crate::app::{ADMIN, Person, TestApp};
use crate::shop::function::{Function, event};
use crate::shop::paying::open_orders;
use crate::shop::{asks, connects, sells, settles, trade};

/// More calls than a purchase makes.
const CALLS_MAX: usize = 12;
/// The person and the shop side by side, how often in this hour, the order, and where it is paid.
const CALLS: usize = 5;
/// Products that run side by side: most of it is waiting between tries, and what starts must not starve.
const SIDE_BY_SIDE: usize = 6;
const EVENT: &str = "shop-post-pay_precreate";

/// What is left of a request that came to no good end: nothing, or one order that counts.
async fn at_most_one_order_is_left(app: &TestApp, ada: &Person<'_>, product: &str, at: &str) {
    let left: Vec<String> = orders(app).iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect();
    assert!(left.len() <= 1, "{at}: {left:?}");
    assert_eq!(open_orders(app, ada), i64::try_from(left.len()).unwrap(), "{at}");
    let trades = app.stack.payments.trades();
    assert!(trades.iter().all(|trade| left == [trade.number.as_str()]), "{at}: {trades:?}");
    let mut credits = 10;
    for trade in trades {
        // Whatever we could not keep of it, the provider has it, and somebody may pay.
        assert_eq!(settles(app, &trade.number).await.body, "success", "{at}");
        credits += 1000;
    }
    assert_eq!(ada.credits().await, credits, "{at}");
    let id = id_of(&asks(app, ada, &wish(product)).await.data());
    assert_eq!(trade(app, &id).amount_fen, 1000, "{at}: the next one is as any");
    app.clock.advance(Duration::from_secs(121 * 60));
    assert!(app.stack.run_janitor().await.get("error").is_none(), "{at}");
    assert_eq!((open_orders(app, ada), ada.credits().await), (0, credits), "{at}");
}

#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    let runs = stream::iter(kinds).map(async |kind| {
        let mut struck = 0;
        for nth in 1..=CALLS_MAX {
            let mut hits = 0;
            TestApp::run(async |app| {
                let at = format!("{kind:?} at call {nth}");
                let ada = app.log_in("ada@example.com").await;
                connects(app, "yipay").await;
                let product = sells(app).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = asks(app, &ada, &wish(&product)).await;
                hits = fault.hits();
                app.stack.wire.heal();
                let id = id_of(&answer.data());
                assert_eq!((orders(app).len(), app.stack.payments.trades().len()), (1, 1), "{at}");
                assert_eq!(orders(app)[0]["id"], id.as_str(), "{at}");
                assert_eq!((settles(app, &id).await.body.as_str(), ada.credits().await), ("success", 1010), "{at}");
            })
            .await;
            if hits == 0 {
                break;
            }
            struck += 1;
        }
        // The two reads are what others' writes cannot stand in the way of.
        assert_eq!(struck, if kind == FaultKind::Conflict { CALLS - 2 } else { CALLS }, "{kind:?}");
    });
    runs.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
}

#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_at_most_one_order() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| (1..=CALLS).map(move |nth| (kind, nth)));
    let runs = stream::iter(cases).map(async |(kind, nth)| {
        TestApp::run(async |app| {
            let at = format!("{kind:?} from call {nth} on");
            let ada = app.log_in("ada@example.com").await;
            connects(app, "yipay").await;
            let product = sells(app).await;
            let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = asks(app, &ada, &wish(&product)).await;
            assert!(fault.hits() > 0, "{at}");
            app.stack.wire.heal();
            // Who has the address can pay, also where we could not keep it.
            let is_offered = nth == CALLS;
            if is_offered {
                let id = id_of(&answer.data());
                assert_eq!(answer.data()["pay_url"], format!("{}/_local/pay/{id}", app.stack.url()), "{at}");
            } else {
                assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
            }
            // Nobody is asked to take an order that we have not kept.
            let is_kept = is_offered || (nth == 4 && kind == FaultKind::FailAfter);
            let found = (orders(app).len(), app.stack.payments.trades().len());
            assert_eq!(found, (is_kept.into(), is_offered.into()), "{at}");
            at_most_one_order_is_left(app, &ada, &product, &at).await;
        })
        .await;
    });
    runs.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
}

#[tokio::test]
async fn a_kill_at_every_boundary_leaves_at_most_one_order() {
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        let mut points = 0;
        for nth in 1..=CALLS_MAX {
            let mut hit = false;
            TestApp::run(async |app| {
                let at = format!("{kind:?} at call {nth}");
                let ada = app.log_in("ada@example.com").await;
                connects(app, "yipay").await;
                let product = sells(app).await;
                let function = Function::start(app).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                hit = function.dies(&event(EVENT, &ada.token, "", &wish(&product)), &fault).await;
                app.stack.wire.heal();
                app.check_books().await;
                at_most_one_order_is_left(app, &ada, &product, &at).await;
            })
            .await;
            if !hit {
                break;
            }
            points += 1;
        }
        assert_eq!(points, CALLS, "{kind:?}");
    }
}

/// The provider has it, and we died before we could hear of that.
#[tokio::test]
async fn a_kill_while_the_provider_answers_leaves_an_order_that_can_be_paid() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let product = sells_as(app, &admin, "yipay", "一千积分[[slow_ms=5000]]").await;
        let function = Function::start(app).await;
        let taken = async {
            while app.stack.payments.trades().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let event = event(EVENT, &ada.token, "", &wish(&product));
        let is_dead = tokio::select! {
            () = taken => true,
            _ = function.answers(&event) => false,
        };
        assert!(is_dead, "it waits for the provider");
        let id = orders(app)[0]["id"].as_str().unwrap().to_owned();
        assert_eq!((orders(app).len(), open_orders(app, &ada)), (1, 1));
        assert_eq!((settles(app, &id).await.body.as_str(), ada.credits().await), ("success", 1010));
        assert_eq!(open_orders(app, &ada), 0);
    })
    .await;
}
