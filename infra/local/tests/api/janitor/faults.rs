//! Calls of the scheduled work fail, and runs die between any two of them.

use std::time::Duration;

use serde_json::json;
use table::books;
use testkit::{Fault, FaultKind};

use super::{DAY, busy_day, check_for, outcome};
use crate::app::TestApp;

#[tokio::test]
async fn a_part_that_fails_does_not_stop_the_others() {
    // What gives reservations back, and what the books are read by.
    for (operation, part, other) in [("UpdateItem", "reservations", "books"), ("BatchGetItem", "books", "reservations")]
    {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            let hold = json!({":hold": {"M": {"a": {"N": "4"}, "u": {"N": "1"}}}, ":four": {"N": "4"},
                ":due": {"S": due_partition(&ada.id)}, ":second": {"N": "1"}});
            let reserve = "SET balance = balance - :four, held = held + :four, holds.earlier = :hold, due_pk = :due, \
                           due_sk = :second";
            app.edit_user(&ada, reserve, &hold);
            app.stack.wire.plan(Fault::new(FaultKind::FailBefore).on(operation).lasting());
            let report = app.stack.run_janitor().await;
            app.stack.wire.heal();
            let error = report["error"].as_str().unwrap_or_else(|| panic!("{report}")).to_owned();
            println!("{operation}: {error}");
            let set_aside = app.users()[0]["held"].as_i64();
            assert_eq!(set_aside, Some(if part == "reservations" { 4 } else { 0 }), "{other} was done");
            let books = books::read(&app.base().table).await.unwrap();
            assert_eq!(books.outcome.is_some(), part == "reservations", "{other} was done");
        })
        .await;
    }
}

fn due_partition(id: &str) -> String {
    format!("holds#{}", id.parse::<i64>().unwrap() % 4)
}

/// A run dies before or after one of its calls: the next one goes on, and finds the same.
#[tokio::test]
async fn a_run_that_dies_is_gone_on_with() {
    TestApp::run(async |app| {
        busy_day(app).await;
        let whole = outcome(app).await;
        // Every state that is kept, and some of all calls.
        let keeps = Fault::new(FaultKind::HangAfter).on("TransactWriteItems");
        for (fault, by) in [(keeps, 1), (Fault::new(FaultKind::HangBefore), 5)] {
            let mut deaths = 0;
            for nth in (1..).step_by(by) {
                app.clock.advance(DAY);
                let fault = app.stack.wire.plan(fault.clone().nth(nth));
                let is_dead = tokio::select! {
                    () = fault.reached() => true,
                    _ = check_for(app, 60_000) => false,
                };
                app.stack.wire.heal();
                let found = outcome(app).await;
                assert_eq!((found.users, found.rows, found.number), (whole.users, whole.rows, 0), "call {nth}");
                if !is_dead {
                    break;
                }
                deaths += 1;
            }
            assert!(deaths > 9, "{deaths}");
        }
    })
    .await;
}

/// Every call from the n-th on fails: the run is an error, and the next one goes on.
#[tokio::test]
async fn a_lasting_failure_is_an_error_and_nothing_is_lost() {
    TestApp::run(async |app| {
        busy_day(app).await;
        let whole = outcome(app).await;
        let base = app.base();
        for nth in [1, 2, 5, 9, 14, 20, 30] {
            app.clock.advance(DAY);
            app.stack.wire.plan(Fault::new(FaultKind::FailBefore).nth(nth).lasting());
            let run = books::check(&base.table, &base.clock, &base.zone, base.clock.millis() + 60_000);
            let run = tokio::time::timeout(Duration::from_secs(30), run).await.expect("an end");
            assert!(run.is_err(), "{nth}: {run:?}");
            app.stack.wire.heal();
            let found = outcome(app).await;
            assert_eq!((found.users, found.rows, found.number), (whole.users, whole.rows, 0), "{nth}");
        }
    })
    .await;
}
