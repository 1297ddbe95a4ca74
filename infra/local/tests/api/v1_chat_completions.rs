//! `POST /v1/chat/completions`

mod answers;
mod faults;
mod keys;
mod refusals;
mod upstreams;

use hyper::Method;
use serde_json::{Value, json};

use crate::app::{Person, TestApp};
use crate::http::Answer;

const PATH: &str = "/v1/chat/completions";

/// The text of a new key of somebody's.
async fn key_of(person: &Person<'_>, bounds: Value) -> String {
    person.makes_key(bounds).await["key"].as_str().unwrap().to_owned()
}

/// One question of a program, with some fields besides.
fn question(prompt: &str, more: &Value) -> Value {
    let mut body = json!({"model": "gpt-3.5-turbo", "messages": [{"role": "user", "content": prompt}]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn ask(app: &TestApp, key: &str, prompt: &str, more: Value) -> Answer {
    app.call(Method::POST, PATH, key, &question(prompt, &more)).await
}

/// An error in OpenAI's format: its code and its sentence.
fn error(answer: &Answer, status: u16) -> (Value, String) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "application/json");
    let body = answer.json();
    let error = body["error"].as_object().expect("an error");
    assert_eq!((body.as_object().unwrap().len(), error.len(), &error["param"]), (1, 4, &Value::Null), "{body}");
    assert!(error["type"].is_string(), "{body}");
    (error["code"].clone(), error["message"].as_str().unwrap().to_owned())
}

/// A whole answer.
#[derive(Debug)]
struct Completion {
    text: String,
    reason: String,
    usage: Value,
}

impl Completion {
    fn read(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.headers["content-type"], "application/json");
        let body = answer.json();
        assert_eq!(body["object"], "chat.completion");
        check_head(&body);
        let choice = &body["choices"][0];
        assert_eq!((&choice["index"], &choice["message"]["role"]), (&json!(0), &json!("assistant")));
        Self {
            text: choice["message"]["content"].as_str().unwrap().to_owned(),
            reason: choice["finish_reason"].as_str().unwrap().to_owned(),
            usage: body["usage"].clone(),
        }
    }
}

/// A streamed answer.
#[derive(Debug)]
struct Stream {
    text: String,
    reason: Option<String>,
    usage: Option<Value>,
    error: Option<Value>,
    is_done: bool,
    pings: usize,
}

impl Stream {
    /// Reads the answer as OpenAI's clients do, and checks what they rely on.
    fn read(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.headers["content-type"], "text/event-stream; charset=utf-8");
        let text = answer.text();
        assert!(text.ends_with("\n\n"));
        let mut stream = Self { text: String::new(), reason: None, usage: None, error: None, is_done: false, pings: 0 };
        let mut id = Value::Null;
        for event in text.split("\n\n").filter(|event| !event.is_empty()) {
            assert!(!stream.is_done && !event.contains('\n'), "{text}");
            if event.starts_with(':') {
                stream.pings += 1;
                continue;
            }
            let data = event.strip_prefix("data: ").expect("data");
            if data == "[DONE]" {
                stream.is_done = true;
                continue;
            }
            let chunk: Value = serde_json::from_str(data).expect("JSON");
            if !chunk["error"].is_null() {
                stream.error = Some(chunk["error"].clone());
                continue;
            }
            assert_eq!(chunk["object"], "chat.completion.chunk");
            check_head(&chunk);
            if id.is_null() {
                id = chunk["id"].clone();
                assert_eq!(chunk["choices"][0]["delta"]["role"], "assistant", "the first chunk says who speaks");
            }
            assert_eq!(chunk["id"], id);
            stream.take(&chunk);
        }
        stream
    }

    fn take(&mut self, chunk: &Value) {
        assert!(self.usage.is_none(), "the tokens come last");
        let choices = chunk["choices"].as_array().unwrap();
        match choices.first() {
            None => self.usage = Some(chunk["usage"].clone()),
            Some(choice) => {
                assert!(self.reason.is_none(), "nothing is said after the end");
                self.text.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
                self.reason = choice["finish_reason"].as_str().map(str::to_owned);
            }
        }
    }
}

fn check_head(body: &Value) {
    assert!(body["id"].as_str().unwrap().starts_with("chatcmpl-"), "{body}");
    assert_eq!((&body["created"], &body["model"]), (&json!(1_767_225_600), &json!("gpt-3.5-turbo")), "{body}");
}
