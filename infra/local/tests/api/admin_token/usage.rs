//! What keys have cost: by our own count, until their providers tell.

use std::time::Duration;

use serde_json::{Value, json};
use table::list::roll_up;
use testkit::{Fault, FaultKind};

use super::{add, row};
use crate::app::{ADMIN, Person, TestApp};

/// 100 tokens at half a dollar a million and 50 at one and a half: 125 millionths of a dollar.
const PROMPT: &str = "hi [[usage=100,50]]";

/// Usage and limit of the only key that is asked.
async fn money(app: &TestApp, admin: &Person<'_>) -> [Value; 2] {
    let row = row(app, admin, &json!("1")).await;
    [row["usage"].clone(), row["limit"].clone()]
}

#[tokio::test]
async fn a_key_whose_provider_does_not_tell_shows_what_it_probably_cost() {
    TestApp::run(async |app| {
        let (admin, ada, bob) =
            (app.log_in(ADMIN).await, app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let idle = add(app, &admin, "sk-0123456789abcdef").await;
        app.put("/api/admin/token", &admin.token, &json!({"id": idle["id"], "status": 0})).await.data();
        assert_eq!(money(app, &admin).await, [0.0, 0.0]);
        ada.chat(PROMPT).await;
        assert_eq!(money(app, &admin).await, [0.000_125, 0.0]);
        bob.chat(PROMPT).await;
        assert_eq!(money(app, &admin).await, [0.000_25, 0.0]);
        app.stack.run_janitor().await;
        assert_eq!(money(app, &admin).await, [0.000_25, 0.0]);
        // With the figures of the day.
        assert!(roll_up(&app.base().table, app.clock.millis(), true).await.unwrap() > 2);
        assert_eq!(money(app, &admin).await, [0.000_25, 0.0]);
        let rolled_up = app.table().into_iter().find(|item| item["pk"] == "meter#spent").unwrap();
        assert_eq!((&rolled_up["sk"], &rolled_up["n_c"]), (&json!("1"), &json!(250)));
        ada.chat(PROMPT).await;
        assert_eq!(money(app, &admin).await, [0.000_375, 0.0]);
        assert_eq!(row(app, &admin, &idle["id"]).await["usage"], 0.0);

        // Once its provider tells, that counts.
        app.clock.advance(Duration::from_secs(25 * 3600));
        app.stack.run_janitor().await;
        assert_eq!(money(app, &admin).await, [12.345, 100.0]);

        // Another secret is another account: it starts at nothing.
        let change = json!({"id": "1", "key": "sk-another-account-01"});
        let changed = app.put("/api/admin/token", &admin.token, &change).await.data();
        assert_eq!((&changed[0]["usage"], &changed[0]["limit"]), (&json!(0.0), &json!(0.0)));
        app.clock.advance(Duration::from_secs(6));
        bob.chat(PROMPT).await;
        assert_eq!(money(app, &admin).await, [0.000_125, 0.0]);
    })
    .await;
}

/// However often the settlement is tried, the key has been asked once.
#[tokio::test]
async fn what_a_chat_costs_counts_once_whatever_fails() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(100);
        let faults = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Conflict, FaultKind::Http500];
        for (chats, kind) in (1..).zip(faults) {
            for times in [1, 2, 5] {
                app.stack.wire.plan(Fault::new(kind).on("TransactWriteItems").times(times));
                ada.chat(PROMPT).await;
                app.stack.wire.heal();
            }
            assert_eq!(money(app, &admin).await[0], f64::from(chats * 3 * 125) / 1_000_000.0, "{kind:?}");
        }
    })
    .await;
}
