//! Texts within a bound. Lambda answers with 6 MB at most, and the answer is a JSON text inside a JSON text.

/// Marks what was cut off.
const CUT: &str = "…";

/// The bytes that a text takes in the answer, where its special characters are escaped twice.
pub(crate) fn bytes(text: &str) -> usize {
    text.chars().map(bytes_of).sum()
}

fn bytes_of(c: char) -> usize {
    match c {
        // `\\\"` and `\\\\`.
        '"' | '\\' => 4,
        // `\\n`.
        '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 3,
        // `\\u001f`.
        '\0'..='\u{1f}' => 7,
        _ => c.len_utf8(),
    }
}

/// The text, or as much of its beginning as takes `bytes_max` bytes in the answer, the mark included.
pub(crate) fn cut(mut text: String, bytes_max: usize) -> String {
    if bytes(&text) <= bytes_max {
        return text;
    }
    let mut room = bytes_max.saturating_sub(CUT.len());
    let end = text.char_indices().find_map(|(at, c)| match room.checked_sub(bytes_of(c)) {
        Some(left) => {
            room = left;
            None
        }
        None => Some(at),
    });
    text.truncate(end.unwrap_or(text.len()));
    text.push_str(CUT);
    text
}
