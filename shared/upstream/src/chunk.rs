//! What one JSON object of an upstream says, and what the stream as a whole says.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::failure::Complaint;

/// What an answer brings, in order: deltas, then one finish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Text to hand on; never empty.
    Delta(String),
    /// Nothing comes after it.
    Finished(Finish),
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finish {
    /// The upstream's own count, when it sent one. It is a claim: compare it with what was asked and delivered.
    pub usage: Option<Usage>,
    /// Why it ended.
    pub end: End,
}

/// The upstream's count of tokens. Numbers too large for the type are the largest it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the request.
    pub prompt_tokens: u32,
    /// Tokens of the answer, with those of hidden reasoning.
    pub completion_tokens: u32,
}

/// Why an answer ended. Only [`End::Done`], [`End::Length`] and [`End::Filtered`] are the model's own endings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The model has said everything.
    Done,
    /// It used up the tokens it was given.
    Length,
    /// The upstream's content filter stopped it.
    Filtered,
    /// The connection ended before the answer did.
    Cut,
    /// The upstream reported an error inside the stream.
    Errored,
    /// Too many lines had no meaning.
    Garbage,
    /// Nothing came for too long.
    Silence,
    /// A line, the text or the body was longer than allowed.
    TooLarge,
    /// The time for the whole answer was over.
    Deadline,
}

/// How the text is written in the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Piece by piece: an object of a stream.
    Piece,
    /// All at once: an answer that is no stream.
    Whole,
}

/// What one object says.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// It is an answer to the request, not a ping or an error.
    pub(crate) is_answer: bool,
    /// Text for the reader; reasoning and tool calls are not.
    pub(crate) text: String,
    /// The reason to finish.
    pub(crate) end: Option<End>,
    /// The count of tokens.
    pub(crate) usage: Option<Usage>,
    /// The error that the upstream reports.
    pub(crate) complaint: Option<Complaint>,
}

impl Chunk {
    /// Reads one object; `None` when it is not JSON or no object. Fields of an unexpected type count as absent.
    pub(crate) fn parse(json: &[u8], form: Form) -> Option<Self> {
        let wire: Wire = serde_json::from_slice(json).ok()?;
        let mut chunk = Self {
            complaint: wire.error.as_ref().and_then(Complaint::read),
            usage: wire.usage.and_then(Loose::known).and_then(WireUsage::sane),
            ..Self::default()
        };
        let Some(choices) = wire.choices.and_then(Loose::known) else { return Some(chunk) };
        chunk.is_answer = true;
        // One answer is asked for, so a second choice is not ours.
        let first = choices.into_iter().find(|choice| !matches!(choice.index, Some(Loose::Known(1..))));
        if let Some(choice) = first {
            chunk.end = choice.finish_reason.and_then(Loose::known).and_then(|reason| end_of(&reason));
            let said = match form {
                Form::Piece => choice.delta,
                Form::Whole => choice.message.or(choice.delta),
            };
            let content = said.and_then(Loose::known).and_then(|said| said.content).map(Content::text);
            chunk.text = content.or(choice.text.and_then(Loose::known)).unwrap_or_default();
        }
        Some(chunk)
    }
}

fn end_of(reason: &str) -> Option<End> {
    match reason {
        "" | "null" => None,
        "length" | "max_tokens" => Some(End::Length),
        "content_filter" | "sensitive" => Some(End::Filtered),
        _ => Some(End::Done),
    }
}

/// A field of the expected type, or of any other.
#[derive(Deserialize)]
#[serde(untagged)]
enum Loose<T> {
    Known(T),
    Other(IgnoredAny),
}

impl<T> Loose<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    choices: Option<Loose<Vec<WireChoice>>>,
    usage: Option<Loose<WireUsage>>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct WireChoice {
    index: Option<Loose<u64>>,
    delta: Option<Loose<WireSaid>>,
    message: Option<Loose<WireSaid>>,
    text: Option<Loose<String>>,
    finish_reason: Option<Loose<String>>,
}

#[derive(Deserialize)]
struct WireSaid {
    content: Option<Content>,
}

/// Content is text, or a list of parts among which some are text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Loose<Part>>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: String,
}

impl Content {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => {
                let texts = parts.into_iter().filter_map(Loose::known).filter(|part| part.kind == "text");
                texts.map(|part| part.text).collect()
            }
            Self::Other(_) => String::new(),
        }
    }
}

#[derive(Deserialize)]
struct WireUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
}

impl WireUsage {
    /// Some upstreams put zeros into every chunk; that says nothing.
    fn sane(self) -> Option<Usage> {
        let clamp = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let usage =
            Usage { prompt_tokens: clamp(self.prompt_tokens), completion_tokens: clamp(self.completion_tokens) };
        (usage.prompt_tokens > 0 || usage.completion_tokens > 0).then_some(usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(json: &str) -> Chunk {
        Chunk::parse(json.as_bytes(), Form::Piece).unwrap()
    }

    #[test]
    fn text_is_found_where_upstreams_put_it() {
        for (json, text) in [
            (r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#, "a"),
            (r#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#, ""),
            (r#"{"choices":[{"delta":{"reasoning_content":"hm","content":""}}]}"#, ""),
            (r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"x"}}]}}]}"#, ""),
            (r#"{"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,"delta":{"content":"a"}}]}"#, "a"),
            (r#"{"choices":[{"index":1,"delta":{"content":"no"}}]}"#, ""),
            (r#"{"choices":[{"delta":{},"message":{"content":"the whole again"}}]}"#, ""),
            (r#"{"choices":[{"text":"a"}]}"#, "a"),
            (r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"thinking"},7]}}]}"#, "a"),
            (r#"{"choices":[{"delta":{"content":7}}]}"#, ""),
            (r#"{"choices":[{"delta":"odd"}]}"#, ""),
            (r#"{"choices":[]}"#, ""),
            (r#"{"choices":[{"delta":{"content":"\ud83c\udf89"}}]}"#, "🎉"),
        ] {
            let chunk = piece(json);
            assert_eq!((chunk.text.as_str(), chunk.is_answer), (text, true), "{json}");
        }
        let whole = Chunk::parse(br#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#, Form::Whole);
        assert_eq!(whole.map(|chunk| (chunk.text, chunk.end)), Some(("a".to_owned(), Some(End::Done))));
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        for json in [r"{}", r#"{"type":"ping"}"#, r#"{"choices":null}"#, r#"{"choices":"x"}"#] {
            assert!(!piece(json).is_answer, "{json}");
        }
        for json in ["", "7", "\"x\"", "<html>", r#"{"choices":"#, r#"{"choices":[]}{"#] {
            assert!(Chunk::parse(json.as_bytes(), Form::Piece).is_none(), "{json}");
        }
        assert!(piece(r#"{"error":{"message":"no"}}"#).complaint.is_some());
        assert!(piece(r#"{"choices":[],"error":null}"#).complaint.is_none());
    }

    #[test]
    fn usage_is_taken_when_it_says_something() {
        let usage = |json: &str| piece(json).usage.map(|usage| (usage.prompt_tokens, usage.completion_tokens));
        assert_eq!(usage(r#"{"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#), Some((3, 4)));
        assert_eq!(usage(r#"{"usage":{"prompt_tokens":3,"completion_tokens":99999999999}}"#), Some((3, u32::MAX)));
        for nothing in [
            r#"{"usage":null}"#,
            r#"{"usage":{}}"#,
            r#"{"usage":{"prompt_tokens":0,"completion_tokens":0}}"#,
            r#"{"usage":{"prompt_tokens":-3,"completion_tokens":4}}"#,
            r#"{"usage":{"prompt_tokens":"3","completion_tokens":4}}"#,
        ] {
            assert_eq!(usage(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn reasons_to_finish_are_understood() {
        let end = |reason: &str| piece(&format!(r#"{{"choices":[{{"finish_reason":{reason}}}]}}"#)).end;
        assert_eq!(end("null"), None);
        assert_eq!(end("\"\""), None);
        assert_eq!(end("7"), None);
        assert_eq!(end("\"stop\""), Some(End::Done));
        assert_eq!(end("\"tool_calls\""), Some(End::Done));
        assert_eq!(end("\"length\""), Some(End::Length));
        assert_eq!(end("\"content_filter\""), Some(End::Filtered));
    }
}
