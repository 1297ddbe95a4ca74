//! Words that no prompt may hold: found whatever their letter case and however they are dressed up.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use aho_corasick::Input;
use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::NFA;
use icu_normalizer::ComposingNormalizerBorrowed;

use crate::limits::{WORDS_MAX, WORDS_NAMED_MAX};
use crate::paste::{is_blank, is_hidden};

/// A list of words. Clones share one automaton, which is built when the first text is looked at.
#[derive(Clone, Default)]
pub struct WordList(Arc<Shared>);

#[derive(Default)]
struct Shared {
    text: String,
    words: OnceLock<Words>,
}

/// The words of a list, each once.
struct Words {
    /// As the administrator spells them.
    spelled: Vec<String>,
    folded: Vec<String>,
    /// None for an empty list, or one that is too large for an automaton.
    automaton: Option<NFA>,
}

impl WordList {
    /// Reads a list. Words are separated by commas of either width, the enumeration comma, bars or line breaks.
    pub fn new(text: &str) -> Self {
        Self(Arc::new(Shared { text: text.to_owned(), words: OnceLock::new() }))
    }

    /// The same list; it is `earlier` itself, with the automaton that it may have, when the two say the same.
    #[must_use]
    pub fn or_same(self, earlier: &Self) -> Self {
        if self == *earlier { earlier.clone() } else { self }
    }

    /// The words that `text` holds, spelled and ordered as in the list; of very many only some, as the one that asks has
    /// to be told no more.
    pub fn found_in(&self, text: &str) -> Vec<&str> {
        let words = self.0.words.get_or_init(|| Words::of(&self.0.text));
        let places = words.places_in(&folded(text));
        places.into_iter().filter_map(|place| words.spelled.get(place).map(String::as_str)).collect()
    }
}

impl Words {
    fn of(text: &str) -> Self {
        let mut seen = HashSet::new();
        let words = split(text).take(WORDS_MAX).map(|word| (word.to_owned(), folded(word)));
        let words = words.filter(|(_, folded)| !folded.is_empty() && seen.insert(folded.clone()));
        let (spelled, folded): (Vec<String>, Vec<String>) = words.unzip();
        let automaton = if folded.is_empty() { None } else { NFA::new(&folded).ok() };
        Self { spelled, folded, automaton }
    }

    /// The places in the list of words that the folded text holds.
    fn places_in(&self, text: &str) -> BTreeSet<usize> {
        let matches = self.automaton.as_ref().map(|automaton| automaton.try_find_overlapping_iter(Input::new(text)));
        let Some(Ok(matches)) = matches else {
            let held = self.folded.iter().enumerate().filter(|(_, word)| text.contains(word.as_str()));
            return held.map(|(place, _)| place).take(WORDS_NAMED_MAX).collect();
        };
        let mut places = BTreeSet::new();
        for found in matches {
            places.insert(found.pattern().as_usize());
            // Words inside words can match as often as the text is long, each time.
            if places.len() == WORDS_NAMED_MAX {
                break;
            }
        }
        places
    }
}

/// The words of a list as they are spelled; empty ones are none.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '，', '、', '|', '\n', '\r'])
        .map(|word| word.trim_matches(is_blank))
        .filter(|word| !word.is_empty())
}

/// `text` as it is read: in small letters of the usual form (NFKC), without what nobody sees between them.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.chars().filter(|c| is_read(*c)).map(|c| c.to_ascii_lowercase()).collect();
    }
    let usual = ComposingNormalizerBorrowed::new_nfkc();
    // The last letter of a Greek word is small in another form.
    let one_sigma = |c: char| if c == 'ς' { 'σ' } else { c };
    let read = usual.normalize_iter(text.chars().filter(|c| is_read(*c)).map(plain));
    // Small letters can be composed where capitals cannot.
    usual.normalize_iter(read.flat_map(char::to_lowercase).map(one_sigma)).collect()
}

/// Whether a character counts: one that is seen, or white space. Control characters are neither.
fn is_read(c: char) -> bool {
    !is_hidden(c) && (!c.is_control() || c.is_whitespace())
}

/// Letters in white on black, and those that flags are written in, which Unicode does not call forms of letters.
fn plain(c: char) -> char {
    let first = match c {
        '🅐'..='🅩' => '🅐',
        '🅰'..='🆉' => '🅰',
        '🇦'..='🇿' => '🇦',
        _ => return c,
    };
    char::from_u32(u32::from(c) - u32::from(first) + u32::from('a')).unwrap_or(c)
}

impl PartialEq for WordList {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.text == other.0.text
    }
}

impl Eq for WordList {}

impl fmt::Debug for WordList {
    /// Its length alone: it can have thousands of words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordList").field("bytes", &self.0.text.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_separated_by_any_of_the_marks_that_people_use() {
        let list = WordList::new(" Foo，坏词,,b c、|x\r\n\n y　,foo ,ＦＯＯ");
        assert_eq!(list.found_in("X marks a B C, 坏 词"), ["b c", "x"]);
        assert_eq!(list.found_in("fOO坏词y"), ["Foo", "坏词", "y"]);
        assert!(list.found_in("all good").is_empty() && list.found_in("").is_empty());
        assert!(WordList::default().found_in("anything").is_empty());
        assert!(WordList::new(",， 、|\n").found_in("a,b").is_empty());
    }

    #[test]
    fn case_and_width_are_folded_on_both_sides() {
        for (word, text) in [
            ("abc1", "xＡＢｃ１x"),
            ("ＡＢｃ１", "xabC1x"),
            ("a b", "Ａ　Ｂ"),
            ("ΟΔΟΣ", "οδος"),
            ("οδοσ", "ΟΔΟΣ."),
            ("straße", "STRAẞE"),
            ("！", "!"),
        ] {
            assert_eq!(WordList::new(word).found_in(text), [word], "{word} in {text}");
        }
        assert!(WordList::new("ss").found_in("ß").is_empty());
    }

    #[test]
    fn what_nobody_sees_does_not_hide_a_word() {
        let list = WordList::new("bad,坏词,a b");
        let hidden = (0..=u32::from(char::MAX)).filter_map(char::from_u32);
        for c in hidden.filter(|c| is_hidden(*c) || (c.is_control() && !c.is_whitespace())) {
            assert_eq!(list.found_in(&format!("so b{c}a{c}{c}d.")), ["bad"], "{c:?}");
            assert_eq!(list.found_in(&format!("很坏{c}词")), ["坏词"], "{c:?}");
        }
        assert_eq!(WordList::new("b\u{200b}ad\u{feff}, \u{200b},\0").found_in("bad"), ["b\u{200b}ad"]);
        assert!(WordList::new("\u{200b},\u{ad}\n\0").found_in("anything").is_empty(), "no word is in every text");
    }

    #[test]
    fn a_word_is_found_in_every_form_of_its_letters() {
        for text in [
            "ⓑⓐⓓ",
            "ⒷⒶⒹ",
            "𝐛𝐚𝐝",
            "𝔹𝔸𝔻",
            "𝓫𝓪𝓭",
            "𝖇𝖆𝖉",
            "𝙱𝙰𝙳",
            "ｂａｄ",
            "ᵇᵃᵈ",
            "🄱🄰🄳",
            "🅑🅐🅓",
            "🅱🅰🅳",
            "🇧🇦🇩",
            "BAD",
            "b\u{0}ad",
            "b\u{ad}a\u{2060}d",
            "b\u{fe0f}a\u{fe0f}d",
            "\u{202e}b\u{202c}ad",
        ] {
            assert_eq!(WordList::new("bad").found_in(text), ["bad"], "{text}");
            assert_eq!(WordList::new(text).found_in("so bad").len(), 1, "{text}");
        }
        for (word, text) in [
            ("café", "cafe\u{301}"),
            ("cafe\u{301}", "CAFÉ"),
            ("ǰ", "J\u{30c}"),
            ("ガス", "ｶﾞｽ"),
            ("株式会社", "㍿"),
            ("ﬁne", "FINE"),
            ("10", "⑩"),
            ("a b", "A\u{a0}B"),
            ("각", "\u{1100}\u{1161}\u{11a8}"),
        ] {
            assert_eq!(WordList::new(word).found_in(text), [word], "{word} in {text}");
        }
        assert!(WordList::new("bad").found_in("b a d, b\nad, b-ad").is_empty(), "what is seen between letters stays");
    }

    #[test]
    fn words_inside_words_are_all_found() {
        assert_eq!(WordList::new("she,he,hers,his").found_in("ushers"), ["she", "he", "hers"]);
    }

    #[test]
    fn the_worst_list_and_the_longest_prompt_take_no_time() {
        let many: Vec<String> = (1..=400).map(|length| "a".repeat(length)).collect();
        let list = WordList::new(&many.join(","));
        assert_eq!(list.found_in(&"a".repeat(crate::limits::PROMPT_BYTES_MAX)).len(), WORDS_NAMED_MAX);
        // The longest that one letter becomes, and marks that have to be put in order.
        for c in ["\u{fdfa}", "\u{301}", "🅱"] {
            assert!(list.found_in(&c.repeat(crate::limits::API_PROMPT_BYTES_MAX / c.len())).is_empty());
        }
        let wide: Vec<String> = (0..WORDS_MAX).map(|number| format!("w{number}")).collect();
        assert_eq!(WordList::new(&wide.join("\n")).found_in("say W9999!"), ["w9", "w99", "w999", "w9999"]);
    }

    #[test]
    fn an_equal_list_keeps_the_automaton() {
        let first = WordList::new("a");
        first.found_in("a");
        assert!(Arc::ptr_eq(&WordList::new("a").or_same(&first).0, &first.0));
        assert!(!Arc::ptr_eq(&WordList::new("b").or_same(&first).0, &first.0));
    }

    proptest! {
        #[test]
        fn a_list_finds_what_a_search_word_by_word_finds(
            words in proptest::collection::vec("[aAbＡｂσΣς坏词 ]{0,4}", 0..12),
            text in "[aAbＡｂσΣς坏词 ]{0,24}",
        ) {
            let list = WordList::new(&words.join("|"));
            let mut seen = HashSet::new();
            let words: Vec<&str> = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
            let expected: Vec<&str> = words.into_iter()
                .filter(|word| seen.insert(folded(word)))
                .filter(|word| folded(&text).contains(&folded(word)))
                .collect();
            prop_assert_eq!(list.found_in(&text), expected);
        }

        #[test]
        fn no_list_and_no_text_break_it(list in "\\PC{0,80}", text in "\\PC{0,80}") {
            let list = WordList::new(&list);
            prop_assert!(list.found_in(&text).len() <= WORDS_NAMED_MAX);
        }
    }
}
