//! Many at once, and two in each other's way.

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use crate::app::TestApp;
use crate::http::Answer;

const ADA: &str = "ada@example.com";

fn passed(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_registrations_with_one_code() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        let body = json!({"account": ADA, "code": code});
        let answers = join_all((0..50).map(|_| app.post("/api/login", "", &body))).await;
        assert_eq!(passed(&answers), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            let message = answer.refusal(400);
            assert!(["验证码不正确", "请先发送验证码"].contains(&message.as_str()), "{message}");
        }
        let ada = app.person(&answers.iter().find(|answer| answer.status == 200).unwrap().data());
        assert_eq!((app.users().len(), app.sessions(ADA)), (1, 1));
        assert_eq!(ada.statement().await, (1, vec![("10积分".to_owned(), "注册奖励".to_owned())]));
        assert!(!app.table().iter().any(|item| item["pk"] == format!("code#{ADA}")), "the code is used up");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_logins_with_one_code() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let body = json!({"account": ADA, "code": app.code_for(ADA).await});
        let answers = join_all((0..50).map(|_| app.post("/api/login", "", &body))).await;
        assert_eq!(passed(&answers), 1);
        assert_eq!((app.users().len(), app.sessions(ADA)), (1, 2));
        assert_eq!((ada.credits().await, ada.statement().await.0), (10, 1));
    })
    .await;
}

/// One code, every use that it has, at the same time: one of them gets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_has_one_effect() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let code = app.code_for(ADA).await;
        let (plain, with) = (
            json!({"account": ADA, "code": code}),
            json!({"account": ADA, "code": code, "password": "correct horse 1"}),
        );
        let (first, second, third) = tokio::join!(
            app.post("/api/login", "", &plain),
            app.post("/api/login", "", &with),
            app.put("/api/user/password", &ada.token, &with),
        );
        assert_eq!(passed(&[first, second, third]), 1);
    })
    .await;
}

/// A registration waits just before its transaction; meanwhile the person asks for another code and registers by it.
#[tokio::test]
async fn of_two_registrations_by_different_codes_one_counts() {
    TestApp::run(async |app| {
        let body = json!({"account": ADA, "code": app.code_for(ADA).await});
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, ada) = tokio::join!(app.post("/api/login", "", &body), async {
            held.reached().await;
            let ada = app.log_in(ADA).await;
            held.release();
            ada
        });
        assert_eq!(late.refusal(400), "验证码不正确");
        assert!(ada.is_in().await);
        assert_eq!((app.users().len(), app.sessions(ADA)), (1, 1));
        assert_eq!((ada.credits().await, ada.statement().await.0), (10, 1));
    })
    .await;
}

/// A login waits just before its transaction; meanwhile the user logs in elsewhere, so that the slot is another one.
#[tokio::test]
async fn a_login_that_was_overtaken_looks_again() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        let body = json!({"account": ADA, "code": code, "password": "correct horse 1"});
        app.post("/api/login", "", &body).await.data();
        let by_password = json!({"account": ADA, "password": "correct horse 1"});
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, early) = tokio::join!(app.post("/api/login", "", &by_password), async {
            held.reached().await;
            let early = app.post("/api/login", "", &by_password).await;
            held.release();
            early
        });
        for answer in [late, early] {
            assert!(app.person(&answer.data()).is_in().await);
        }
        assert_eq!(app.sessions(ADA), 3);
    })
    .await;
}

/// A ban that lands while a login is under way wins.
#[tokio::test]
async fn a_ban_overtakes_a_login() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let body = json!({"account": ADA, "code": app.code_for(ADA).await});
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, ()) = tokio::join!(app.post("/api/login", "", &body), async {
            held.reached().await;
            app.ban(&ada);
            held.release();
        });
        assert_eq!(late.refusal(400), "账号已被禁用");
        assert_eq!(app.sessions(ADA), 1);
    })
    .await;
}

/// A login by the old password waits just before its transaction; meanwhile the password changes.
#[tokio::test]
async fn a_new_password_overtakes_a_login_by_the_old_one() {
    TestApp::run(async |app| {
        let with = async |code: String, password: &str| {
            app.post("/api/login", "", &json!({"account": ADA, "code": code, "password": password})).await
        };
        with(app.code_for(ADA).await, "correct horse 1").await.data();
        let code = app.code_for(ADA).await;
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let by_password = json!({"account": ADA, "password": "correct horse 1"});
        let (late, changed) = tokio::join!(app.post("/api/login", "", &by_password), async {
            held.reached().await;
            let changed = with(code, "another horse 2").await;
            held.release();
            changed
        });
        assert_eq!(late.refusal(400), "账号或密码不正确");
        assert!(app.person(&changed.data()).is_in().await);
        assert_eq!(app.sessions(ADA), 1);
    })
    .await;
}
