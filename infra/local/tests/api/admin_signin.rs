//! `GET /api/admin/signin`

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn pages_are_exact_and_newest_first_with_the_people() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let page = async |query: &str| app.get(&format!("/api/admin/signin{query}"), &admin.token).await.data();
        assert_eq!(page("").await, json!({"count": 0, "rows": []}));

        let people = [app.log_in("ada@example.com").await, app.log_in("bob@example.com").await];
        let mut signed = Vec::new();
        for _ in 0..12 {
            for person in &people {
                app.clock.advance(Duration::from_millis(1));
                app.post("/api/signin", &person.token, &Value::Null).await.data();
                signed.insert(0, person.id.clone());
            }
            app.clock.advance(Duration::from_secs(24 * 3600));
        }
        let users = |data: &Value| -> Vec<String> {
            data["rows"].as_array().unwrap().iter().map(|row| row["user_id"].as_str().unwrap().to_owned()).collect()
        };
        for (query, expected) in [
            ("", &signed[..10]),
            ("?page=2&page_size=10", &signed[10..20]),
            ("?page=3&page_size=10", &signed[20..]),
            ("?page=4&page_size=10", &[]),
            ("?page=1&page_size=100", &signed[..]),
        ] {
            let data = page(query).await;
            assert_eq!((&data["count"], users(&data)), (&json!(24), expected.to_vec()), "{query}");
        }
        let oldest = &page("?page=24&page_size=1").await["rows"][0];
        assert_eq!(
            *oldest,
            json!({"id": oldest["id"], "user_id": people[0].id, "ip": "127.0.0.1", "status": 1,
                "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
                "user": {"id": people[0].id, "account": "ada@example.com", "nickname": "Chat用户", "avatar": app.default_avatar()}})
        );
    })
    .await;
}

#[tokio::test]
async fn sign_ins_outlive_their_people() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        app.post("/api/signin", &ada.token, &Value::Null).await.data();
        let path = format!("/api/admin/user/{}", ada.id);
        app.send(hyper::Method::DELETE, &path, &admin.token, "").await.data();
        let data = app.get("/api/admin/signin", &admin.token).await.data();
        assert_eq!((&data["count"], &data["rows"][0]["user"]), (&json!(1), &Value::Null));
    })
    .await;
}
