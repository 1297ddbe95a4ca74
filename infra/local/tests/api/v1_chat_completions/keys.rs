//! What a key opens, and until when.

use std::time::Duration;

use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};

use super::{Completion, PATH, ask, error, key_of, question};
use crate::app::TestApp;
use crate::side_by_side::side_by_side;

/// The sentence for whoever has no good key.
const BAD_KEY: &str = "API密钥无效或已失效";

fn invalid() -> (Value, String) {
    (json!("invalid_api_key"), BAD_KEY.to_owned())
}

#[tokio::test]
async fn only_a_live_key_opens_it() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let foreign = "sk-".to_owned() + &"x".repeat(54);
        for key in ["", "undefined", &ada.token, &foreign] {
            assert_eq!(error(&ask(app, key, "hi", json!({})).await, 401), invalid(), "{key}");
            // Who has no key is not told what else is wrong.
            assert_eq!(error(&app.call(Method::POST, PATH, key, &json!({})).await, 401), invalid(), "{key}");
        }
        let answer = app.post(PATH, &ada.token, &question("hi", &json!({}))).await;
        assert_eq!(error(&answer, 401), invalid(), "a session opens nothing here");

        let made = ada.makes_key(json!({"expire_time": "2026-01-02"})).await;
        let key = made["key"].as_str().unwrap();
        Completion::read(&ask(app, key, "hi [[usage=3,3]]", json!({})).await);
        let answer = app.post("/api/chat/completions", key, &json!({"prompt": "hi"})).await;
        assert_eq!(answer.refusal(401), "请登陆", "a key opens nothing of the site");
        app.clock.advance(Duration::from_secs(48 * 3600));
        assert_eq!(error(&ask(app, key, "hi", json!({})).await, 401), invalid(), "it has expired");

        let revoked = ada.makes_key(json!({})).await;
        let path = format!("/api/user/keys/{}", revoked["id"].as_str().unwrap());
        app.send(Method::DELETE, &path, &ada.token, "").await.data();
        assert_eq!(error(&ask(app, revoked["key"].as_str().unwrap(), "hi", json!({})).await, 401), invalid());

        let living = key_of(&ada, json!({})).await;
        app.ban(&ada);
        assert_eq!(error(&ask(app, &living, "hi", json!({})).await, 401), invalid());
        assert_eq!(app.stack.upstream.count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_key_serves_the_models_it_names() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({"models": "gpt-3.5-turbo"})).await;
        Completion::read(&ask(app, &key, "hi [[usage=3,3]]", json!({})).await);
        let refused = ask(app, &key, "hi", json!({"model": "gpt-4"})).await;
        assert_eq!(error(&refused, 404).0, "model_not_found");
        assert_eq!(app.stack.upstream.count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_key_spends_no_more_than_its_cap() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({"limit": 3})).await;
        Completion::read(&ask(app, &key, "hi [[usage=100,50]]", json!({})).await);
        // One credit is left: a hundred tokens.
        let last = Completion::read(&ask(app, &key, "hi [[chunks=500]]", json!({})).await);
        assert_eq!((last.reason.as_str(), ada.credits().await), ("length", 7));
        let (code, sentence) = error(&ask(app, &key, "hi", json!({})).await, 429);
        assert_eq!((code, sentence.as_str()), (json!("insufficient_quota"), "API密钥的额度已用完"));
        // Its owner goes on, with a session or another key.
        assert_eq!(ada.chat("hi [[usage=100,50]]").await.balance(), 5);
        let other = key_of(&ada, json!({})).await;
        Completion::read(&ask(app, &other, "hi [[usage=3,3]]", json!({})).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capped_key_is_not_spent_twice_at_once() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(1000);
        let key = key_of(&ada, json!({"limit": 1})).await;
        let answers = join_all((0..8).map(|_| ask(app, &key, "hi [[delay_ms=100]]", json!({})))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            // Its credit is set aside for the one that runs, or spent.
            let conflict = refused.status == 409;
            let code = error(refused, if conflict { 409 } else { 429 }).0;
            assert_eq!(code, if conflict { "conflict" } else { "insufficient_quota" });
        }
        assert_eq!(ada.credits().await, 1009);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_has_five_answers_open_at_most() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(10_000);
        let key = key_of(&ada, json!({})).await;
        let streamed = json!({"stream": true});
        let answers = side_by_side(app, 4, (0..9).map(|_| ask(app, &key, "hi [[gate]]", streamed.clone()))).await;
        let limited: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
        assert_eq!(limited.len(), 4);
        for answer in limited {
            assert_eq!(error(answer, 429).0, "rate_limit_exceeded");
            assert!(answer.headers.contains_key("retry-after"));
        }
    })
    .await;
}
