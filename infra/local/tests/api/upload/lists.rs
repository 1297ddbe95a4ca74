//! What somebody has put up is theirs: they see it, and delete it.

use hyper::Method;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use super::PATH;
use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;
use crate::pictures::{Form, ids, png};

pub async fn delete(app: &TestApp, person: &Person<'_>, id: &Value) -> Answer {
    app.send(Method::DELETE, &format!("/api/upload/{}", id.as_str().unwrap()), &person.token, "").await
}

#[tokio::test]
async fn uploads_are_listed_newest_first_and_deleted_with_their_files() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let mut up = Vec::new();
        for _ in 0..5 {
            app.clock.advance(std::time::Duration::from_secs(1));
            up.insert(0, ada.puts_up(app).await);
        }
        bob.puts_up(app).await;
        let (count, rows) = ada.uploads(app, "").await;
        assert_eq!((count, ids(&rows)), (5, ids(&up)));
        let expected = json!({"id": up[0]["id"], "user_id": ada.id, "url": up[0]["url"], "type": "image/png",
            "size": up[0]["size"], "width": 2, "height": 1, "create_time": "2026-01-01 08:00:05"});
        assert_eq!(rows[0], expected);
        let (count, rows) = ada.uploads(app, "page=2&page_size=2").await;
        assert_eq!((count, ids(&rows)), (5, ids(&up[2..4])));

        // Nobody deletes what is another's.
        assert_eq!(delete(app, &bob, &up[1]["id"]).await.data(), 0);
        assert_eq!(app.fetch(&up[1]["url"]).await.status, 200);
        assert_eq!(delete(app, &ada, &up[1]["id"]).await.data(), 1);
        assert_eq!(app.fetch(&up[1]["url"]).await.status, 403);
        assert_eq!(delete(app, &ada, &up[1]["id"]).await.data(), 0);
        assert_eq!(delete(app, &ada, &json!("x")).await.refusal(404), "数据不存在");
        assert_eq!((ada.uploads(app, "").await.0, bob.uploads(app, "").await.0), (4, 1));
        assert_eq!((app.upload_rows().len(), app.stack.objects.list().len()), (5, 5));
    })
    .await;
}

#[tokio::test]
async fn a_thousand_are_kept_and_no_more() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let full = "最多保存1000张上传的图片，请先删除不再需要的图片";
        let has = |number: &str| app.edit_user(&ada, "SET uploads = :n", &json!({":n": {"N": number}}));
        has("1000");
        assert_eq!(Form::of_file(&png()).post(app, PATH, &ada.token).await.refusal(400), full);
        // The last place goes to another request while this one is on its way.
        has("999");
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (answer, ()) = tokio::join!(Form::of_file(&png()).post(app, PATH, &ada.token), async {
            held.reached().await;
            has("1000");
            held.release();
        });
        assert_eq!(answer.refusal(400), full);
        assert!(app.stack.objects.list().is_empty() && app.upload_rows().is_empty());
        has("0");
    })
    .await;
}

#[tokio::test]
async fn who_is_deleted_meanwhile_leaves_nothing() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (answer, ()) = tokio::join!(Form::of_file(&png()).post(app, PATH, &ada.token), async {
            held.reached().await;
            app.send(Method::DELETE, &format!("/api/admin/user/{}", ada.id), &admin.token, "").await.data();
            held.release();
        });
        assert_eq!(answer.refusal(401), "请登陆");
        assert!(app.stack.objects.list().is_empty() && app.upload_rows().is_empty());
    })
    .await;
}
