//! How many tokens a text is, guessed without a vocabulary.
//!
//! A vocabulary would add megabytes to the function and be right for one vendor only. The upstream's own count settles
//! the bill; these numbers decide how much history fits, how much is reserved, and what is charged when an upstream
//! does not count.

use crate::prompt::Message;

/// What each message costs beside its content: three tokens around it and one for the role
/// (<https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken>).
pub const MESSAGE_TOKENS: u32 = 4;
/// What the opening of the answer costs, once per prompt.
pub const REPLY_TOKENS: u32 = 3;

/// The guess is summed in fortieths of a token, so that it stays in whole numbers.
const TOKEN: u64 = 40;

/// About how many tokens `text` is for a GPT-like byte-pair encoding, more often too many than too few: four ASCII letters
/// to a token, two digits, somewhat less than one token per mark of punctuation, 1.1 per Chinese, Japanese or Korean
/// character, 0.6 per letter of other alphabets, 2.5 per emoji.
#[must_use]
pub fn estimate(text: &str) -> u32 {
    let total: u64 = text.chars().map(weight).sum();
    u32::try_from(total.div_ceil(TOKEN)).unwrap_or(u32::MAX)
}

/// As many tokens as `text` can be at most: byte-pair encodings start from bytes and only ever merge.
#[must_use]
pub fn bound(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// [`estimate`] of a whole prompt.
#[must_use]
pub fn estimate_prompt(messages: &[Message]) -> u32 {
    sum_prompt(messages, estimate)
}

/// [`bound`] of a whole prompt.
#[must_use]
pub fn bound_prompt(messages: &[Message]) -> u32 {
    sum_prompt(messages, bound)
}

fn sum_prompt(messages: &[Message], count: fn(&str) -> u32) -> u32 {
    messages
        .iter()
        .fold(REPLY_TOKENS, |sum, message| sum.saturating_add(MESSAGE_TOKENS).saturating_add(count(&message.content)))
}

/// The share of one character, in fortieths of a token.
fn weight(character: char) -> u64 {
    match character {
        'a'..='z' | 'A'..='Z' => 10,
        ' ' => 5,
        '0'..='9' | '\n' | '\t' | '\r' => 20,
        '\0'..='\x7f' => 30,
        '\u{80}'..='\u{7ff}' => 24,
        '\u{800}'..='\u{ffff}' => 44,
        _ => 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::Role;
    use proptest::prelude::*;

    #[test]
    fn the_guess_is_near_real_counts() {
        // The second number is what the cl100k_base encoding says.
        for (text, real) in [
            ("The quick brown fox jumps over the lazy dog.", 10),
            ("tiktoken is great!", 6),
            ("Hello, world!", 4),
            ("1234567890", 4),
        ] {
            let guess = estimate(text);
            assert!((real * 3 / 4..=real * 2).contains(&guess), "{text}: {guess} for {real}");
        }
        assert_eq!(estimate("你好世界"), 5);
        assert_eq!(estimate(""), 0);
        assert_eq!(estimate("a"), 1);
    }

    #[test]
    fn a_prompt_counts_its_frame() {
        let message = Message { role: Role::User, content: "你好".to_owned() };
        assert_eq!(estimate_prompt(&[]), REPLY_TOKENS);
        assert_eq!(estimate_prompt(&[message.clone(), message.clone()]), REPLY_TOKENS + 2 * (MESSAGE_TOKENS + 3));
        assert_eq!(bound_prompt(&[message]), REPLY_TOKENS + MESSAGE_TOKENS + 6);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_guess_never_exceeds_the_bound_and_grows_with_the_text(text in "\\PC{0,60}", more in "\\PC{0,20}") {
            prop_assert!(estimate(&text) <= bound(&text));
            let longer = text.clone() + &more;
            prop_assert!(estimate(&text) <= estimate(&longer));
        }
    }
}
