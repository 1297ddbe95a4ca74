//! What one JSON object of an upstream says, and what the stream as a whole says.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::failure::{Cause, Complaint};

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

impl End {
    /// What this ending says against the key; `None` when it is the model's own ending or one of our bounds.
    #[must_use]
    pub fn cause(self) -> Option<Cause> {
        match self {
            Self::Done | Self::Length | Self::Filtered | Self::TooLarge | Self::Deadline => None,
            Self::Cut | Self::Errored => Some(Cause::Cut),
            Self::Garbage => Some(Cause::Malformed),
            Self::Silence => Some(Cause::Silence),
        }
    }

    /// What OpenAI calls this ending (`finish_reason` of
    /// <https://platform.openai.com/docs/api-reference/chat/object>); `None` when the answer broke, which it has no name
    /// for. An answer that met one of our bounds was cut as one that used up its tokens.
    #[must_use]
    pub fn finish_reason(self) -> Option<&'static str> {
        match self {
            Self::Done => Some("stop"),
            Self::Length | Self::TooLarge | Self::Deadline => Some("length"),
            Self::Filtered => Some("content_filter"),
            Self::Cut | Self::Errored | Self::Garbage | Self::Silence => None,
        }
    }
}

/// What one object says.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// It is an answer to the request, not a ping or an error.
    pub(crate) is_answer: bool,
    /// Text for the reader, piece by piece; tool calls are none.
    pub(crate) text: String,
    /// The whole text at once: of an answer that is no stream, or again at the end of one.
    pub(crate) whole: String,
    /// What the model thinks before it answers.
    pub(crate) reasoning: String,
    /// The reason to finish.
    pub(crate) end: Option<End>,
    /// The count of tokens.
    pub(crate) usage: Option<Usage>,
    /// The error that the upstream reports.
    pub(crate) complaint: Option<Complaint>,
}

impl Chunk {
    /// Reads one object; `None` when it is not JSON or no object. Fields of an unexpected type count as absent.
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        let wire: Wire = serde_json::from_slice(json).ok()?;
        let mut chunk = Self {
            complaint: wire.error.as_ref().and_then(Complaint::read),
            usage: wire.usage.and_then(WireUsage::read),
            ..Self::default()
        };
        let Some(choices) = wire.choices.and_then(Loose::known) else {
            // Read again, as any object: this is rare, and answers stay fast.
            let bare = || serde_json::from_slice(json).ok().as_ref().and_then(Complaint::read_bare);
            chunk.complaint = chunk.complaint.or_else(bare);
            return Some(chunk);
        };
        chunk.is_answer = true;
        // One answer is asked for, so a second choice is not ours.
        let first = choices.into_iter().find(|choice| !matches!(choice.index, Some(Loose::Known(1..))));
        if let Some(choice) = first {
            chunk.take_choice(choice);
        }
        Some(chunk)
    }

    fn take_choice(&mut self, choice: WireChoice) {
        self.end = choice.finish_reason.and_then(Loose::known).and_then(|reason| end_of(&reason));
        self.usage = self.usage.or(choice.usage.and_then(WireUsage::read));
        let delta = choice.delta.and_then(Loose::known).unwrap_or_default();
        let message = choice.message.and_then(Loose::known).unwrap_or_default();
        let text = |content: Option<Content>| content.map(Content::text).filter(|text| !text.is_empty());
        let thoughts = [delta.reasoning_content, delta.reasoning, message.reasoning_content, message.reasoning];
        self.reasoning = thoughts.into_iter().find_map(text).unwrap_or_default();
        // A model that will not fill in a schema says so in a field of its own, and nothing else.
        let said = text(delta.content).or(text(delta.refusal));
        self.text = said.or(choice.text.and_then(Loose::known)).unwrap_or_default();
        self.whole = text(message.content).or(text(message.refusal)).unwrap_or_default();
    }
}

fn end_of(reason: &str) -> Option<End> {
    // Doors to other vendors' models hand on those vendors' own names, some of them in capitals.
    match reason.to_ascii_lowercase().as_str() {
        "" | "null" => None,
        "length" | "max_tokens" => Some(End::Length),
        "content_filter" | "sensitive" | "safety" => Some(End::Filtered),
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
    usage: Option<Loose<WireUsage>>,
}

#[derive(Default, Deserialize)]
struct WireSaid {
    content: Option<Content>,
    refusal: Option<Content>,
    reasoning_content: Option<Content>,
    reasoning: Option<Content>,
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
    fn read(usage: Loose<Self>) -> Option<Usage> {
        usage.known().and_then(Self::sane)
    }

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
        Chunk::parse(json.as_bytes()).unwrap()
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
            (r#"{"choices":[{"delta":{"content":null,"refusal":"I cannot"}}]}"#, "I cannot"),
            (r#"{"choices":[{"delta":{"content":"","refusal":null}}]}"#, ""),
            (r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"thinking"},7]}}]}"#, "a"),
            (r#"{"choices":[{"delta":{"content":7}}]}"#, ""),
            (r#"{"choices":[{"delta":"odd"}]}"#, ""),
            (r#"{"choices":[]}"#, ""),
            (r#"{"choices":[{"delta":{"content":"\ud83c\udf89"}}]}"#, "🎉"),
        ] {
            let chunk = piece(json);
            assert_eq!((chunk.text.as_str(), chunk.is_answer), (text, true), "{json}");
        }
        let whole = piece(r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#);
        assert_eq!((whole.text.as_str(), whole.whole.as_str(), whole.end), ("", "a", Some(End::Done)));
    }

    #[test]
    fn reasoning_is_kept_apart() {
        for json in [
            r#"{"choices":[{"delta":{"reasoning_content":"hm","content":null}}]}"#,
            r#"{"choices":[{"delta":{"reasoning":"hm","content":""}}]}"#,
            r#"{"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}"#,
            r#"{"choices":[{"message":{"reasoning_content":"hm"}}]}"#,
        ] {
            let chunk = piece(json);
            assert_eq!((chunk.reasoning.as_str(), chunk.text.as_str(), chunk.whole.as_str()), ("hm", "", ""), "{json}");
        }
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        for json in [r"{}", r#"{"type":"ping"}"#, r#"{"choices":null}"#, r#"{"choices":"x"}"#] {
            assert!(!piece(json).is_answer, "{json}");
        }
        for json in ["", "7", "\"x\"", "<html>", r#"{"choices":"#, r#"{"choices":[]}{"#] {
            assert!(Chunk::parse(json.as_bytes()).is_none(), "{json}");
        }
        assert!(piece(r#"{"error":{"message":"no"}}"#).complaint.is_some());
        assert!(piece(r#"{"choices":[],"error":null}"#).complaint.is_none());
        assert!(piece(r#"{"object":"error","message":"no","code":50001}"#).complaint.is_some());
    }

    #[test]
    fn usage_is_taken_when_it_says_something() {
        let usage = |json: &str| piece(json).usage.map(|usage| (usage.prompt_tokens, usage.completion_tokens));
        assert_eq!(usage(r#"{"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#), Some((3, 4)));
        assert_eq!(usage(r#"{"usage":{"prompt_tokens":3,"completion_tokens":99999999999}}"#), Some((3, u32::MAX)));
        let inside = r#"{"choices":[{"delta":{},"usage":{"prompt_tokens":3,"completion_tokens":4}}]}"#;
        assert_eq!(usage(inside), Some((3, 4)));
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
        assert_eq!(end("\"MAX_TOKENS\""), Some(End::Length));
        assert_eq!(end("\"SAFETY\""), Some(End::Filtered));
        for (reason, name) in [("stop", "stop"), ("max_tokens", "length"), ("sensitive", "content_filter")] {
            assert_eq!(end(&format!("\"{reason}\"")).and_then(End::finish_reason), Some(name));
        }
        assert_eq!((End::Cut.finish_reason(), End::TooLarge.finish_reason()), (None, Some("length")));
    }
}
