//! Every call of a change fails, before and after its effect: it is done once, or not at all and said so.

use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use super::{add, draft, row, rows};
use crate::app::{ADMIN, TestApp};

const KINDS: [FaultKind; 5] =
    [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
/// More calls than a request makes.
const CALLS_MAX: usize = 12;

/// The n-th call fails once: nobody notices, and one key was made, changed once, checked, deleted.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    for kind in KINDS {
        for request in ["POST", "PUT", "CHECK", "DELETE"] {
            for nth in 1..=CALLS_MAX {
                if !passes(kind, request, nth).await {
                    assert!(nth > 1, "{kind:?} struck nothing of {request}");
                    break;
                }
            }
        }
    }
}

/// Whether the fault struck.
async fn passes(kind: FaultKind, request: &str, nth: usize) -> bool {
    let mut hits = 0;
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let key = add(app, &admin, "sk-0123456789abcdef").await;
        let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
        let what = format!("{kind:?} at call {nth} of {request}");
        match request {
            "POST" => {
                app.post("/api/admin/token", &admin.token, &draft(app, "sk-fedcba9876543210")).await.data();
            }
            "PUT" => {
                let change = json!({"id": key["id"], "remarks": "x", "status": 1});
                assert_eq!(app.put("/api/admin/token", &admin.token, &change).await.data()[0]["remarks"], "x");
            }
            "CHECK" => {
                let told = app.post("/api/admin/token/check", &admin.token, &json!({"id": key["id"]})).await.data();
                assert_eq!(told["status"], 1, "{what}");
            }
            _ => {
                let path = format!("/api/admin/token/{}", key["id"].as_str().unwrap());
                app.send(hyper::Method::DELETE, &path, &admin.token, "").await.data();
            }
        }
        hits = fault.hits();
        app.stack.wire.heal();
        let listed = rows(app, &admin).await;
        let expected = match request {
            "POST" => 3,
            "DELETE" => 1,
            _ => 2,
        };
        assert_eq!(listed.len(), expected, "{what}");
        if expected == 2 {
            let changed = row(app, &admin, &key["id"]).await;
            let (remarks, limit) = if request == "PUT" { ("x", 0.0) } else { ("", 100.0) };
            assert_eq!((&changed["remarks"], &changed["limit"]), (&json!(remarks), &json!(limit)), "{what}");
        }
    })
    .await;
    hits > 0
}

/// Results that could not be stored are due again; nothing is lost with a janitor that fails.
#[tokio::test]
async fn checks_that_could_not_be_stored_are_done_again() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let dead = add(app, &admin, "sk-status-401").await;
        app.post("/api/admin/token/check", &admin.token, &json!({"all": true})).await.data();
        app.stack.wire.plan(Fault::new(FaultKind::FailBefore).on("TransactWriteItems").lasting());
        let report = app.stack.run_janitor().await;
        assert!(report["error"].is_string(), "{report}");
        app.stack.wire.heal();
        assert_eq!(row(app, &admin, &dead["id"]).await["checked_time"], Value::Null);
        assert_eq!(app.stack.run_janitor().await["upstreams"], json!({"checked": 2, "left": 0}));
        assert_eq!(row(app, &admin, &dead["id"]).await["status"], 0);
    })
    .await;
}
