//! Whatever an upstream does, the program is told in OpenAI's words and charged for what it got.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Completion, PATH, Stream, ask, error, key_of, question};
use crate::app::TestApp;

#[tokio::test]
async fn an_upstream_that_refuses_has_a_status_and_costs_nothing() {
    for (status, expected, code) in [
        (400, 400, Value::Null),
        (401, 502, Value::Null),
        (402, 502, Value::Null),
        (404, 502, Value::Null),
        (429, 429, json!("rate_limit_exceeded")),
        (500, 502, Value::Null),
        (503, 502, Value::Null),
    ] {
        for stream in [false, true] {
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                let key = key_of(&ada, json!({})).await;
                let answer = ask(app, &key, &format!("hi [[status={status}]]"), json!({"stream": stream})).await;
                assert_eq!(error(&answer, expected).0, code, "{status}");
                assert_eq!(answer.headers.contains_key("retry-after"), expected == 429, "{status}");
                // It is given back at once, not by the janitor.
                let user = app.users().remove(0);
                assert_eq!((&user["balance"], &user["held"], &user["holds"]), (&json!(10), &json!(0), &json!({})));
                assert_eq!(ada.statement().await.0, 1);
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_silent_upstream_has_its_status_and_costs_nothing() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        let tokens = json!({"max_tokens": 100});
        let streamed = json!({"max_tokens": 100, "stream": true});
        let (whole, stream) = tokio::join!(
            ask(app, &key, "hi [[first_ms=60000]]", tokens),
            ask(app, &key, "hi [[first_ms=60000]]", streamed)
        );
        assert_eq!(error(&whole, 502).0, Value::Null);
        assert_eq!(error(&stream, 502).0, Value::Null);
        assert_eq!((ada.credits().await, ada.statement().await.0), (10, 1));
    })
    .await;
}

#[tokio::test]
async fn a_broken_stream_ends_with_an_error_and_costs_what_came() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        let stream = Stream::read(&ask(app, &key, "hi [[chunks=20]] [[cut=3]]", json!({"stream": true})).await);
        assert_eq!((stream.text.as_str(), stream.is_done, stream.reason), ("1 2 3 ", false, None));
        assert_eq!(stream.error.unwrap()["type"], "server_error");
        assert_eq!((ada.credits().await, ada.statement().await.0), (9, 2));
        // Nobody has seen a word of an answer in one piece.
        let whole = ask(app, &key, "hi [[chunks=20]] [[cut=3]]", json!({})).await;
        assert_eq!(error(&whole, 502).1, "（模型服务中断，回答不完整，请重试。）");
        assert_eq!((ada.credits().await, ada.statement().await.0), (9, 2));
    })
    .await;
}

#[tokio::test]
async fn a_program_that_leaves_is_charged_what_it_was_sent() {
    for stream in [true, false] {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            let key = key_of(&ada, json!({})).await;
            let more = json!({"stream": stream});
            let left = ask(app, &key, "hi [[chunks=12]] [[delay_ms=100]] [[usage=100,50]]", more);
            assert!(tokio::time::timeout(Duration::from_millis(500), left).await.is_err());
            // The function goes on to its end, and settles.
            for _ in 0..300 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if app.users()[0]["held"] == 0 {
                    break;
                }
            }
            assert_eq!((ada.credits().await, ada.statement().await.0), (8, 2), "streamed: {stream}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_failing_key_is_passed_over() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(crate::app::ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(1000);
        for secret in ["sk-status-401-dead", "sk-status-429-600-limited", "sk-cut-at-once"] {
            crate::admin_token::add(app, &admin, secret).await;
        }
        app.clock.advance(Duration::from_secs(6));
        let key = key_of(&ada, json!({})).await;
        for stream in [true, false].repeat(4) {
            let body = question("hi [[text=fine]] [[usage=3,3]]", &json!({"stream": stream}));
            let answer = app.call(hyper::Method::POST, PATH, &key, &body).await;
            assert!(answer.status == 200 && answer.text().contains("fine"), "{}", answer.text());
        }
        assert_eq!(ada.credits().await, 1002);
    })
    .await;
}

#[tokio::test]
async fn an_answer_cut_short_says_so() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        let answer = Completion::read(&ask(app, &key, "hi [[chunks=50]]", json!({"max_tokens": 3})).await);
        assert_eq!((answer.text.as_str(), answer.reason.as_str()), ("1 2 3 ", "length"));
    })
    .await;
}
