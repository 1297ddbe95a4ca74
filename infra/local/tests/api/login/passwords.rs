//! Passwords: set with a code, asked for instead of one.

use std::time::Duration;

use serde_json::json;

use crate::app::{TestApp, wrong};
use crate::http::Answer;

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "correct horse 1";
const WRONG_PASSWORD: &str = "账号或密码不正确";

async fn enter(app: &TestApp, account: &str, password: &str) -> Answer {
    app.post("/api/login", "", &json!({"account": account, "password": password})).await
}

#[tokio::test]
async fn an_account_can_begin_with_a_password() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        let body = json!({"account": ADA, "code": code, "password": PASSWORD});
        let data = app.post("/api/login", "", &body).await.data();
        assert_eq!(data["user_info"]["password"], "");
        let again = enter(app, " Ada@Example.com ", PASSWORD).await.data();
        assert_eq!(again["user_info"]["id"], data["user_info"]["id"]);
        assert_eq!(again["user_info"]["password"], "");
        let ada = app.person(&again);
        assert_eq!((ada.credits().await, ada.statement().await.0), (10, 1));
        assert_eq!(app.sessions(ADA), 2);
    })
    .await;
}

#[tokio::test]
async fn every_wrong_pair_gets_the_same_answer() {
    TestApp::run(async |app| {
        app.log_in("bob@example.com").await;
        let body = json!({"account": ADA, "code": app.code_for(ADA).await, "password": PASSWORD});
        app.post("/api/login", "", &body).await.data();
        let long = "a1".repeat(10_000);
        for (account, password) in [
            (ADA, "correct horse 2"),
            (ADA, "CORRECT HORSE 1"),
            (ADA, "correct horse 1 "),
            (ADA, long.as_str()),
            // No password was ever set.
            ("bob@example.com", PASSWORD),
            ("nobody@example.com", PASSWORD),
        ] {
            let answer = enter(app, account, password).await;
            assert_eq!(answer.envelope(), json!({"code": -1, "data": {}, "message": WRONG_PASSWORD}), "{account}");
            assert_eq!(answer.status, 400);
        }
        assert_eq!((app.sessions(ADA), app.users().len()), (1, 2));
    })
    .await;
}

#[tokio::test]
async fn a_code_with_a_password_sets_it_and_ends_other_sessions() {
    TestApp::run(async |app| {
        let old = app.log_in(ADA).await;
        let body = json!({"account": ADA, "code": app.code_for(ADA).await, "password": PASSWORD});
        let new = app.post("/api/login", "", &body).await.data();
        assert!(!old.is_in().await);
        assert!(app.person(&new).is_in().await);
        assert_eq!(enter(app, ADA, PASSWORD).await.status, 200);
        // A wrong code changes nothing.
        let body = json!({"account": ADA, "code": wrong(&app.code_for(ADA).await), "password": "another horse 2"});
        assert_eq!(app.post("/api/login", "", &body).await.refusal(400), "验证码不正确");
        assert_eq!(enter(app, ADA, "another horse 2").await.refusal(400), WRONG_PASSWORD);
    })
    .await;
}

#[tokio::test]
async fn a_weak_password_is_refused_and_costs_no_try() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        let long = "a1".repeat(129);
        for password in ["a", "short 1", "12345678", "abcdefgh", "！！！！！！！1", long.as_str()] {
            let body = json!({"account": ADA, "code": code, "password": password});
            let message = app.post("/api/login", "", &body).await.refusal(400);
            assert_eq!(message, "密码至少8位，且须同时包含字母和数字", "{password}");
        }
        assert!(app.users().is_empty());
        let body = json!({"account": ADA, "code": code, "password": "密码密码密码密1"});
        app.post("/api/login", "", &body).await.data();
    })
    .await;
}

#[tokio::test]
async fn the_owners_network_takes_twenty_password_tries_an_hour() {
    TestApp::run(async |app| {
        let body = json!({"account": ADA, "code": app.code_for(ADA).await, "password": PASSWORD});
        app.post("/api/login", "", &body).await.data();
        app.fill_limit("passwords-account-home", &format!("{ADA} 127.0.0.1"), 3600, 19);
        assert_eq!(enter(app, ADA, "correct horse 2").await.refusal(400), WRONG_PASSWORD);
        for spelling in [ADA, "ADA@example.com", " ada@example.com"] {
            let refused = enter(app, spelling, PASSWORD).await;
            assert_eq!(refused.refusal(429), "请求次数过多，请稍后再试！", "also for the right one");
            assert_eq!(refused.headers["retry-after"], "3600");
        }
        // Others are not in the way, and a code still lets the owner in.
        assert_eq!(enter(app, "bob@example.com", PASSWORD).await.refusal(400), WRONG_PASSWORD);
        app.log_in(ADA).await;
        app.clock.advance(Duration::from_secs(3600));
        assert_eq!(enter(app, ADA, PASSWORD).await.status, 200);
    })
    .await;
}
