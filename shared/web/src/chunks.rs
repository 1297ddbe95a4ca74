//! The wire of OpenAI's chat completions: server-sent events, or one object
//! (<https://platform.openai.com/docs/api-reference/chat-streaming>).

use bytes::Bytes;
use domain::Error;
use serde_json::{Value, json};

use crate::dialect::open_ai_error;

/// Ends a stream that came to its end.
const DONE: &str = "data: [DONE]\n\n";
/// A comment of server-sent events, which clients skip.
const HEARTBEAT: &str = ": ping\n\n";

/// The counted tokens of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Those of the conversation that was sent.
    pub prompt: u64,
    /// Those of the answer.
    pub completion: u64,
}

/// Writes one answer.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The answer's own name.
    pub id: String,
    /// Seconds since the Unix epoch.
    pub created: i64,
    /// The model that was asked for.
    pub model: String,
    /// Whether the client wants the tokens of a stream.
    pub includes_usage: bool,
}

impl Completion {
    /// The first chunk of a stream: who speaks.
    pub fn start(&self) -> Bytes {
        self.chunk(&json!({"role": "assistant", "content": "", "refusal": null}), None).into()
    }

    /// A chunk with a piece of the answer.
    pub fn text(&self, delta: &str) -> Bytes {
        self.chunk(&json!({"content": delta}), None).into()
    }

    /// The end of a stream: why, the tokens for who wants them, and the mark.
    pub fn stop(&self, finish_reason: &str, tokens: Tokens) -> Bytes {
        let mut end = self.chunk(&json!({}), Some(finish_reason));
        if self.includes_usage {
            let mut chunk = self.object("chat.completion.chunk", json!([]));
            set(&mut chunk, "usage", usage(tokens));
            end.push_str(&event(&chunk));
        }
        end.push_str(DONE);
        end.into()
    }

    /// The end of a stream that breaks: clients raise this as an error, and no mark follows.
    pub fn broken(error: &Error) -> Bytes {
        event(&open_ai_error(error)).into()
    }

    /// What is sent in times of silence.
    pub fn heartbeat() -> Bytes {
        Bytes::from_static(HEARTBEAT.as_bytes())
    }

    /// The answer as one object.
    pub fn whole(&self, text: &str, finish_reason: &str, tokens: Tokens) -> Value {
        let message = json!({"role": "assistant", "content": text, "refusal": null});
        let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason});
        let mut answer = self.object("chat.completion", json!([choice]));
        set(&mut answer, "usage", usage(tokens));
        answer
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> String {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason});
        let mut chunk = self.object("chat.completion.chunk", json!([choice]));
        if self.includes_usage {
            set(&mut chunk, "usage", Value::Null);
        }
        event(&chunk)
    }

    fn object(&self, kind: &str, choices: Value) -> Value {
        let Self { id, created, model, .. } = self;
        let mut object = json!({"id": id, "object": kind, "created": created, "model": model});
        set(&mut object, "choices", choices);
        object
    }
}

fn usage(tokens: Tokens) -> Value {
    let Tokens { prompt, completion } = tokens;
    let total = prompt.saturating_add(completion);
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total})
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// JSON has no line ends outside its texts' escapes, so it is one line of one event.
fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}
