//! `GET /api/admin/uploads` and `DELETE /api/admin/uploads/{id}`; and what becomes of uploads when their person is deleted.

use hyper::Method;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;
use crate::pictures::ids;

async fn page(app: &TestApp, admin: &Person<'_>, query: &str) -> (u64, Vec<Value>) {
    let data = app.get(&format!("/api/admin/uploads?{query}"), &admin.token).await.data();
    (data["count"].as_u64().unwrap(), data["rows"].as_array().unwrap().clone())
}

async fn delete(app: &TestApp, admin: &Person<'_>, id: &Value) -> Answer {
    app.send(Method::DELETE, &format!("/api/admin/uploads/{}", id.as_str().unwrap()), &admin.token, "").await
}

async fn delete_user(app: &TestApp, admin: &Person<'_>, person: &Person<'_>) {
    let path = format!("/api/admin/user/{}", person.id);
    assert_eq!(app.send(Method::DELETE, &path, &admin.token, "").await.data(), 1);
}

#[tokio::test]
async fn everybodys_uploads_are_listed_with_their_people() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let bob = app.log_in("bob@example.com").await;
        let mut up = Vec::new();
        for person in [&ada, &bob, &ada, &ada] {
            app.clock.advance(std::time::Duration::from_secs(1));
            up.insert(0, person.puts_up(app).await);
        }
        let (count, rows) = page(app, &admin, "").await;
        assert_eq!((count, ids(&rows)), (4, ids(&up)));
        assert_eq!(rows[0]["user"]["account"], "ada@example.com");
        let (count, rows) = page(app, &admin, "page=2&page_size=3").await;
        assert_eq!((count, ids(&rows)), (4, ids(&up[3..])));
        let (count, rows) = page(app, &admin, &format!("user_id={}", bob.id)).await;
        assert_eq!((count, ids(&rows), &rows[0]["user"]["id"]), (1, ids(&up[2..3]), &json!(bob.id)));
        assert_eq!(page(app, &admin, "user_id=7").await, (0, vec![]));
        assert_eq!(app.get("/api/admin/uploads?user_id=x", &admin.token).await.refusal(400), "参数不正确");
    })
    .await;
}

#[tokio::test]
async fn an_administrator_deletes_with_a_record_that_does_not_name_the_file() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let up = ada.puts_up(app).await;
        assert_eq!(delete(app, &admin, &up["id"]).await.data(), 1);
        assert_eq!(app.fetch(&up["url"]).await.status, 403);
        assert_eq!(delete(app, &admin, &up["id"]).await.data(), 0);
        assert_eq!(delete(app, &admin, &json!("x")).await.refusal(404), "数据不存在");
        assert_eq!((page(app, &admin, "").await.0, ada.uploads(app, "").await.0), (0, 0));
        let records = app.get("/api/admin/audit", &admin.token).await.data();
        let record = &records["rows"][0];
        assert_eq!(record["target"], format!("upload {}", up["id"].as_str().unwrap()));
        assert!(!record.to_string().contains("public/"), "{record}");
    })
    .await;
}

/// With the account goes what it put up; what it said goes when the administrators' days for it are over.
#[tokio::test]
async fn uploads_go_with_the_account_and_messages_after_their_days() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        for _ in 0..30 {
            ada.puts_up(app).await;
        }
        for _ in 0..12 {
            ada.chat("hi [[text=x]]").await;
        }
        delete_user(app, &admin, &ada).await;
        let report = app.stack.run_janitor().await;
        assert_eq!(report["erasures"], json!({"looked": 1, "finished": 1}), "{report}");
        assert!(app.stack.objects.list().is_empty() && app.upload_rows().is_empty());
        assert_eq!(page(app, &admin, "").await, (0, vec![]));
        let messages = async || app.get("/api/admin/messages", &admin.token).await.data()["count"].clone();
        assert_eq!(messages().await, 24);
        app.check_books().await;
        app.clock.advance(std::time::Duration::from_secs(180 * 24 * 3600));
        let admin = app.log_in(ADMIN).await;
        app.stack.run_janitor().await;
        assert_eq!(app.get("/api/admin/messages", &admin.token).await.data(), json!({"count": 0, "rows": []}));
        assert!(!app.table().iter().any(|item| item.contains_key("content")));
    })
    .await;
}

/// The bucket is out of reach, or the janitor's run dies: the next one goes on, and no file is left.
#[tokio::test]
async fn what_a_run_leaves_the_next_one_deletes() {
    for nth in 1..=4 {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            for _ in 0..3 {
                ada.puts_up(app).await;
            }
            delete_user(app, &admin, &ada).await;
            let fault = Fault::new(FaultKind::FailBefore).on("DeleteObject").nth(nth).lasting();
            app.stack.wire.plan(fault);
            let report = app.stack.run_janitor().await;
            app.stack.wire.heal();
            assert_eq!(report.get("error").is_some(), nth <= 3, "{report}");
            assert_eq!(app.upload_rows().len(), if nth <= 3 { 3 } else { 0 });
            app.check_books().await;
            assert!(app.stack.objects.list().is_empty() && app.upload_rows().is_empty());
            assert!(!app.table().iter().any(|item| item["pk"].as_str().unwrap().starts_with("erasure#")));
        })
        .await;
    }
}
