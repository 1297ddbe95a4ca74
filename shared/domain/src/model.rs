//! Names of models, and what they tell of their models.

use crate::limits::MODEL_BYTES_MAX;
use crate::paste;

/// What families of OpenAI's models for pictures are called.
const PICTURES: [&str; 3] = ["dall-e", "gpt-image", "chatgpt-image"];

/// Words in names of models that answer no chat: they turn texts into numbers, sounds or pictures and back, or judge them.
const OTHERS: [&str; 27] = [
    "embed",
    "bge-",
    "gte-",
    "m3e",
    "rerank",
    "moderation",
    "whisper",
    "tts",
    "transcri",
    "speech",
    "realtime",
    "dall-e",
    "gpt-image",
    "chatgpt-image",
    "stable-diffusion",
    "stable-image",
    "sdxl",
    "flux",
    "midjourney",
    "imagen",
    "cogview",
    "sora",
    "veo-",
    "kling",
    "suno",
    "davinci",
    "babbage",
];

/// What can be wrong with a list of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFault {
    /// It holds what is no name.
    Name,
    /// There are too many, or they are too long together.
    TooMany,
}

/// Whether this can be the name of a model: visible ASCII, and nothing that a page could take for a tag or the end of a
/// quoted text, because names stand in ledgers and lists.
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && !b"\"'`<>\\".contains(&byte);
    (1..=MODEL_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits)
}

/// The names that somebody typed or pasted, each once and in their order; see [`paste::names`].
///
/// # Errors
/// What is wrong with them.
pub fn list(text: &str, names_max: usize, bytes_max: usize) -> Result<Vec<String>, ListFault> {
    let (mut names, mut bytes): (Vec<String>, usize) = (Vec::new(), 0);
    for name in paste::names(text) {
        if !is_name(&name) {
            return Err(ListFault::Name);
        }
        if names.iter().any(|known| *known == name) {
            continue;
        }
        bytes += name.len();
        if names.len() == names_max || bytes > bytes_max {
            return Err(ListFault::TooMany);
        }
        names.push(name.into_owned());
    }
    Ok(names)
}

/// A name in small letters and without what resellers put before it: `openai/GPT-4o` is `gpt-4o`.
pub fn bare(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase()
}

/// Whether it is one of OpenAI's models for pictures.
pub fn is_openai_picture(name: &str) -> bool {
    let name = bare(name);
    PICTURES.iter().any(|family| name.contains(family))
}

/// Whether a model of this name probably answers in a chat: the lists of upstreams do not tell.
pub fn is_for_chats(name: &str) -> bool {
    let name = bare(name);
    !OTHERS.iter().any(|word| name.contains(word))
}

/// Whether the classic rule knows the price of this name, or of all names that begin so when a `*` stands behind it; every
/// other one is of the dearer class for want of knowledge alone.
pub fn has_classic_price(name: &str) -> bool {
    let name = bare(name);
    ["gpt-3.5", "gpt-35", "gpt-4"].iter().any(|known| name.starts_with(known))
}
