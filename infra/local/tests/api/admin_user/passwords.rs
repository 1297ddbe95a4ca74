//! Passwords that administrators set: by the rule that people follow, kept as a hash, and told to nobody.

use serde_json::{Value, json};

use super::{ADA, create, item, put};
use crate::app::{ADMIN, TestApp};

const WEAK: &str = "密码至少8位，且须同时包含字母和数字";

async fn logs_in(app: &TestApp, password: &str) -> bool {
    app.post("/api/login", "", &json!({"account": ADA, "password": password})).await.status == 200
}

#[tokio::test]
async fn a_password_is_set_by_the_rule_or_refused() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for weak in ["short 1", "no digits here", "1234567890"] {
            let body = json!({"account": ADA, "password": weak});
            assert_eq!(app.post("/api/admin/user", &admin.token, &body).await.refusal(400), WEAK, "{weak}");
        }
        let id = create(app, &admin, ADA).await;
        assert_eq!(put(app, &admin, &id, json!({"password": "weak"})).await.refusal(400), WEAK);
        assert!(!item(app, &id).contains_key("password"));
        // Forms that show nobody's password send an empty one back.
        for nothing in [json!(""), Value::Null, json!("undefined")] {
            let row = put(app, &admin, &id, json!({"nickname": "艾达", "password": nothing})).await.data();
            assert_eq!((&row[0]["nickname"], &row[0]["password"]), (&json!("艾达"), &json!("")));
            assert!(!item(app, &id).contains_key("password"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_its_user_alone() {
    TestApp::run(async |app| {
        let (admin, bob) = (app.log_in(ADMIN).await, app.log_in("bob@example.com").await);
        let ada = app.log_in(ADA).await;
        let row = put(app, &admin, &ada.id, json!({"password": "correct horse 1"})).await.data();
        assert_eq!((&row[0]["password"], &row[1]), (&json!(""), &json!(false)));
        assert!(!ada.is_in().await && bob.is_in().await && admin.is_in().await);
        assert!(logs_in(app, "correct horse 1").await && !logs_in(app, "correct horse 2").await);
        put(app, &admin, &ada.id, json!({"password": "correct horse 2"})).await.data();
        assert!(logs_in(app, "correct horse 2").await && !logs_in(app, "correct horse 1").await);
        let session = app.log_in(ADA).await;
        put(app, &admin, &ada.id, json!({"password": "", "nickname": "艾达"})).await.data();
        assert!(session.is_in().await && logs_in(app, "correct horse 2").await);
    })
    .await;
}

#[tokio::test]
async fn records_tell_that_a_password_was_set_and_not_which() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in(ADA).await);
        put(app, &admin, &ada.id, json!({"password": "correct horse 1"})).await.data();
        // Records of one millisecond have no order.
        app.clock.advance(std::time::Duration::from_millis(1));
        put(app, &admin, &ada.id, json!({"password": "correct horse 2"})).await.data();
        let rows = app.get("/api/admin/audit", &admin.token).await.data()["rows"].clone();
        let changes: Vec<&str> = (0..2).map(|place: usize| rows[place]["changes"].as_str().unwrap()).collect();
        assert_eq!(changes, [r#"{"password":["********","********"]}"#, r#"{"password":[null,"********"]}"#]);
        assert!(!rows.to_string().contains("horse") && !rows.to_string().contains("argon2"));
    })
    .await;
}
