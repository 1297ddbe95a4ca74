//! Exports that end before their list does: their administrator is none any more, or their time is up.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use super::faults::got;
use super::large::many;
use super::{begins, piece};
use crate::app::{Person, TestApp};

/// Does something in the middle of an export of three thousand rows by Bob, and returns how many came.
async fn meanwhile(app: &TestApp, admin: &Person<'_>, does: impl AsyncFnOnce(&Person<'_>)) -> usize {
    // Mails to one address are limited.
    app.clock.advance(Duration::from_secs(3_600));
    let bob = app.log_in("bob@example.com").await;
    let role = json!({"id": bob.id, "role": "administrator"});
    app.put("/api/admin/user", &admin.token, &role).await.data();
    let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).nth(4).on("BatchGetItem"));
    let change = async {
        held.reached().await;
        does(&bob).await;
        held.release();
    };
    let (got, ()) = tokio::join!(got(app, &bob, "carmi"), change);
    assert!(got.status == 200 && got.is_broken && !got.is_whole());
    let rows: Vec<Value> = got.text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    rows.len()
}

#[tokio::test]
async fn who_is_banned_demoted_or_logged_out_gets_no_further_thousand() {
    TestApp::run(async |app| {
        let admin = many(app).await;
        let edit = async |change: Value| app.put("/api/admin/user", &admin.token, &change).await.data();
        let banned = meanwhile(app, &admin, async |bob| _ = edit(json!({"id": bob.id, "status": 0})).await).await;
        let bob = app.users().into_iter().find(|user| user["account"] == "bob@example.com").unwrap();
        edit(json!({"id": bob["id"], "status": 1})).await;
        let demoted = meanwhile(app, &admin, async |bob| _ = edit(json!({"id": bob.id, "role": "user"})).await).await;
        let left = meanwhile(app, &admin, async |bob| {
            app.post("/api/logout", &bob.token, &Value::Null).await.data();
        })
        .await;
        for rows in [banned, demoted, left] {
            assert!((300..=1_000).contains(&rows), "{rows}");
        }
    })
    .await;
}

/// After thirteen minutes it ends, and does not look whole.
#[tokio::test]
async fn an_export_ends_before_lambda_ends_it() {
    TestApp::run(async |app| {
        let admin = many(app).await;
        let mut body = begins(app, &admin, "carmi").await.into_body();
        let mut text = String::new();
        for _ in 0..4 {
            text.push_str(std::str::from_utf8(&piece(&mut body).await.unwrap().unwrap()).unwrap());
            app.clock.advance(Duration::from_secs(150));
        }
        // What is written already is still handed over.
        app.clock.advance(Duration::from_secs(200));
        let end = loop {
            match piece(&mut body).await {
                Some(Ok(chunk)) => text.push_str(std::str::from_utf8(&chunk).unwrap()),
                end => break end,
            }
        };
        assert_eq!(end, Some(Err(web::Broken)));
        // Whole lines, and the last of them is where to go on.
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(text.ends_with('\n') && rows.iter().all(|row| row.get("end").is_none()));
        assert!((300..=1_000).contains(&rows.len()), "{}", rows.len());
        let last = rows.last().unwrap()["id"].as_str().unwrap();
        let rest = got(app, &admin, &format!("carmi?before={last}")).await;
        assert!(rest.is_whole());
        assert_eq!(rows.len() + rest.text.lines().count() - 1, 3_000);
    })
    .await;
}
