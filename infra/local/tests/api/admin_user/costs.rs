//! What each write costs: what it changes, and the record of it, which is seven units, or five where the counts change
//! anyway. The end of a user is three more, for what the janitor is to delete of theirs.

use serde_json::{Value, json};
use testkit::{Call, round_trips};

use super::{ADA, create, delete, put};
use crate::app::{ADMIN, TestApp};

fn cost(app: &TestApp, what: &str) -> (usize, f64) {
    let calls: Vec<Call> = app.stack.wire.take_log();
    let units: f64 = calls.iter().map(|call| call.units_written).sum();
    println!("{what:34} {} round trips, {units:4.1} write units", round_trips(&calls));
    (round_trips(&calls), units)
}

#[tokio::test]
async fn a_write_costs_what_it_changes() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let mut ada = app.log_in(ADA).await;
        for _ in 0..4 {
            ada = app.log_in(ADA).await;
        }
        let changes: [(&str, Value, f64); 7] = [
            ("a name", json!({"nickname": "艾达"}), 9.0),
            ("memberships", json!({"vip_expire_time": "2030-01-01", "svip_expire_time": "2030-01-01"}), 9.0),
            ("credits", json!({"integral": 100}), 12.0),
            ("a role", json!({"role": "administrator"}), 11.0),
            ("a ban", json!({"status": 0}), 11.0),
            ("an account", json!({"account": "ada2@example.com"}), 15.0),
            ("all at once", json!({"account": "ada3@example.com", "status": 1, "integral": 10, "nickname": "A"}), 20.0),
        ];
        app.stack.wire.take_log();
        for (what, body, units) in changes {
            put(app, &admin, &ada.id, body).await.data();
            assert_eq!(cost(app, what), (3, units), "{what}");
        }
        assert_eq!(delete(app, &admin, &ada.id).await.data(), 1);
        assert_eq!(cost(app, "the end of an administrator"), (3, 21.0));
        create(app, &admin, "bob@example.com").await;
        assert_eq!(cost(app, "a new user"), (2, 12.0));
    })
    .await;
}
