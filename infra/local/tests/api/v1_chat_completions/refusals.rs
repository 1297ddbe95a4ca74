//! Requests that are not served, each with its error in OpenAI's format.

use hyper::Method;
use serde_json::{Value, json};

use super::{PATH, ask, error, key_of};
use crate::app::TestApp;

#[tokio::test]
async fn what_is_not_served_is_refused_before_anything_is_asked() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        let image = json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a.b"}}]}]);
        for more in [
            json!({"tools": [{"type": "function", "function": {"name": "f"}}]}),
            json!({"n": 2}),
            json!({"logprobs": true}),
            json!({"messages": image}),
            json!({"messages": []}),
            json!({"temperature": 3}),
            json!({"max_tokens": 0}),
            json!({"response_format": {"type": "json_schema"}}),
        ] {
            for stream in [false, true] {
                let mut more = more.clone();
                more["stream"] = stream.into();
                let (code, sentence) = error(&ask(app, &key, "hi", more.clone()).await, 400);
                assert!(
                    code.is_null() && sentence.contains("支持") || sentence.contains("不正确"),
                    "{more}: {sentence}"
                );
            }
        }
        let answer = app.call(Method::POST, PATH, &key, &Value::Null).await;
        assert_eq!(error(&answer, 400), (Value::Null, "请求内容不是有效的JSON".to_owned()));
        let (code, _) = error(&ask(app, &key, "hi", json!({"model": "gpt-9"})).await, 404);
        assert_eq!(code, "model_not_found");
        for prompt in ["x".repeat(300_000), "x".repeat(1_100_000)] {
            assert_eq!(error(&ask(app, &key, &prompt, json!({})).await, 413).0, "request_too_large");
        }
        assert_eq!((app.stack.upstream.count(), ada.credits().await), (0, 10));
    })
    .await;
}

#[tokio::test]
async fn nobody_speaks_on_credit() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        ada.is_given(-10);
        for stream in [false, true] {
            let answer = ask(app, &key, "hi", json!({"stream": stream})).await;
            let expected = (json!("insufficient_quota"), "账户积分余额不足, 请充值后在使用。".to_owned());
            assert_eq!(error(&answer, 429), expected);
            assert_eq!(answer.json()["error"]["type"], "insufficient_quota");
        }
        // A prompt that the balance does not pay is refused as well.
        ada.is_given(1);
        assert_eq!(error(&ask(app, &key, &"word ".repeat(200), json!({})).await, 429).0, "insufficient_quota");
        assert_eq!(app.stack.upstream.count(), 0);
    })
    .await;
}

#[tokio::test]
async fn prohibited_words_are_looked_for_in_what_people_say() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({})).await;
        app.set("prohibited_words", "foo,坏词");
        let said =
            |role: &str| json!({"messages": [{"role": role, "content": "Foo"}, {"role": "user", "content": "b"}]});
        let (code, sentence) = error(&ask(app, &key, "", said("user")).await, 400);
        assert!(code.is_null() && sentence.ends_with("涉及敏感词：foo"), "{sentence}");
        // A program could put anything into the mouth of another role.
        for role in ["system", "developer", "assistant"] {
            let (_, sentence) = error(&ask(app, &key, "", said(role)).await, 400);
            assert!(sentence.ends_with("涉及敏感词：foo"), "{role}: {sentence}");
        }
        let schema = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"title": "坏词"}}});
        let (_, sentence) = error(&ask(app, &key, "hi", json!({"response_format": schema})).await, 400);
        assert!(sentence.ends_with("涉及敏感词：坏词"), "{sentence}");
        // The same, each letter escaped, in a name of a field and below more brackets than are read.
        let deep = format!("{}\"\\u574f\\u8bcd\"{}", "[".repeat(300), "]".repeat(300));
        for schema in
            [r#"{"title":"\u574f\u8bcd"}"#, r#"{"\u574f\u200b\u8bcd":{}}"#, r#"{"a":"\u574f\u8bcd\ud800"}"#, &deep]
        {
            let body = format!(
                r#"{{"model":"gpt-3.5-turbo","messages":[{{"role":"user","content":"hi"}}],"response_format":
                    {{"type":"json_schema","json_schema":{{"name":"n","schema":{schema}}}}}}}"#
            );
            let bearer = format!("Bearer {key}");
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let answer = app.http.send(hyper::Method::POST, "/v1/chat/completions", &headers, body).await;
            let (_, sentence) = error(&answer, 400);
            assert!(sentence.ends_with("涉及敏感词：坏词"), "{schema:.60}: {sentence}");
        }
    })
    .await;
}
