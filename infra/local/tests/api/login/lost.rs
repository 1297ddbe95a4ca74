//! Counts whose answers are lost: the SDK asks again, and it is one use.

use serde_json::json;
use testkit::{Fault, FaultKind};

use crate::app::{TestApp, wrong};

const ADA: &str = "ada@example.com";

/// The uses that the one window of a limit has seen.
fn uses(app: &TestApp, kind: &str, subject: &str) -> i64 {
    let pk = format!("limit#{kind}#{subject}");
    let item = app.table().into_iter().find(|item| item["pk"] == pk.as_str());
    item.map_or(0, |item| item["uses"].as_i64().unwrap())
}

#[tokio::test]
async fn a_code_survives_four_wrong_tries_whose_answers_are_lost() {
    // The limit of the network; the try of the code; that one twice; the other three times.
    for (nth, times) in [(1, 1), (2, 1), (2, 2), (1, 3)] {
        TestApp::run(async |app| {
            let code = app.code_for(ADA).await;
            for _ in 0..4 {
                let fault = Fault::new(FaultKind::FailAfter).on("UpdateItem").nth(nth).times(times);
                let lost = app.stack.wire.plan(fault);
                let answer = app.post("/api/login", "", &json!({"account": ADA, "code": wrong(&code)})).await;
                assert_eq!(answer.refusal(400), "验证码不正确");
                assert_eq!(lost.hits(), times, "{times} answers from {nth} on");
                app.stack.wire.heal();
            }
            app.post("/api/login", "", &json!({"account": ADA, "code": code})).await.data();
            assert_eq!(uses(app, "logins-network", "127.0.0.1"), 5);
        })
        .await;
    }
}

#[tokio::test]
async fn a_fifth_wrong_try_whose_answer_is_lost_is_still_the_fifth() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        for _ in 0..5 {
            app.stack.wire.plan(Fault::new(FaultKind::FailAfter).on("UpdateItem").nth(2));
            let answer = app.post("/api/login", "", &json!({"account": ADA, "code": wrong(&code)})).await;
            app.stack.wire.heal();
            assert_eq!(answer.refusal(400), "验证码不正确");
        }
        let answer = app.post("/api/login", "", &json!({"account": ADA, "code": code})).await;
        assert_eq!(answer.refusal(400), "请先发送验证码");
    })
    .await;
}

#[tokio::test]
async fn the_last_use_of_a_limit_whose_answer_is_lost_is_not_refused() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        app.fill_limit("logins-network", "127.0.0.1", 3600, 299);
        app.stack.wire.plan(Fault::new(FaultKind::FailAfter).on("UpdateItem"));
        app.post("/api/login", "", &json!({"account": ADA, "code": code})).await.data();
        assert_eq!(uses(app, "logins-network", "127.0.0.1"), 300);
        let refused = app.post("/api/login", "", &json!({"account": ADA, "code": code})).await;
        assert_eq!(refused.refusal(429), "请求次数过多，请稍后再试！");
    })
    .await;
}

#[tokio::test]
async fn a_mail_whose_counts_are_lost_counts_once() {
    TestApp::run(async |app| {
        for operation in ["UpdateItem", "TransactWriteItems"] {
            app.stack.wire.plan(Fault::new(FaultKind::FailAfter).on(operation).times(3));
            app.code_for(ADA).await;
            app.stack.wire.heal();
        }
        for (kind, subject) in [
            ("codes-network", "127.0.0.1"),
            ("codes-site", "site"),
            ("codes-mailbox", ADA),
            ("codes-mailbox-network", "ada@example.com 127.0.0.1"),
        ] {
            assert_eq!(uses(app, kind, subject), 2, "{kind}");
        }
    })
    .await;
}
