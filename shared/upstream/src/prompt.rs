//! What is asked, and how it is written for the upstream.

use bytes::Bytes;
use serde::Serialize;

use crate::format::ResponseFormat;

/// Most stop sequences that are sent; no upstream takes more.
pub const STOPS_MAX: usize = 4;

/// Who said a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An instruction of the site, or of a client that speaks for somebody else.
    System,
    /// The same, as clients of reasoning models name it. Other models know it as [`Role::System`].
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
}

impl Role {
    fn name(self, reasons: bool) -> &'static str {
        match self {
            Self::Developer if reasons => "developer",
            Self::System | Self::Developer => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
}

impl Message {
    fn said(&self, reasons: bool) -> Said<'_> {
        Said { role: self.role.name(reasons), content: &self.content }
    }
}

/// One chat turn: the conversation so far and how it is to be continued. The default asks nothing of nobody: model,
/// messages and tokens are always given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    /// The model, as the key lists it.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// Left out when `None`, and then the upstream's default holds.
    pub temperature: Option<f64>,
    /// Left out when `None`.
    pub top_p: Option<f64>,
    /// Left out when `None`.
    pub presence_penalty: Option<f64>,
    /// Left out when `None`.
    pub frequency_penalty: Option<f64>,
    /// Texts before which the answer ends: the first [`STOPS_MAX`] that are not empty.
    pub stop: Vec<String>,
    /// Asks for the same answer to the same question. Left out when `None`.
    pub seed: Option<i64>,
    /// Left out when `None`.
    pub response_format: Option<ResponseFormat>,
    /// The most tokens that the answer may have: what the person's balance pays.
    pub max_tokens: u32,
}

/// The request body of the chat route.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Said<'a>>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<&'a ResponseFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
}

#[derive(Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl Prompt {
    /// The request body, as JSON.
    pub(crate) fn body(&self) -> Bytes {
        // Reasoning models answer 400 to `max_tokens` and to sampling parameters:
        // https://platform.openai.com/docs/guides/reasoning
        let sampled = !is_reasoning(&self.model);
        let finite = |value: Option<f64>| value.filter(|number| sampled && number.is_finite());
        let body = Body {
            model: &self.model,
            messages: self.messages.iter().map(|message| message.said(!sampled)).collect(),
            stream: true,
            stream_options: StreamOptions { include_usage: true },
            temperature: finite(self.temperature),
            top_p: finite(self.top_p),
            presence_penalty: finite(self.presence_penalty),
            frequency_penalty: finite(self.frequency_penalty),
            // Some reasoning models refuse this as well, others take it. It is never left out: without it the answer
            // would be another one than was asked for, and a refusal says so.
            stop: self.stop.iter().map(String::as_str).filter(|text| !text.is_empty()).take(STOPS_MAX).collect(),
            seed: self.seed,
            response_format: self.response_format.as_ref(),
            max_tokens: sampled.then_some(self.max_tokens),
            max_completion_tokens: (!sampled).then_some(self.max_tokens),
        };
        // Text and finite numbers always serialise, so the empty body is never sent.
        Bytes::from(serde_json::to_vec(&body).unwrap_or_default())
    }
}

/// OpenAI's reasoning families, with or without a vendor prefix: `o1-mini`, `o3`, `openai/gpt-5`.
fn is_reasoning(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let family = name.split('-').next().unwrap_or(name);
    let is_o_series = family.strip_prefix('o').is_some_and(|digits| {
        !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_o_series || (name.starts_with("gpt-5") && !name.contains("chat"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(model: &str) -> Prompt {
        Prompt {
            model: model.to_owned(),
            messages: vec![Message { role: Role::User, content: "你好\n\"".to_owned() }],
            temperature: Some(0.5),
            frequency_penalty: Some(f64::NAN),
            max_tokens: 9,
            ..Prompt::default()
        }
    }

    fn text(prompt: &Prompt) -> String {
        String::from_utf8(prompt.body().to_vec()).unwrap()
    }

    #[test]
    fn the_body_asks_for_a_stream_with_usage() {
        assert_eq!(
            text(&prompt("gpt-4o")),
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"你好\n\""}],"stream":true,"#.to_owned()
                + r#""stream_options":{"include_usage":true},"temperature":0.5,"max_tokens":9}"#
        );
    }

    #[test]
    fn everything_that_clients_may_ask_is_sent() {
        let stop = ["", "a", "\n", "c", "d", "e"].map(str::to_owned).to_vec();
        let asked = Prompt {
            messages: Vec::new(),
            temperature: None,
            top_p: Some(0.9),
            presence_penalty: Some(-1.0),
            frequency_penalty: Some(1.5),
            stop,
            seed: Some(-7),
            response_format: Some(ResponseFormat::JsonObject),
            ..prompt("gpt-4o")
        };
        let rest =
            r#""top_p":0.9,"presence_penalty":-1.0,"frequency_penalty":1.5,"stop":["a","\n","c","d"],"seed":-7,"#;
        let body = text(&asked);
        let expected = format!(r#"}},{rest}"response_format":{{"type":"json_object"}},"max_tokens":9}}"#);
        assert!(body.ends_with(&expected), "{body}");
        let reasoning = text(&Prompt { model: "o3".to_owned(), ..asked });
        let expected = r#"},"stop":["a","\n","c","d"],"seed":-7,"response_format":{"type":"json_object"},"#;
        assert!(reasoning.ends_with(&format!(r#"{expected}"max_completion_tokens":9}}"#)), "{reasoning}");
    }

    #[test]
    fn developers_are_the_system_to_models_that_know_none() {
        let roles = [Role::System, Role::Developer, Role::User, Role::Assistant];
        let messages = roles.map(|role| Message { role, content: String::new() }).to_vec();
        for (model, developer) in [("gpt-4o", "system"), ("deepseek-chat", "system"), ("gpt-5", "developer")] {
            let body = text(&Prompt { messages: messages.clone(), ..prompt(model) });
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            let sent: Vec<&str> =
                body["messages"].as_array().unwrap().iter().map(|said| said["role"].as_str().unwrap()).collect();
            assert_eq!(sent, ["system", developer, "user", "assistant"], "{model}");
        }
    }

    #[test]
    fn reasoning_models_get_the_parameters_they_accept() {
        for model in ["o1", "o3-mini", "openai/o4-mini", "gpt-5", "gpt-5-mini"] {
            let body = text(&Prompt { top_p: Some(0.5), ..prompt(model) });
            let is_sampled = body.contains("temperature") || body.contains("top_p");
            assert!(body.ends_with(r#""max_completion_tokens":9}"#) && !is_sampled, "{body}");
        }
        for model in ["gpt-4o", "gpt-3.5-turbo", "gpt-5-chat-latest", "ollama", "o", "qwen/o-1", "deepseek-chat"] {
            assert!(text(&prompt(model)).contains(r#""max_tokens":9"#), "{model}");
        }
    }
}
