//! `POST /api/logout`

use hyper::Method;
use serde_json::json;
use testkit::{Fault, FaultKind};

use crate::app::TestApp;

#[tokio::test]
async fn the_current_session_ends_and_no_other() {
    TestApp::run(async |app| {
        let here = app.log_in("ada@example.com").await;
        let there = app.log_in("ada@example.com").await;
        let bob = app.log_in("bob@example.com").await;
        let answer = app.post("/api/logout", &here.token, &json!({})).await;
        assert_eq!(answer.envelope(), json!({"code": 0, "data": {}, "message": "退出成功"}));
        assert!(!here.is_in().await);
        assert!(there.is_in().await && bob.is_in().await);
        assert_eq!(app.sessions("ada@example.com"), 1);
        assert_eq!(app.post("/api/logout", &here.token, &json!({})).await.refusal(401), "请登陆");
    })
    .await;
}

#[tokio::test]
async fn a_body_is_not_needed_and_not_read() {
    TestApp::run(async |app| {
        for body in ["", "{", "[1]", "a=b"] {
            let ada = app.log_in("ada@example.com").await;
            assert_eq!(app.send(Method::POST, "/api/logout", &ada.token, body).await.data(), json!({}), "{body}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_not_in_cannot_leave() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let forged = format!("{}{}", &ada.token[..11], "A".repeat(43));
        for token in ["", "undefined", "null", "ada@example.com", &ada.id, &forged] {
            assert_eq!(app.post("/api/logout", token, &json!({})).await.refusal(401), "请登陆", "{token}");
        }
        assert!(ada.is_in().await);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_mended() {
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500] {
        for nth in 1..=2 {
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = app.post("/api/logout", &ada.token, &json!({})).await;
                assert_eq!(answer.envelope()["message"], "退出成功", "{kind:?} at call {nth}");
                assert_eq!(fault.hits(), 1);
                assert!(!ada.is_in().await);
            })
            .await;
        }
    }
}
