//! What orders cost.

use std::time::Duration;

use testkit::payments::Change;
use testkit::{Call, round_trips};

use super::{calls, check_page, operations, print, units};
use crate::app::TestApp;
use crate::shop::paying::{Message, PROVIDERS, Till, notified, pays};

/// The calls of one part of the scheduled work: those about orders.
fn about_orders(calls: Vec<Call>) -> Vec<Call> {
    let is_about = |call: &Call| call.targets.iter().any(|target| target.contains("order"));
    calls.into_iter().filter(is_about).collect()
}

#[tokio::test]
async fn budgets_of_payments_hold() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            println!("{provider}");
            calls(app);
            let order = till.order(&ada).await;
            let made = calls(app);
            print("order", &made);
            // Who it is beside the shop, the limit, and the order, before the provider is called; then where to pay.
            let (offered, before) = made.split_last().unwrap();
            assert_eq!((round_trips(before), offered.operation.as_str()), (3, "PutItem"), "{:?}", operations(&made));
            assert!(units(&made) <= ORDER_UNITS_MAX[usize::from(provider == "alipay")], "{}", units(&made));

            pays(app, &order);
            calls(app);
            assert_eq!(notified(app, &order).await, "success");
            let told = calls(app);
            print("notification", &told);
            assert_eq!(operations(&told), ["BatchGetItem", "TransactWriteItems"]);
            assert!(round_trips(&told) == 2 && units(&told) <= 14.0, "{}", units(&told));

            assert_eq!(notified(app, &order).await, "success");
            let again = calls(app);
            print("notification, repeated", &again);
            assert!(round_trips(&again) <= 2 && units(&again) == 0.0, "{:?}", operations(&again));

            let stale = till.paid_order(&ada).await;
            ada.is_given(1);
            calls(app);
            assert_eq!(notified(app, &stale).await, "success");
            let moved_on = calls(app);
            print("notification, the buyer moved on", &moved_on);
            assert_eq!(round_trips(&moved_on), 4, "{:?}", operations(&moved_on));
            assert!(units(&moved_on) <= 14.0, "{}", units(&moved_on));

            let forged = Message::of(app, &stale, &Change { wrong_signature: true, ..Change::default() });
            calls(app);
            assert_eq!(forged.send(app).await, "fail");
            let odd = calls(app);
            print("notification, forged", &odd);
            assert!(round_trips(&odd) <= 3 && units(&odd) <= 6.0, "{} {:?}", units(&odd), operations(&odd));
        })
        .await;
    }
}

/// Write units of an order: without and with two RSA keys among its terms.
const ORDER_UNITS_MAX: [f64; 2] = [14.0, 22.0];

#[tokio::test]
async fn budgets_of_looks_hold() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "alipay").await, app.log_in("ada@example.com").await);
        assert!(app.stack.run_janitor().await.get("error").is_none());
        let (order, other) = (till.order(&ada).await, till.paid_order(&ada).await);
        calls(app);
        till.looks(&ada, &order).await;
        let look = calls(app);
        print("owner's look, the provider asked", &look);
        assert!(round_trips(&look) <= 4 && units(&look) <= 2.0, "{} {:?}", units(&look), operations(&look));
        till.looks(&ada, &order).await;
        let look = calls(app);
        print("owner's look, not again so soon", &look);
        assert!(round_trips(&look) <= 2 && units(&look) <= 1.0, "{:?}", operations(&look));
        till.looks(&ada, &other).await;
        let look = calls(app);
        print("owner's look that credits", &look);
        assert!(round_trips(&look) <= 5 && units(&look) <= 16.0, "{} {:?}", units(&look), operations(&look));
        till.looks(&ada, &other).await;
        let look = calls(app);
        print("owner's look at a paid order", &look);
        assert_eq!((round_trips(&look), units(&look)), (1, 0.0), "{:?}", operations(&look));

        for (what, seconds, units_max) in
            [("scheduled look", 20, 6.0), ("closing", 7_180, 14.0), ("last look after the end", 79_200, 6.0)]
        {
            // What else has become due is done before.
            app.clock.advance(Duration::from_secs(seconds - 1));
            assert!(app.stack.run_janitor().await.get("error").is_none());
            app.clock.advance(Duration::from_secs(1));
            calls(app);
            let report = app.stack.run_janitor().await;
            assert_eq!(report["orders"]["looked"], 1, "{report}");
            let look = about_orders(calls(app));
            print(what, &look);
            let writes: Vec<&Call> = look.iter().filter(|call| call.units_written > 0.0).collect();
            assert!(writes.len() == 1 && units(&look) <= units_max, "{} {:?}", units(&look), operations(&look));
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_of_orders_takes_three_round_trips_after_authentication() {
    TestApp::run(async |app| {
        let till = Till::open(app, "alipay").await;
        for number in 0..12 {
            let person = app.log_in(&format!("p{number}@example.com")).await;
            let (paid, _) = (till.paid_order(&person).await, till.order(&person).await);
            assert_eq!(notified(app, &paid).await, "success");
        }
        for list in ["orders", "orders?trade_status=TRADE_AWAIT", "orders?status=TRADE_SUCCESS", "orders?page=2"] {
            check_page(app, &till.admin, list).await;
        }
        app.clock.advance(Duration::from_secs(24 * 3600));
        assert!(app.stack.run_janitor().await.get("error").is_none());
        for list in ["orders", "orders?trade_status=TRADE_CLOSED", "orders?page=3"] {
            check_page(app, &till.admin, list).await;
        }
    })
    .await;
}
