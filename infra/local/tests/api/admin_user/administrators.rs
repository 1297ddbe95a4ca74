//! Who may administrate, and who may come in at all.

use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use super::{ADA, LAST, delete, item, put};
use crate::app::{ADMIN, Person, TestApp};

async fn may(app: &TestApp, person: &Person<'_>) -> u16 {
    app.get("/api/admin/user", &person.token).await.status.as_u16()
}

#[tokio::test]
async fn roles_act_at_the_next_request() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        assert_eq!(may(app, &ada).await, 403);
        put(app, &admin, &ada.id, json!({"role": "administrator"})).await.data();
        assert_eq!(may(app, &ada).await, 200);
        // A demotion ends the sessions too.
        put(app, &admin, &ada.id, json!({"role": "user"})).await.data();
        assert_eq!(may(app, &ada).await, 401);
        assert_eq!(may(app, &app.log_in(ADA).await).await, 403);
        // One who is made an administrator is one.
        let bob = json!({"account": "bob@example.com", "role": "administrator"});
        app.post("/api/admin/user", &admin.token, &bob).await.data();
        assert_eq!(may(app, &app.log_in("bob@example.com").await).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_ban_ends_all_sessions_and_keeps_out() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let again = app.log_in(ADA).await;
        assert_eq!(put(app, &admin, &ada.id, json!({"status": 0})).await.data()[0]["status"], 0);
        assert!(!ada.is_in().await && !again.is_in().await);
        assert_eq!(item(app, &ada.id)["sessions"], json!({}));
        let code = app.code_for(ADA).await;
        let login = app.post("/api/login", "", &json!({"account": ADA, "code": code})).await;
        assert_eq!(login.refusal(400), "账号已被禁用");
        assert_eq!(ada.ask("hi", json!({})).await.status, 401);

        assert_eq!(put(app, &admin, &ada.id, json!({"status": true})).await.data()[0]["status"], 1);
        assert!(!ada.is_in().await, "an ended session stays ended");
        assert!(app.log_in(ADA).await.is_in().await);
    })
    .await;
}

#[tokio::test]
async fn a_ban_overtakes_a_login() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let body = json!({"account": ADA, "code": app.code_for(ADA).await});
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, ()) = tokio::join!(app.post("/api/login", "", &body), async {
            held.reached().await;
            put(app, &admin, &ada.id, json!({"status": 0})).await.data();
            held.release();
        });
        assert_eq!(late.refusal(400), "账号已被禁用");
        assert_eq!(item(app, &ada.id)["sessions"], json!({}));
    })
    .await;
}

#[tokio::test]
async fn the_first_administrator_is_the_account_that_the_deployment_names() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        assert_eq!(admin.info().await["role"], "administrator");
        assert_eq!(app.log_in(ADA).await.info().await["role"], "user");
        assert_eq!(may(app, &admin).await, 200);
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let keeps = async |admin: &Person<'_>| {
            for body in [json!({"role": "user"}), json!({"status": 0}), json!({"role": "user", "nickname": "X"})] {
                assert_eq!(put(app, admin, &admin.id, body).await.refusal(400), LAST);
            }
            assert_eq!(delete(app, admin, &admin.id).await.refusal(400), LAST);
            assert_eq!((may(app, admin).await, &admin.info().await["nickname"]), (200, &json!("Chat用户")));
        };
        keeps(&admin).await;
        // A banned administrator is no other one, nor is one who is both promoted and banned.
        put(app, &admin, &ada.id, json!({"role": "administrator", "status": 0})).await.data();
        keeps(&admin).await;
        // With another one, everybody may go, oneself included.
        put(app, &admin, &ada.id, json!({"status": 1})).await.data();
        put(app, &admin, &admin.id, json!({"role": "user"})).await.data();
        assert!(!admin.is_in().await);
        let ada = app.log_in(ADA).await;
        keeps(&ada).await;
        let admin = app.log_in(ADMIN).await;
        put(app, &ada, &admin.id, json!({"role": "administrator"})).await.data();
        assert_eq!(delete(app, &ada, &ada.id).await.data(), 1);
        assert!(!ada.is_in().await);
        keeps(&admin).await;
    })
    .await;
}

/// Two administrators demote, ban or delete each other at once: exactly one stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_administrators_against_each_other_one_stays() {
    for (one, other) in
        [(Some(json!({"role": "user"})), None), (Some(json!({"status": 0})), Some(json!({"role": "user"})))]
    {
        TestApp::run(async |app| {
            let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
            put(app, &admin, &ada.id, json!({"role": "administrator"})).await.data();
            // Both are let in before either writes.
            let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems").times(2));
            let against = async |by: &Person<'_>, whom: &str, body: Option<Value>| match body {
                Some(body) => put(app, by, whom, body).await,
                None => delete(app, by, whom).await,
            };
            let (first, second, ()) =
                tokio::join!(against(&admin, &ada.id, one.clone()), against(&ada, &admin.id, other.clone()), async {
                    while held.hits() < 2 {
                        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    }
                    held.release();
                });
            let (lost, stays) = if first.status == 200 { (second, &admin) } else { (first, &ada) };
            assert_eq!(lost.refusal(400), LAST);
            assert_eq!(may(app, stays).await, 200);
            assert_eq!(may(app, if stays.id == ada.id { &admin } else { &ada }).await, 401);
        })
        .await;
    }
}
