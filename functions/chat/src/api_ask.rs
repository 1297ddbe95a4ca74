//! What a program asks, read from a request in OpenAI's format
//! (<https://platform.openai.com/docs/api-reference/chat/create>). What this server does not do is refused by name and
//! never left out in silence; what has no effect on the answer is ignored.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use domain::limits::{ANSWER_TOKENS_MAX, API_MESSAGES_MAX, API_PROMPT_BYTES_MAX, API_STOP_BYTES_MAX};
use domain::{ConversationId, Error, Family, Result, Settings, model as models};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use table::message::Options;
use upstream::{Message, Prompt, ResponseFormat, Role, STOPS_MAX};

use crate::budget::Budget;
use crate::turn::Dialogue;

/// Fields that are refused unless they say nothing.
const UNSUPPORTED: [&str; 9] = [
    "tools",
    "functions",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "audio",
    "prediction",
    "web_search_options",
    "best_of",
];
/// Values that say nothing, spaces aside.
const NOTHING: [&str; 4] = ["[]", "{}", "false", "0"];

/// A question of a program's.
#[derive(Debug)]
pub(crate) struct ApiAsk {
    /// As it was asked; what may be said is granted later.
    pub(crate) prompt: Prompt,
    pub(crate) streams: bool,
    /// Whether a stream tells its tokens.
    pub(crate) includes_usage: bool,
}

impl ApiAsk {
    /// Reads the body.
    ///
    /// # Errors
    /// A refusal that names what cannot be read or served.
    pub(crate) fn parse(body: &[u8]) -> Result<Self> {
        let body: Body<'_> = serde_json::from_slice(body).map_err(|_| Error::refused("请求内容不是有效的JSON"))?;
        body.refuse_unsupported()?;
        let model: String = body.read("model")?.ok_or(Error::refused("缺少参数 model"))?;
        if !models::is_name(&model) {
            return Err(Error::NoModel);
        }
        let prompt = Prompt {
            model,
            messages: messages(&body)?,
            temperature: body.number("temperature", 0.0..=2.0)?,
            top_p: body.number("top_p", 0.0..=1.0)?,
            presence_penalty: body.number("presence_penalty", -2.0..=2.0)?,
            frequency_penalty: body.number("frequency_penalty", -2.0..=2.0)?,
            stop: stop(&body)?,
            seed: body.read("seed")?,
            response_format: response_format(&body)?,
            max_tokens: max_tokens(&body)?,
        };
        let options: StreamOptions = body.read("stream_options")?.unwrap_or_default();
        let streams = body.read("stream")?.unwrap_or(false);
        Ok(Self { prompt, streams, includes_usage: options.include_usage.unwrap_or(false) })
    }

    /// The price class of the model.
    pub(crate) fn family(&self) -> Family {
        Family::of(&self.prompt.model)
    }

    /// What it can cost.
    pub(crate) fn budget(&self, settings: &Settings) -> Budget {
        let schema = self.prompt.response_format.as_ref().and_then(ResponseFormat::schema);
        Budget::new(settings.ratio(self.family()), &self.prompt.messages, schema, 0, self.prompt.max_tokens)
    }

    /// All that the model is told, one text after the other, with an end between them that no word holds: a program
    /// writes the words of every role, and those of a schema as JSON escapes them.
    pub(crate) fn said(&self) -> String {
        let schema = self.prompt.response_format.as_ref().map(ResponseFormat::said);
        let said = self.prompt.messages.iter().map(|message| message.content.as_str());
        said.chain(schema.as_deref()).collect::<Vec<_>>().join("\n")
    }

    /// What administrators are to see of the turn, when a setting says so: the question, which is the last that the person
    /// of the program said. What came before it was in earlier turns.
    pub(crate) fn log(&self, settings: &Settings) -> Result<Option<Dialogue>> {
        if !settings.api_content_log || settings.content_log_days == 0 {
            return Ok(None);
        }
        let messages = &self.prompt.messages;
        let question = messages.iter().rfind(|message| matches!(message.role, Role::User)).or(messages.last());
        let usual = Options::default();
        let options = Options {
            temperature: self.prompt.temperature.unwrap_or(usual.temperature),
            presence_penalty: self.prompt.presence_penalty.unwrap_or(usual.presence_penalty),
            frequency_penalty: self.prompt.frequency_penalty.unwrap_or(usual.frequency_penalty),
            max_tokens: self.prompt.max_tokens,
        };
        Ok(Some(Dialogue {
            conversation: ConversationId::draw()?,
            question: question.map(|message| message.content.clone()).unwrap_or_default(),
            options,
            is_log: true,
        }))
    }

    /// Refuses a conversation that holds a prohibited word.
    pub(crate) fn check_words(&self, settings: &Settings) -> Result<()> {
        let said = self.said();
        let found = settings.prohibited_in(&said);
        if found.is_empty() { Ok(()) } else { Err(Error::prohibited(&found)) }
    }
}

/// The fields of the body, each as it was written.
#[derive(Deserialize)]
struct Body<'a>(#[serde(borrow)] BTreeMap<String, &'a RawValue>);

impl Body<'_> {
    fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|raw| raw.get()).filter(|raw| *raw != "null")
    }

    /// A field; null means absent.
    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let raw = self.raw(name);
        raw.map(|raw| serde_json::from_str(raw).map_err(|_| unreadable(name))).transpose()
    }

    fn number(&self, name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>> {
        let number: Option<f64> = self.read(name)?;
        if number.is_none_or(|number| range.contains(&number)) { Ok(number) } else { Err(unreadable(name)) }
    }

    fn refuse_unsupported(&self) -> Result<()> {
        for name in UNSUPPORTED {
            if let Some(raw) = self.raw(name) {
                let said: String = raw.split_ascii_whitespace().take(3).collect();
                if !NOTHING.contains(&said.as_str()) {
                    return Err(unsupported(name));
                }
            }
        }
        if self.raw("n").is_some_and(|raw| raw != "1") {
            return Err(Error::refused("参数 n 只支持 1"));
        }
        let modalities: Vec<String> = self.read("modalities")?.unwrap_or_default();
        if modalities.iter().any(|modality| modality != "text") { Err(unsupported("modalities")) } else { Ok(()) }
    }
}

#[derive(Default, Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

fn max_tokens(body: &Body<'_>) -> Result<u32> {
    // The newer name first: who sends both means it.
    for name in ["max_completion_tokens", "max_tokens"] {
        if let Some(wanted) = body.read::<u64>(name)? {
            let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
            return if wanted == 0 { Err(unreadable(name)) } else { Ok(wanted.min(ANSWER_TOKENS_MAX)) };
        }
    }
    // Who names none wants the answer whole.
    Ok(ANSWER_TOKENS_MAX)
}

fn stop(body: &Body<'_>) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stop {
        One(String),
        Some(Vec<String>),
    }
    let stop = match body.read("stop")? {
        None => Vec::new(),
        Some(Stop::One(text)) => vec![text],
        Some(Stop::Some(texts)) => texts,
    };
    let fits = stop.len() <= STOPS_MAX && stop.iter().all(|text| text.len() <= API_STOP_BYTES_MAX);
    if fits { Ok(stop) } else { Err(unreadable("stop")) }
}

fn response_format(body: &Body<'_>) -> Result<Option<ResponseFormat>> {
    let read = |raw| ResponseFormat::parse(raw).ok_or(unreadable("response_format"));
    body.raw("response_format").map(read).transpose()
}

/// The conversation, within its bounds.
fn messages(body: &Body<'_>) -> Result<Vec<Message>> {
    let raw = body.0.get("messages").ok_or(Error::refused("缺少参数 messages"))?;
    // Counted before any of them is read: an empty one takes two bytes to write.
    let raw: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| unreadable("messages"))?;
    if raw.is_empty() {
        return Err(unreadable("messages"));
    }
    if raw.len() > API_MESSAGES_MAX {
        return Err(Error::TooLarge);
    }
    let messages: Vec<Message> = raw.into_iter().map(|raw| message(raw.get())).collect::<Result<_>>()?;
    let bytes: usize = messages.iter().map(|message| message.content.len()).sum();
    if bytes > API_PROMPT_BYTES_MAX { Err(Error::TooLarge) } else { Ok(messages) }
}

#[derive(Deserialize)]
struct Sent<'a> {
    role: String,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_calls: Option<&'a RawValue>,
    #[serde(borrow)]
    function_call: Option<&'a RawValue>,
}

fn message(raw: &str) -> Result<Message> {
    let sent: Sent<'_> = serde_json::from_str(raw).map_err(|_| unreadable("messages"))?;
    let role = match sent.role.as_str() {
        "system" => Role::System,
        "developer" => Role::Developer,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" | "function" => return Err(unsupported("tools")),
        _ => return Err(unreadable("messages.role")),
    };
    if sent.tool_calls.is_some_and(|calls| calls.get() != "[]") || sent.function_call.is_some() {
        return Err(unsupported("tools"));
    }
    let content = sent.content.ok_or_else(|| unreadable("messages.content"))?;
    Ok(Message { role, content: text_of(content.get())? })
}

/// The text of a content: a text, or a list of parts.
fn text_of(content: &str) -> Result<String> {
    if !content.starts_with('[') {
        return serde_json::from_str(content).map_err(|_| unreadable("messages.content"));
    }
    let parts: Vec<&RawValue> = serde_json::from_str(content).map_err(|_| unreadable("messages.content"))?;
    let texts: Vec<String> = parts.into_iter().map(|part| text_of_part(part.get())).collect::<Result<_>>()?;
    Ok(texts.join("\n"))
}

fn text_of_part(part: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Part {
        #[serde(rename = "type")]
        kind: String,
        text: Option<String>,
    }
    let part: Part = serde_json::from_str(part).map_err(|_| unreadable("messages.content"))?;
    if part.kind != "text" {
        return Err(Error::refused("消息内容只支持文本，暂不支持图片、音频和文件"));
    }
    part.text.ok_or_else(|| unreadable("messages.content"))
}

fn unreadable(name: &str) -> Error {
    Error::Refused(format!("参数 {name} 不正确").into())
}

fn unsupported(name: &str) -> Error {
    Error::Refused(format!("暂不支持参数 {name}").into())
}

#[cfg(test)]
mod tests;
