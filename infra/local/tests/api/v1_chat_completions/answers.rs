//! What a program gets, and what it is charged.

use std::time::Duration;

use serde_json::json;

use super::{Completion, Stream, ask, key_of};
use crate::app::TestApp;

#[tokio::test]
async fn an_answer_is_one_object_and_its_tokens_are_those_of_the_statement() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let made = ada.makes_key(json!({})).await;
        let answer = ask(app, made["key"].as_str().unwrap(), "hi [[text=你好]] [[usage=120,81]]", json!({})).await;
        let answer = Completion::read(&answer);
        assert_eq!((answer.text.as_str(), answer.reason.as_str()), ("你好", "stop"));
        assert_eq!(answer.usage, json!({"prompt_tokens": 120, "completion_tokens": 81, "total_tokens": 201}));
        assert_eq!(ada.credits().await, 7);
        let rows =
            [("-3积分", "对话(gpt-3.5-turbo)"), ("10积分", "注册奖励")].map(|(v, d)| (v.to_owned(), d.to_owned()));
        assert_eq!(ada.statement().await, (2, rows.to_vec()));
        let row = app.table().into_iter().rfind(|item| item["pk"] == format!("ledger#{}", ada.id)).unwrap();
        assert_eq!((&row["cause"]["prompt_tokens"], &row["cause"]["completion_tokens"]), (&json!(120), &json!(81)));
        assert_eq!((&row["cause"]["api_key"], &row["cause"]["kind"]), (&made["id"], &json!("chat")));
        // The conversation is the program's own.
        assert!(app.table().iter().all(|item| !item.contains_key("content")));
    })
    .await;
}

#[tokio::test]
async fn a_stream_comes_as_it_is_said_and_ends_with_its_mark() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        let prompt = "hi [[chunks=5]] [[delay_ms=400]] [[usage=120,81]]";
        let answer = ask(app, &key, prompt, json!({"stream": true})).await;
        let times: Vec<_> = answer.chunks.iter().map(|(time, _)| *time).collect();
        assert!(times[times.len() - 1] - times[0] >= Duration::from_millis(700), "the answer came at the end");
        let stream = Stream::read(&answer);
        assert_eq!((stream.text.as_str(), stream.reason.as_deref()), ("1 2 3 4 5 ", Some("stop")));
        assert!(stream.is_done && stream.usage.is_none() && stream.error.is_none());
        assert_eq!(ada.credits().await, 7);

        let more = json!({"stream": true, "stream_options": {"include_usage": true}});
        let stream = Stream::read(&ask(app, &key, "hi [[text=中😀\\n\"x]] [[usage=20,31]]", more).await);
        assert_eq!(stream.text, "中😀\n\"x");
        let usage = json!({"prompt_tokens": 20, "completion_tokens": 31, "total_tokens": 51});
        assert_eq!((stream.usage, stream.is_done), (Some(usage), true));
        assert_eq!(ada.credits().await, 6);
    })
    .await;
}

#[tokio::test]
async fn the_whole_request_goes_to_the_upstream() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        ada.is_given(1000);
        ada.chat("what the front end says stays there").await;
        let more = json!({
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "assistant", "content": "c"},
                {"role": "user", "content": "d"},
            ],
            "temperature": 0.5, "top_p": 0.9, "presence_penalty": 1, "frequency_penalty": -1, "stop": ["x"],
            "seed": 7, "response_format": {"type": "json_object"}, "max_completion_tokens": 50, "user": "u",
        });
        Completion::read(&ask(app, &key, "", more).await);
        let sent = app.stack.upstream.requests().last().unwrap().body.clone();
        assert_eq!(
            sent,
            json!({
                "model": "gpt-3.5-turbo", "stream": true, "stream_options": {"include_usage": true},
                "messages": [
                    {"role": "system", "content": "Be kind."},
                    {"role": "user", "content": "a\nb"},
                    {"role": "assistant", "content": "c"},
                    {"role": "user", "content": "d"},
                ],
                "temperature": 0.5, "top_p": 0.9, "presence_penalty": 1.0, "frequency_penalty": -1.0, "stop": ["x"],
                "seed": 7, "response_format": {"type": "json_object"}, "max_tokens": 50,
            })
        );
    })
    .await;
}

#[tokio::test]
async fn a_small_balance_caps_the_answer() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        ada.is_given(-8);
        let answer = Completion::read(&ask(app, &key, "hi [[chunks=5000]]", json!({})).await);
        let granted = app.stack.upstream.requests().last().unwrap().body["max_tokens"].as_u64().unwrap();
        assert!((150..200).contains(&granted), "two credits pay 200 tokens: {granted}");
        assert_eq!(answer.reason, "length");
        assert_eq!(ada.credits().await, 0);
    })
    .await;
}

#[tokio::test]
async fn members_pay_nothing_and_leave_no_row() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({"limit": 1})).await;
        app.edit_user(&ada, "SET vip_day = :day", &json!({":day": {"S": "2026-01-01"}}));
        let answer = Completion::read(&ask(app, &key, "hi [[usage=120,700]]", json!({})).await);
        assert_eq!(answer.usage["total_tokens"], 820);
        let stream = ask(app, &key, "hi [[usage=120,700]]", json!({"stream": true})).await;
        assert!(Stream::read(&stream).is_done);
        assert_eq!((ada.credits().await, ada.statement().await.0), (10, 1));
    })
    .await;
}

#[tokio::test]
async fn silence_is_filled_with_comments_and_heads_wait() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        let prompt = "hi [[chunks=2]] [[delay_ms=12000]]";
        let (stream, whole) = tokio::join!(
            ask(app, &key, prompt, json!({"stream": true, "max_tokens": 100})),
            ask(app, &key, "hi [[first_ms=26000]] [[text=late]]", json!({"max_tokens": 100})),
        );
        let stream = Stream::read(&stream);
        assert!(stream.pings >= 1 && stream.is_done, "{stream:?}");
        assert!(whole.text().starts_with('{'), "a program is not told of success before there is one");
        assert_eq!(Completion::read(&whole).text, "late");
    })
    .await;
}
