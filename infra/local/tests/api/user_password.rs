//! `PUT /api/user/password`

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{TestApp, wrong};
use crate::http::Answer;

const ADA: &str = "ada@example.com";
const OLD: &str = "correct horse 1";
const NEW: &str = "another horse 2";

async fn set(app: &TestApp, token: &str, account: &str, code: &str, password: &str) -> Answer {
    let body = json!({"account": account, "code": code, "password": password});
    app.put("/api/user/password", token, &body).await
}

async fn fits(app: &TestApp, password: &str) -> bool {
    let answer = app.post("/api/login", "", &json!({"account": ADA, "password": password})).await;
    answer.status == 200 || answer.refusal(400) != "账号或密码不正确"
}

#[tokio::test]
async fn the_other_sessions_end_and_the_current_one_stays() {
    TestApp::run(async |app| {
        let here = app.log_in(ADA).await;
        let there = app.log_in(ADA).await;
        let bob = app.log_in("bob@example.com").await;
        let answer = set(app, &here.token, " Ada@Example.com", &app.code_for(ADA).await, NEW).await;
        assert_eq!(answer.envelope(), json!({"code": 0, "data": {}, "message": "重置密码成功"}));
        assert!(here.is_in().await && bob.is_in().await);
        assert!(!there.is_in().await);
        assert_eq!(app.sessions(ADA), 1);
        assert!(fits(app, NEW).await);
    })
    .await;
}

#[tokio::test]
async fn who_is_logged_out_may_set_it_by_code_which_ends_all_sessions() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        // A dead token is no better and no worse than none.
        for token in ["", "undefined", "garbage"] {
            let ada = app.log_in(ADA).await;
            assert_eq!(set(app, token, ADA, &app.code_for(ADA).await, OLD).await.status, 200, "{token}");
            assert!(!ada.is_in().await);
            app.clock.advance(Duration::from_secs(600));
        }
        assert_eq!(set(app, &ada.token, ADA, &app.code_for(ADA).await, NEW).await.status, 200);
        assert_eq!(app.sessions(ADA), 0);
        assert!(!fits(app, OLD).await && fits(app, NEW).await);
    })
    .await;
}

#[tokio::test]
async fn a_person_sets_their_own_password_alone() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let bob = app.log_in("bob@example.com").await;
        let code = app.code_for(ADA).await;
        // Even with the code of the other account in hand.
        assert_eq!(set(app, &bob.token, ADA, &code, NEW).await.refusal(400), "验证码不正确");
        assert!(!fits(app, NEW).await && ada.is_in().await);
        // And that was no try of it.
        for _ in 0..4 {
            assert_eq!(set(app, &ada.token, ADA, &wrong(&code), NEW).await.refusal(400), "验证码不正确");
        }
        assert_eq!(set(app, &ada.token, ADA, &code, NEW).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_or_weak_is_said() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let code = app.code_for(ADA).await;
        let full = json!({"account": ADA, "code": code, "password": NEW});
        for field in ["account", "code", "password"] {
            for value in [Value::Null, json!(""), json!(" "), json!("undefined"), json!([]), json!({}), json!(true)] {
                let mut body = full.clone();
                body[field] = value;
                let message = app.put("/api/user/password", &ada.token, &body).await.refusal(400);
                assert_eq!(message, "缺少必要参数", "{body}");
            }
        }
        for password in ["short 1", "12345678", "abcdefgh"] {
            let message = set(app, &ada.token, ADA, &code, password).await.refusal(400);
            assert_eq!(message, "密码至少8位，且须同时包含字母和数字", "{password}");
        }
        assert_eq!(set(app, &ada.token, "ada", &code, NEW).await.refusal(400), "请使用邮箱登录！");
        assert_eq!(app.put("/api/user/password", &ada.token, &full).await.status, 200, "none of that was a try");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_old_or_used_code_changes_nothing() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        assert_eq!(set(app, &ada.token, ADA, "123456", NEW).await.refusal(400), "请先发送验证码");
        let code = app.code_for(ADA).await;
        for _ in 0..5 {
            assert_eq!(set(app, &ada.token, ADA, &wrong(&code), NEW).await.refusal(400), "验证码不正确");
        }
        assert_eq!(set(app, &ada.token, ADA, &code, NEW).await.refusal(400), "请先发送验证码");
        let code = app.code_for(ADA).await;
        app.clock.advance(Duration::from_secs(600));
        assert_eq!(set(app, &ada.token, ADA, &code, NEW).await.refusal(400), "请先发送验证码");
        assert!(!fits(app, NEW).await);
        let code = app.code_for(ADA).await;
        assert_eq!(set(app, &ada.token, ADA, &code, NEW).await.status, 200);
        assert_eq!(set(app, &ada.token, ADA, &code, OLD).await.refusal(400), "请先发送验证码");
        assert!(fits(app, NEW).await);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_is_none_stays_none() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        assert_eq!(set(app, "", ADA, &code, NEW).await.refusal(400), "账号不存在，请先注册");
        assert!(app.users().is_empty());
        // The code still registers.
        app.post("/api/login", "", &json!({"account": ADA, "code": code})).await.data();
    })
    .await;
}

/// More calls than this route makes.
const CALLS_MAX: usize = 12;

#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for kind in kinds {
        TestApp::run(async |app| {
            let mut struck = 0;
            for nth in 1..=CALLS_MAX {
                let ada = app.log_in(&format!("ada{nth}@example.com")).await;
                let code = app.code_for(&ada.account).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = set(app, &ada.token, &ada.account, &code, NEW).await;
                app.stack.wire.heal();
                assert_eq!(answer.envelope()["message"], "重置密码成功", "{kind:?} at call {nth}");
                assert!(ada.is_in().await);
                if fault.hits() == 0 {
                    break;
                }
                struck += 1;
            }
            // The limit; the caller; the code's try, the codes and the account; the user; the transaction. Three are writes.
            let calls = if kind == FaultKind::Conflict { 3 } else { 7 };
            assert_eq!(struck, calls, "{kind:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_lasting_failure_is_told_and_the_password_is_the_old_or_the_new_one() {
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle] {
        TestApp::run(async |app| {
            let body = json!({"account": ADA, "code": app.code_for(ADA).await, "password": OLD});
            let ada = app.person(&app.post("/api/login", "", &body).await.data());
            let code = app.code_for(ADA).await;
            app.stack.wire.plan(Fault::new(kind).on("TransactWriteItems").lasting());
            let answer = set(app, &ada.token, ADA, &code, NEW).await;
            app.stack.wire.heal();
            let is_new = fits(app, NEW).await;
            assert_eq!(is_new, kind == FaultKind::FailAfter, "{kind:?}");
            assert_eq!(fits(app, OLD).await, !is_new, "{kind:?}");
            // A change whose answer was lost is found done when it is looked for.
            if is_new {
                assert_eq!(answer.status, 200);
            } else {
                assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！");
            }
        })
        .await;
    }
}
