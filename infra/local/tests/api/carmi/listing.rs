//! `GET /api/admin/carmi`.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ROUTE, batch, credits, delete, keys, list, make, redeem, statuses};
use crate::app::{ADMIN, TestApp};

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn rows_are_as_the_interface_has_them() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let made = make(app, &json!({"type": "integral", "end_time": "2026-01-05", "quantity": 1, "reward": 10})).await;
        let batch = batch(app, &admin).await;
        let (count, rows) = list(app, &admin, "").await;
        assert_eq!(count, 1);
        let mut expected = json!({
            "id": made[0]["id"], "user_id": null, "ip": null, "key": made[0]["key"], "value": "10",
            "type": "integral", "level": 1, "end_time": "2026-01-05", "status": 0, "batch_id": batch["id"],
            "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00", "user": null,
        });
        assert_eq!(rows[0], expected);

        app.clock.advance(Duration::from_secs(60));
        assert_eq!(redeem(app, &ada, &keys(&made)[0]).await.status, 200);
        let (_, rows) = list(app, &admin, "").await;
        expected["user_id"] = json!(ada.id);
        expected["ip"] = json!("127.0.0.1");
        expected["status"] = json!(1);
        expected["update_time"] = json!("2026-01-01 08:01:00");
        expected["user"] =
            json!({"id": ada.id, "account": ada.account, "nickname": "Chat用户", "avatar": app.default_avatar()});
        assert_eq!(rows[0], expected);
    })
    .await;
}

#[tokio::test]
async fn lists_by_status_and_batch_page_alike() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let first = make(app, &credits(12, 5)).await;
        app.clock.advance(Duration::from_secs(1));
        let second = make(app, &credits(8, 6)).await;
        for key in keys(&first[..3]).iter().chain(&keys(&second[..2])) {
            assert_eq!(redeem(app, &ada, key).await.status, 200);
        }
        let of = |rows: &[Value]| rows[0]["batch_id"].as_str().unwrap().to_owned();
        let (first_batch, second_batch) = (of(&first), of(&second));
        delete(app, &admin, &format!("/batch/{second_batch}")).await.data();
        assert_eq!(statuses(app, &admin).await, [9, 5, 6]);

        let mut newest = ids(&second);
        newest.reverse();
        let mut older = ids(&first);
        older.reverse();
        let all: Vec<String> = newest.iter().chain(&older).cloned().collect();
        let paged = async |query: &str, size: usize| {
            let mut seen = Vec::new();
            for page in 1..=(20_usize.div_ceil(size) + 1) {
                let (_, rows) = list(app, &admin, &format!("{query}&page={page}&page_size={size}")).await;
                seen.extend(ids(&rows));
            }
            seen
        };
        assert_eq!(paged("?", 7).await, all);
        assert_eq!(list(app, &admin, "").await.0, 20);
        assert_eq!(paged(&format!("?batch={first_batch}"), 5).await, older);
        assert_eq!(list(app, &admin, &format!("?batch={first_batch}")).await.0, 12);
        assert_eq!(paged(&format!("?batch={second_batch}&status=1"), 3).await, newest[6..]);
        assert_eq!(paged("?status=2", 4).await, newest[..6]);
        assert_eq!(list(app, &admin, &format!("?batch={first_batch}&status=2")).await.0, 0);
        assert_eq!(list(app, &admin, "?batch=7").await, (0, Vec::new()));
    })
    .await;
}

#[tokio::test]
async fn unreadable_filters_are_refused_to_administrators_alone() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        for query in ["?status=3", "?status=-1", "?status=used", "?batch=x", "?batch=-1"] {
            let path = format!("{ROUTE}{query}");
            assert_eq!(app.get(&path, &admin.token).await.refusal(400), "参数不正确", "{query}");
            assert_eq!(app.get(&path, &ada.token).await.refusal(403), "拒绝访问", "{query}");
            assert_eq!(app.get(&path, "").await.refusal(401), "请登陆", "{query}");
        }
        assert_eq!(list(app, &admin, "?status=undefined&batch=").await.0, 0);
    })
    .await;
}

/// The deployment's secret was replaced: codes are still listed and exported, without their texts.
#[tokio::test]
async fn codes_that_do_not_open_are_listed_without_their_text() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        make(app, &credits(2, 5)).await;
        let table = app.stack.environment("auth").text("TABLE_NAME").unwrap().to_owned();
        for code in app.table().iter().filter(|item| item["sk"] == "redemption") {
            let update = json!({
                "TableName": table, "Key": {"pk": {"S": code["pk"]}, "sk": {"S": "redemption"}},
                "UpdateExpression": "SET sealed = :other", "ExpressionAttributeValues": {":other": {"B": "AQID"}},
            });
            assert_eq!(app.stack.dynamo.execute("UpdateItem", update.to_string().as_bytes()).0, 200);
        }
        let (count, rows) = list(app, &admin, "").await;
        assert_eq!((count, rows[0]["key"].as_str(), rows[1]["key"].as_str()), (2, Some(""), Some("")));
    })
    .await;
}
