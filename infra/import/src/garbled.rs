//! Texts whose bytes were once read in another character set than they were written in: `>` of `PowerShell` does it, and
//! a connection with a wrong `SET NAMES`. They are as valid as any text, and nobody can read them.

use encoding_rs::{Encoding, GBK, WINDOWS_1252};

/// Texts that are looked at, and how much of each.
const TEXTS_MAX: u64 = 2_000;
const CHARS_MAX: usize = 300;
/// Shorter ones prove nothing.
const CHARS_MIN: usize = 4;
/// Fewer prove nothing either.
const WRONG_MIN: u64 = 2;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Garbled {
    seen: u64,
    wrong: u64,
    first: String,
}

impl Garbled {
    pub(crate) fn look(&mut self, text: &str) {
        if self.seen >= TEXTS_MAX || text.is_ascii() {
            return;
        }
        let begin: String = text.chars().take(CHARS_MAX).collect();
        if begin.chars().filter(|c| !c.is_ascii()).count() < CHARS_MIN {
            return;
        }
        self.seen += 1;
        if is_garbled(&begin) {
            self.wrong += 1;
            if self.wrong == 1 {
                self.first = begin.chars().take(40).collect();
            }
        }
    }

    /// One of them, when so many are garbled that it is no chance.
    pub(crate) fn found(&self) -> Option<&str> {
        (self.wrong >= WRONG_MIN && self.wrong * 3 >= self.seen).then_some(self.first.as_str())
    }
}

fn is_garbled(text: &str) -> bool {
    let count = |is: fn(char) -> bool| text.chars().filter(|c| is(*c)).count();
    let others = count(|c| !c.is_ascii());
    // What a decoder puts in place of bytes that it cannot read; and what old code pages of DOS have for them.
    let lost = count(|c| c == '\u{fffd}');
    let drawn = count(|c| ('\u{2500}'..='\u{259f}').contains(&c));
    lost * 8 >= others
        || (drawn * 6 >= others && drawn >= 2)
        || [GBK, WINDOWS_1252].iter().any(|set| was_utf8(text, set))
}

/// Whether the bytes that this text has in another character set read as UTF-8.
fn was_utf8(text: &str, set: &'static Encoding) -> bool {
    let (bytes, _, has_others) = set.encode(text);
    if has_others {
        return false;
    }
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    right >= 2 && wrong * 2 <= right
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 6] = [
        "你好，请帮我写一首诗",
        "注册奖励",
        "对话(gpt-3.5-turbo)扣除积分",
        "签到奖励",
        "人工智能是什么？🐱",
        "联通联通",
    ];

    fn found(texts: impl IntoIterator<Item = String>) -> Option<String> {
        let mut garbled = Garbled::default();
        for text in texts {
            garbled.look(&text);
        }
        garbled.found().map(str::to_owned)
    }

    #[test]
    fn what_people_write_is_not_garbled() {
        assert_eq!(found(TEXTS.map(str::to_owned)), None);
        let others = [
            "こんにちは世界",
            "Übergröße für Ärzte, größer",
            "Déjà vu à l’été, où ça",
            "Привет, как дела",
            "안녕하세요 여러분",
        ];
        assert_eq!(found(others.map(str::to_owned)), None);
    }

    #[test]
    fn what_was_read_in_another_character_set_is() {
        for set in [GBK, WINDOWS_1252] {
            let garbled = TEXTS.map(|text| set.decode_without_bom_handling(text.as_bytes()).0.into_owned());
            assert!(found(garbled.clone()).is_some(), "{garbled:?}");
            // Some decoders put a question mark for what they cannot read.
            let garbled = garbled.map(|text| text.replace('\u{fffd}', "?"));
            assert!(found(garbled.clone()).is_some(), "{garbled:?}");
        }
        // 你好 and 世界, read as code page 437.
        assert!(found(["Σ╜áσÑ╜Σ╕û".to_owned(), "Σ╕ûτòîΣ╜á".to_owned()]).is_some());
    }
}
