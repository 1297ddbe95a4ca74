//! What the upstream says, cut into tokens and chunks.

use super::directives::Directives;

/// How many tokens of an ordinary answer travel in one chunk.
const TOKENS_PER_CHUNK: usize = 4;
/// How much of the prompt an answer quotes, in characters.
const QUOTE_CHARS_MAX: usize = 24;
/// The longest run of letters that counts as one token.
const TOKEN_CHARS_MAX: usize = 8;

/// The content of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// These chunks.
    Chunks(Vec<String>),
    /// The numbers up to this one, a chunk each, made when they are sent.
    Count(usize),
    /// One chunk of this many bytes, made while it is sent.
    Bytes(u64),
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) content: Content,
    pub(super) tokens: u64,
    /// Whether `tokens_max` ended it.
    pub(super) shortened: bool,
}

impl Reply {
    /// The answer that `directives` ask for, or else `ordinary`, at most `tokens_max` tokens long.
    pub(super) fn new(directives: &Directives, tokens_max: usize, ordinary: impl FnOnce() -> String) -> Self {
        if let Some(bytes) = directives.bytes {
            return Self { content: Content::Bytes(bytes), tokens: bytes / 4, shortened: false };
        }
        if let (None, Some(chunks)) = (&directives.text, directives.chunks) {
            let count = chunks.min(tokens_max);
            return Self { content: Content::Count(count), tokens: count as u64, shortened: count < chunks };
        }
        let text = directives.text.clone().unwrap_or_else(ordinary);
        let mut tokens = tokens(&text);
        let shortened = tokens.len() > tokens_max;
        tokens.truncate(tokens_max);
        let chunks = match directives.chunks {
            Some(chunks) => even(&tokens.concat(), chunks),
            None => tokens.chunks(TOKENS_PER_CHUNK).map(<[&str]>::concat).collect(),
        };
        Self { content: Content::Chunks(chunks), tokens: tokens.len() as u64, shortened }
    }

    /// How many chunks it has.
    pub(super) fn chunks(&self) -> usize {
        match &self.content {
            Content::Chunks(chunks) => chunks.len(),
            Content::Count(count) => *count,
            Content::Bytes(_) => 1,
        }
    }
}

impl Content {
    /// The text of the chunk at `index`; [`Content::Bytes`] has none of its own.
    pub(super) fn chunk(&self, index: usize) -> String {
        match self {
            Self::Chunks(chunks) => chunks.get(index).cloned().unwrap_or_default(),
            Self::Count(_) => format!("{} ", index + 1),
            Self::Bytes(_) => String::new(),
        }
    }
}

/// A short answer in the language of `prompt` that shows what arrived.
pub(super) fn ordinary(model: &str, prompt: &str, messages: usize) -> String {
    let mut quote: String = prompt.chars().take(QUOTE_CHARS_MAX).collect();
    if quote.len() < prompt.len() {
        quote.push('…');
    }
    if prompt.chars().any(wide) {
        return format!(
            "你好！我是本地的演示模型 {model}。你说的是“{quote}”。这次我一共收到了 {messages} 条消息作为上下文。"
        );
    }
    let noun = if messages == 1 { "message" } else { "messages" };
    format!("Hello! I am {model}, a local demonstration. You said \"{quote}\". I got {messages} {noun} of context.")
}

/// `text` in the pieces that count as tokens here: a wide character, a mark, or a run of letters with the space
/// before it. Near enough to a real tokenizer to make usage numbers plausible.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut run = 0;
    let mut last = ' ';
    for (at, char) in text.char_indices() {
        let joins = char.is_alphanumeric() && !wide(char) && (last.is_whitespace() || last.is_alphanumeric());
        if at > start && (!joins || wide(last) || run == TOKEN_CHARS_MAX) {
            tokens.push(&text[start..at]);
            start = at;
            run = 0;
        }
        run += 1;
        last = char;
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

/// `text` in at most `parts` parts of about the same number of characters, none of them empty.
fn even(text: &str, parts: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let parts = parts.min(chars.len());
    (0..parts)
        .map(|part| chars[chars.len() * part / parts..chars.len() * (part + 1) / parts].iter().collect())
        .collect()
}

/// Whether `char` belongs to a script that is written without spaces.
fn wide(char: char) -> bool {
    char >= '\u{2e80}'
}
