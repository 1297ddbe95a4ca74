//! What people paste into a field that holds no blanks: an address, a code, a key, a number, a name. One cleaning for all
//! of them, before anything is judged, so that what is right stays right whatever came along with it.
//!
//! Passwords are not cleaned, because one may hold anything; nor are texts that people write, which hold blanks.

use std::borrow::Cow;

/// What nobody sees: the format characters (`Cf`) and all others that are `Default_Ignorable_Code_Point`, of Unicode 17.
/// Kept by hand, because the tables that know all properties would be in every function; a test compares the two.
const HIDDEN: [(char, char); 25] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// `text` without blanks and without what nobody sees, the full-width forms of ASCII as ASCII.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_blank(*c)).map(narrow).collect())
}

/// The names of a list, cleaned: behind commas and semicolons of either width, enumeration commas or line breaks. Empty
/// ones are none.
pub fn names(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.split(ends_name).map(clean).filter(|name| !name.is_empty())
}

fn ends_name(c: char) -> bool {
    matches!(c, ',' | '，' | '、' | ';' | '；' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character shows nothing: white space, or hidden.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_hidden(c)
}

/// Whether a character is none that people see, nor white space.
pub fn is_hidden(c: char) -> bool {
    // Below the first of them is nearly everything that is asked for.
    c >= '\u{ad}' && HIDDEN.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// A full-width form of ASCII as ASCII; their blocks run in parallel.
pub fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}
