//! Short texts that people write and others see: one line, nothing hidden in it, of bounded length.

use serde::{Deserialize, Serialize};

use crate::limits::{NICKNAME_CHARS_MAX, REMARK_CHARS_MAX, WEB_ADDRESS_BYTES_MAX};
use crate::paste;

/// One line of at most `CHARS_MAX` characters, as [`clean`] makes it; it may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line<const CHARS_MAX: usize>(String);

/// A shown name.
pub type Nickname = Line<NICKNAME_CHARS_MAX>;
/// A note of an administrator.
pub type Remark = Line<REMARK_CHARS_MAX>;

/// The address of a picture, or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Avatar(String);

/// `text` without blanks around it; `None` when it is longer than `chars_max` or holds what would break the line or
/// turn the direction of the text around it.
pub fn clean(text: &str, chars_max: usize) -> Option<String> {
    let text = text.trim();
    // Counting stops at the limit: the text may be as long as a whole body.
    let fits = text.chars().nth(chars_max).is_none();
    (fits && !text.contains(is_unfit)).then(|| text.to_owned())
}

/// An `http` or `https` address that is safe inside a quoted attribute, or empty.
pub fn web_address(text: &str) -> Option<String> {
    let text = pasted_address(text);
    if text.is_empty() {
        return Some(text);
    }
    let (scheme, rest) = text.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let has_host = rest.starts_with(|c: char| c.is_alphanumeric() || c == '[');
    let is_bad = |c: char| c.is_whitespace() || is_unfit(c) || "\"'`<>\\".contains(c);
    let fits = text.len() <= WEB_ADDRESS_BYTES_MAX;
    (is_web && has_host && fits && !text.contains(is_bad)).then_some(text)
}

/// A web address without what nobody sees, and without blanks around it; up to its path in ASCII of the usual width. In
/// a path full-width signs may belong to the name of a file, and a blank inside may stand for one: that is refused.
pub fn pasted_address(text: &str) -> String {
    let text = text.trim_matches(paste::is_blank);
    let mut slashes = 0;
    let plain = |c: char| {
        let narrow = paste::narrow(c);
        let is_path = slashes == 3;
        slashes += u8::from(narrow == '/' && !is_path);
        if is_path { c } else { narrow }
    };
    text.chars().filter(|c| !paste::is_hidden(*c)).map(plain).collect()
}

/// Control characters, line and paragraph separators, and what opens or closes a run of the other direction.
fn is_unfit(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl<const CHARS_MAX: usize> Line<CHARS_MAX> {
    /// Reads what a client sent.
    pub fn parse(text: &str) -> Option<Self> {
        clean(text, CHARS_MAX).map(Self)
    }

    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const CHARS_MAX: usize> TryFrom<String> for Line<CHARS_MAX> {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a plain line")
    }
}

impl<const CHARS_MAX: usize> From<Line<CHARS_MAX>> for String {
    fn from(line: Line<CHARS_MAX>) -> Self {
        line.0
    }
}

impl Avatar {
    /// Reads what a client sent.
    pub fn parse(text: &str) -> Option<Self> {
        web_address(text).map(Self)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Avatar {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a web address")
    }
}

impl From<Avatar> for String {
    fn from(avatar: Avatar) -> Self {
        avatar.0
    }
}
