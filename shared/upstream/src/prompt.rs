//! What is asked, and how it is written for the upstream.

use bytes::Bytes;
use serde::Serialize;

/// Who said a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The site's own instruction.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
}

/// One chat turn: the conversation so far and how it is to be continued.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// The model, as the key lists it.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// Left out when `None`, and then the upstream's default holds.
    pub temperature: Option<f64>,
    /// Left out when `None`.
    pub presence_penalty: Option<f64>,
    /// Left out when `None`.
    pub frequency_penalty: Option<f64>,
    /// The most tokens that the answer may have: what the person's balance pays.
    pub max_tokens: u32,
}

/// The request body of the chat route.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: &'a [Message],
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
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
            messages: &self.messages,
            stream: true,
            stream_options: StreamOptions { include_usage: true },
            temperature: finite(self.temperature),
            presence_penalty: finite(self.presence_penalty),
            frequency_penalty: finite(self.frequency_penalty),
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

    fn body_of(model: &str) -> String {
        let prompt = Prompt {
            model: model.to_owned(),
            messages: vec![Message { role: Role::User, content: "你好\n\"".to_owned() }],
            temperature: Some(0.5),
            presence_penalty: None,
            frequency_penalty: Some(f64::NAN),
            max_tokens: 9,
        };
        String::from_utf8(prompt.body().to_vec()).unwrap()
    }

    #[test]
    fn the_body_asks_for_a_stream_with_usage() {
        assert_eq!(
            body_of("gpt-4o"),
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"你好\n\""}],"stream":true,"#.to_owned()
                + r#""stream_options":{"include_usage":true},"temperature":0.5,"max_tokens":9}"#
        );
    }

    #[test]
    fn reasoning_models_get_the_parameters_they_accept() {
        for model in ["o1", "o3-mini", "openai/o4-mini", "gpt-5", "gpt-5-mini"] {
            let body = body_of(model);
            assert!(body.ends_with(r#""max_completion_tokens":9}"#) && !body.contains("temperature"), "{body}");
        }
        for model in ["gpt-4o", "gpt-3.5-turbo", "gpt-5-chat-latest", "ollama", "o", "qwen/o-1", "deepseek-chat"] {
            assert!(body_of(model).contains(r#""max_tokens":9"#), "{model}");
        }
    }
}
