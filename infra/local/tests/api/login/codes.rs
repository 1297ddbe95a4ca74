//! Codes: what proves an address, for how long, and how often one may guess.

use std::time::Duration;

use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, wrong};
use crate::http::Answer;

const ADA: &str = "ada@example.com";
const NO_CODE: &str = "请先发送验证码";
const WRONG_CODE: &str = "验证码不正确";

async fn enter(app: &TestApp, account: &str, code: &str) -> Answer {
    app.post("/api/login", "", &json!({"account": account, "code": code})).await
}

#[tokio::test]
async fn what_is_missing_is_said() {
    TestApp::run(async |app| {
        for body in [
            json!({}),
            json!({"account": ADA}),
            json!({"code": "123456"}),
            json!({"password": "abcdefg1"}),
            json!({"account": "", "code": "123456"}),
            json!({"account": ADA, "code": ""}),
            json!({"account": ADA, "code": null, "password": null}),
            json!({"account": ADA, "code": "undefined", "password": "undefined"}),
            json!({"account": null, "code": "123456"}),
            json!({"account": ["ada@example.com"], "code": "123456"}),
            json!({"account": ADA, "code": {"digits": "123456"}}),
        ] {
            let answer = app.post("/api/login", "", &body).await;
            assert_eq!(answer.envelope(), json!({"code": -1, "data": {}, "message": "缺少必要参数"}), "{body}");
            assert_eq!(answer.status, 400);
        }
        for account in ["ada", "13800138000", "ada@example.com\r\nBcc: eve@example.com"] {
            assert_eq!(enter(app, account, "123456").await.refusal(400), "请使用邮箱登录！", "{account}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_must_be_sent_first() {
    TestApp::run(async |app| {
        assert_eq!(enter(app, ADA, "123456").await.refusal(400), NO_CODE);
        // Somebody else's does not count.
        app.code_for("bob@example.com").await;
        assert_eq!(enter(app, ADA, &app.newest_code("bob@example.com")).await.refusal(400), NO_CODE);
        assert!(app.users().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_code_of_another_address_does_not_fit() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.code_for(ADA).await, app.code_for("bob@example.com").await);
        // One time in a million they are the same digits.
        if ada != bob {
            assert_eq!(enter(app, ADA, &bob).await.refusal(400), WRONG_CODE);
        }
        assert_eq!(enter(app, ADA, &ada).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_code_is_six_digits_as_text_or_number() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        let seven = format!("{code}0");
        for text in ["12345", seven.as_str(), "abcdef", "１２３４５６"] {
            assert_eq!(enter(app, ADA, text).await.refusal(400), WRONG_CODE, "{text}");
        }
        assert_eq!(enter(app, ADA, &format!(" {code} ")).await.status, 200);
        // A number has lost its leading zeros, if there were any.
        let number: Value = app.code_for(ADA).await.parse::<u32>().unwrap().into();
        app.post("/api/login", "", &json!({"account": ADA, "code": number})).await.data();
    })
    .await;
}

#[tokio::test]
async fn a_code_is_used_up() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        assert_eq!(enter(app, ADA, &code).await.status, 200);
        assert_eq!(enter(app, ADA, &code).await.refusal(400), NO_CODE);
        assert_eq!(app.sessions(ADA), 1);
    })
    .await;
}

#[tokio::test]
async fn a_new_code_replaces_the_old_one() {
    TestApp::run(async |app| {
        let (old, new) = (app.code_for(ADA).await, app.code_for(ADA).await);
        // One time in a million they are the same digits.
        if old != new {
            assert_eq!(enter(app, ADA, &old).await.refusal(400), WRONG_CODE);
        }
        assert_eq!(enter(app, ADA, &new).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_code_lives_ten_minutes() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        app.clock.advance(Duration::from_secs(599));
        assert_eq!(enter(app, ADA, &code).await.status, 200);
        let code = app.code_for(ADA).await;
        app.clock.advance(Duration::from_secs(600));
        assert_eq!(enter(app, ADA, &code).await.refusal(400), NO_CODE);
    })
    .await;
}

#[tokio::test]
async fn five_wrong_tries_void_a_code() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        for _ in 0..4 {
            assert_eq!(enter(app, ADA, &wrong(&code)).await.refusal(400), WRONG_CODE);
        }
        assert_eq!(enter(app, ADA, &code).await.status, 200, "the fifth try may be the right one");

        let code = app.code_for(ADA).await;
        for _ in 0..5 {
            assert_eq!(enter(app, ADA, &wrong(&code)).await.refusal(400), WRONG_CODE);
        }
        assert_eq!(enter(app, ADA, &code).await.refusal(400), NO_CODE);
        // A new code has all its tries.
        app.clock.advance(Duration::from_secs(600));
        assert_eq!(enter(app, ADA, &app.code_for(ADA).await).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_side_by_side_gives_no_further_tries() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        let guesses: Vec<String> =
            (0..40).map(|step| format!("{:06}", (number(&code) + 1 + step) % 1_000_000)).collect();
        let answers = join_all(guesses.iter().map(|guess| enter(app, ADA, guess))).await;
        let compared = answers.iter().filter(|answer| answer.refusal(400) == WRONG_CODE).count();
        assert_eq!(compared, 5, "counted before compared");
        assert_eq!(enter(app, ADA, &code).await.refusal(400), NO_CODE);
    })
    .await;
}

#[tokio::test]
async fn a_network_tries_three_hundred_logins_an_hour() {
    TestApp::run(async |app| {
        app.fill_limit("logins-network", "127.0.0.1", 3600, 299);
        assert_eq!(enter(app, ADA, "123456").await.refusal(400), NO_CODE);
        let refused = enter(app, ADA, "123456").await;
        assert_eq!(refused.refusal(429), "请求次数过多，请稍后再试！");
        assert_eq!(refused.headers["retry-after"], "3600");
        // Setting passwords tries codes too, and headers do not make another network.
        let body = json!({"account": ADA, "code": "123456", "password": "abcdefg1"}).to_string();
        let headers = [("x-forwarded-for", "198.51.100.7")];
        for (method, path) in [(Method::PUT, "/api/user/password"), (Method::POST, "/api/login")] {
            assert_eq!(app.http.send(method, path, &headers, body.clone()).await.status, 429, "{path}");
        }
        app.clock.advance(Duration::from_secs(3600));
        assert_eq!(enter(app, ADA, "123456").await.refusal(400), NO_CODE);
    })
    .await;
}

fn number(code: &str) -> u32 {
    code.parse().unwrap()
}
