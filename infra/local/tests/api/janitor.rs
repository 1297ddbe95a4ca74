//! The scheduled work, and the books check that it does at night.

mod breaks;
mod faults;
mod long_ledger;
mod nights;
mod orders;

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use table::books::{self, Outcome, Progress};
use testkit::{Service, round_trips};

use crate::app::{ADMIN, Person, TestApp};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The people of a site on which everything has happened that moves credits or rows.
struct Day<'a> {
    admin: Person<'a>,
    ada: Person<'a>,
    /// Deleted.
    bob: Person<'a>,
    /// The batch that Ada's code is of.
    batch: String,
}

/// Registrations, chats, sign-ins, redeemed, unused, void and deleted codes, a hidden row, a deleted user and message.
async fn busy_day(app: &TestApp) -> Day<'_> {
    let admin = app.log_in(ADMIN).await;
    let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
    for person in [&ada, &bob] {
        app.post("/api/signin", &person.token, &Value::Null).await.data();
        person.chat("hi [[usage=100,50]]").await;
    }
    let first = make_codes(app, &admin, 3).await;
    let voided = make_codes(app, &admin, 2).await;
    for (person, code) in [(&ada, &first[0]), (&bob, &first[1]), (&ada, &voided[0])] {
        app.post("/api/use_carmi", &person.token, &json!({"carmi": code["key"]})).await.data();
    }
    let delete = async |path: String| app.send(Method::DELETE, &path, &admin.token, "").await.data();
    delete(format!("/api/admin/carmi/batch/{}", voided[0]["batch_id"].as_str().unwrap())).await;
    delete(format!("/api/admin/carmi/{}", first[1]["id"].as_str().unwrap())).await;
    let rows = app.get("/api/turnover", &ada.token).await.data();
    delete(format!("/api/admin/turnover/{}", rows["rows"][0]["id"].as_str().unwrap())).await;
    let messages = app.get("/api/admin/messages", &admin.token).await.data();
    delete(format!("/api/admin/messages/{}", messages["rows"][0]["id"].as_str().unwrap())).await;
    delete(format!("/api/admin/user/{}", bob.id)).await;
    app.post("/api/admin/user", &admin.token, &json!({"account": "carol@example.com", "integral": 7})).await.data();
    Day { admin, ada, bob, batch: first[0]["batch_id"].as_str().unwrap().to_owned() }
}

async fn make_codes(app: &TestApp, admin: &Person<'_>, quantity: u32) -> Vec<Value> {
    let order = json!({"type": "integral", "end_time": "", "quantity": quantity, "reward": 5});
    app.post("/api/admin/carmi", &admin.token, &order).await.data().as_array().unwrap().clone()
}

/// One call of the check with this much time, in milliseconds.
async fn check_for(app: &TestApp, millis: i64) -> Option<Progress> {
    let base = app.base();
    books::check(&base.table, &base.clock, &base.zone, base.clock.millis() + millis).await.unwrap()
}

/// Tonight's check, whatever is left of it, and what it found.
async fn outcome(app: &TestApp) -> Outcome {
    while check_for(app, 1_000).await.is_some_and(|progress| !progress.is_through) {}
    let books = books::read(&app.base().table).await.unwrap();
    assert!(!books.running);
    books.outcome.expect("an outcome")
}

#[tokio::test]
async fn an_idle_minute_costs_next_to_nothing() {
    TestApp::run(async |app| {
        let day = busy_day(app).await;
        let report = app.stack.run_janitor().await;
        assert_eq!(report["books"]["differences"], 0, "{report}");
        assert_eq!((&report["books"]["is_through"], &report["books"]["users"]), (&json!(true), &json!(4)), "{report}");
        day.ada.chat("hi").await;
        app.clock.advance(Duration::from_secs(16 * 60));
        app.stack.run_janitor().await;
        app.stack.wire.take_log();
        let report = app.stack.run_janitor().await;
        assert_eq!(report["books"], Value::Null);
        let mut calls = app.stack.wire.take_log();
        calls.retain(|call| call.service == Service::DynamoDb);
        let read: f64 = calls.iter().map(|call| call.units_read).sum();
        let written: f64 = calls.iter().map(|call| call.units_written).sum();
        let operations: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
        println!(
            "janitor, an idle minute            {} round trips, {read:4.1} read units, {written:4.1} write units  {}",
            round_trips(&calls),
            operations.join(" ")
        );
        // Sixteen items of the tally are what a busy site has more. Three units look for what people had deleted: messages
        // in four places, the days for which they are kept, and what is more than one request could delete.
        assert!(read <= 9.0 && written == 0.0 && round_trips(&calls) <= 6, "{read} {written}");
    })
    .await;
}
