//! The `[[…]]` directives in a prompt.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

const CHUNKS_MAX: u64 = 10_000;
pub(crate) const WAIT_MS_MAX: u64 = 60_000;
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a prompt asks for, numbers clamped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a directive of its own; they combine freely")]
pub(super) struct Directives {
    pub(super) text: Option<String>,
    pub(super) thinks: Option<String>,
    pub(super) chunks: Option<usize>,
    pub(super) delay: Duration,
    pub(super) first: Duration,
    pub(super) status: Option<StatusCode>,
    pub(super) cut: Option<usize>,
    pub(super) hang: Option<usize>,
    pub(super) nodone: bool,
    pub(super) nousage: bool,
    pub(super) usage: Option<(i64, i64)>,
    pub(super) garbage: bool,
    pub(super) split: bool,
    pub(super) bytes: Option<u64>,
}

impl Directives {
    /// Reads `prompt`; returns also what it says besides. Unknown and malformed directives do nothing.
    pub(super) fn parse(prompt: &str) -> (Self, String) {
        let (found, said) = split(prompt);
        let mut directives = Self::default();
        for (name, value) in found {
            directives.apply(name, value);
        }
        (directives, said)
    }

    fn apply(&mut self, name: &str, value: &str) {
        match name {
            "text" => self.text = Some(value.replace("\\n", "\n")),
            "thinks" => self.thinks = Some(value.to_owned()),
            "nodone" => self.nodone = true,
            "nousage" => self.nousage = true,
            "garbage" => self.garbage = true,
            "split" => self.split = true,
            "usage" => self.usage = pair(value),
            _ => {
                if let Ok(number) = value.trim().parse() {
                    self.apply_number(name, number);
                }
            }
        }
    }

    fn apply_number(&mut self, name: &str, number: u64) {
        let chunks = usize::try_from(number.min(CHUNKS_MAX)).ok();
        let wait = Duration::from_millis(number.min(WAIT_MS_MAX));
        match name {
            "chunks" => self.chunks = chunks,
            "cut" => self.cut = chunks,
            "hang" => self.hang = chunks,
            "delay_ms" => self.delay = wait,
            "first_ms" => self.first = wait,
            "status" => self.status = Some(failure(number)),
            "bytes" => self.bytes = Some(number.min(BYTES_MAX)),
            _ => {}
        }
    }
}

/// The names and values of all directives in `prompt`, and what it says besides.
pub(crate) fn split(prompt: &str) -> (Vec<(&str, &str)>, String) {
    let mut found = Vec::new();
    let mut said = String::new();
    let mut rest = prompt;
    while let Some((before, (inner, behind))) =
        rest.split_once("[[").and_then(|(before, behind)| Some((before, behind.split_once("]]")?)))
    {
        said.push_str(before);
        let (name, value) = inner.split_once('=').unwrap_or((inner, ""));
        found.push((name.trim(), value));
        rest = behind;
    }
    said.push_str(rest);
    (found, said.trim().to_owned())
}

/// A status that means failure, as near to `number` as there is one.
pub(super) fn failure(number: u64) -> StatusCode {
    let code = u16::try_from(number.clamp(400, 599)).unwrap_or(500);
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The text of the last message of the user, whose content is a text or a list of parts.
pub(super) fn last_user_text(messages: &[Value]) -> String {
    let last = messages.iter().rev().find(|message| message["role"] == "user");
    last.map(|message| text_of(&message["content"])).unwrap_or_default()
}

/// The text of a message's content.
pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}

fn pair(value: &str) -> Option<(i64, i64)> {
    let (prompt, completion) = value.split_once(',')?;
    Some((prompt.trim().parse().ok()?, completion.trim().parse().ok()?))
}
