//! The function dies at each of its calls: no file is left that nobody can delete.

use std::time::Duration;

use testkit::{Fault, FaultKind};

use super::lists::delete;
use crate::app::TestApp;
use crate::sandbox::{Sandbox, request_as, request_for};

/// The session, the day's count, what is known of the file, the bucket.
const CALLS_OF_AN_UPLOAD: usize = 4;
/// The session, the row, the bucket, the row.
const CALLS_OF_A_DELETION: usize = 4;

#[tokio::test]
async fn a_kill_at_every_boundary_leaves_no_file_that_nobody_can_delete() {
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        let mut points = 0;
        while survives_a_kill(kind, points + 1, false).await {
            points += 1;
        }
        assert_eq!(points, CALLS_OF_AN_UPLOAD, "{kind:?}");
    }
}

#[tokio::test]
async fn a_kill_of_a_deletion_leaves_what_can_be_deleted_again() {
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        let mut points = 0;
        while survives_a_kill(kind, points + 1, true).await {
            points += 1;
        }
        assert_eq!(points, CALLS_OF_A_DELETION, "{kind:?}");
    }
}

/// False when the request makes fewer than `nth` calls.
async fn survives_a_kill(kind: FaultKind, nth: usize, deletes: bool) -> bool {
    let mut hit = false;
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let request = if deletes {
            let up = ada.puts_up(app).await;
            request_for("images-delete-upload_id", &ada.token, up["id"].as_str().unwrap())
        } else {
            request_as("images-post-upload", &ada.token)
        };
        let sandbox = Sandbox::of(app, "images");
        let images = sandbox.images().await;
        let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
        tokio::select! {
            () = fault.reached() => hit = true,
            _ = images(request) => return,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        sandbox.kill();
        app.stack.wire.heal();
        app.check_books().await;
        let ada = app.log_in("ada@example.com").await;
        let (count, rows) = ada.uploads(app, "").await;
        let files: Vec<String> = app.stack.objects.list().into_iter().map(|object| object.key).collect();
        for file in &files {
            let is_known = rows.iter().any(|row| row["url"].as_str().unwrap().ends_with(&format!("/{file}")));
            assert!(is_known, "{kind:?} at call {nth}: {file} in {rows:?}");
        }
        let is_known = if deletes {
            (kind, nth) != (FaultKind::HangAfter, 4)
        } else {
            nth > 3 || (kind, nth) == (FaultKind::HangAfter, 3)
        };
        assert_eq!(count, u64::from(is_known), "{kind:?} at call {nth}");
        for row in &rows {
            assert_eq!(delete(app, &ada, &row["id"]).await.data(), 1, "{kind:?} at call {nth}");
        }
        assert!(app.stack.objects.list().is_empty() && app.upload_rows().is_empty(), "{kind:?} at call {nth}");
    })
    .await;
    hit
}
