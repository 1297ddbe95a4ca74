//! `GET /api/admin/books`

use serde_json::{Value, json};

use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn administrators_see_what_the_last_check_found() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let books = async || app.get("/api/admin/books", &admin.token).await.data();
        let never = json!({
            "checked_at": null, "users": 0, "rows": 0, "count": 0, "differences": [], "running": false,
        });
        assert_eq!(books().await, never);

        app.edit_user(&ada, "ADD balance :one", &json!({":one": {"N": "1"}}));
        app.edit_user(&ada, "ADD messages :one", &json!({":one": {"N": "1"}}));
        let report = app.stack.run_janitor().await;
        assert_eq!(report["books"]["differences"], 2, "{report}");
        let found = json!({
            "checked_at": "2026-01-01 08:00:00", "users": 2, "rows": 2, "count": 2, "running": false,
            "differences": [
                {
                    "kind": "sum", "id": ada.id, "expected": 10, "found": 11,
                    "message": format!("用户 {} 的余额与预留共 11 积分，但流水合计为 10", ada.id),
                },
                {
                    "kind": "messages", "id": ada.id, "expected": 0, "found": 1,
                    "message": format!("用户 {} 记有 1 条消息，实为 0 条", ada.id),
                },
            ],
        });
        assert_eq!(books().await, found);
        app.edit_user(&ada, "SET balance = balance - :one, messages = messages - :one", &json!({":one": {"N": "1"}}));

        // The old outcome stands while the next check is under way.
        app.clock.advance(std::time::Duration::from_secs(24 * 3600));
        let base = app.base();
        table::books::check(&base.table, &base.clock, &base.zone, 0).await.unwrap();
        let under_way = books().await;
        assert_eq!((&under_way["running"], &under_way["differences"]), (&json!(true), &found["differences"]));
        app.stack.run_janitor().await;
        let healed = books().await;
        assert_eq!((&healed["running"], &healed["differences"]), (&json!(false), &Value::Array(Vec::new())));
        assert_eq!(healed["checked_at"], "2026-01-02 08:00:00");
    })
    .await;
}
