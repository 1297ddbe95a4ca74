//! What an import stops for until somebody says that it is meant: whatever would be lost that nobody would miss at once,
//! and everybody later. A price that is left out leaves another one in force; a channel that is left out takes no money.

use std::collections::{BTreeMap, BTreeSet};

/// Losses that are told one by one.
const LOSSES_MAX: usize = 200;
/// The words that stand for themselves.
const WORDS: [&str; 5] = ["end", "garbled", "user", "carmi", "order"];
/// What stands before the colon of the others.
const KINDS: [&str; 5] = ["missing", "config", "product", "payment", "token"];

/// Something that would be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The word that says that it is meant.
    pub word: String,
    /// What it is, in a sentence.
    pub what: String,
    /// How many rows.
    pub rows: u64,
}

/// All of them, by the word that says that they are meant.
#[derive(Debug, Default)]
pub(crate) struct Losses(BTreeMap<String, Loss>);

impl Losses {
    /// One more row. The first one of a word is the one that is told.
    pub(crate) fn add(&mut self, word: &str, what: impl FnOnce() -> String) {
        if let Some(loss) = self.0.get_mut(word) {
            loss.rows += 1;
            return;
        }
        if self.0.len() >= LOSSES_MAX {
            let table = word.split(':').next().unwrap_or_default().to_owned();
            let more = Loss { what: format!("further rows of `{table}`"), word: format!("{table}:…"), rows: 0 };
            self.0.entry(more.word.clone()).or_insert(more).rows += 1;
            return;
        }
        self.0.insert(word.to_owned(), Loss { word: word.to_owned(), what: what(), rows: 1 });
    }

    /// Those that nobody has said to be meant.
    pub(crate) fn but(&self, accepted: &BTreeSet<String>) -> Vec<Loss> {
        self.0.values().filter(|loss| !accepted.contains(&loss.word)).cloned().collect()
    }
}

/// Whether this is a word that is asked for.
pub(crate) fn is_word(word: &str) -> bool {
    WORDS.contains(&word) || word.split_once(':').is_some_and(|(kind, name)| KINDS.contains(&kind) && !name.is_empty())
}

/// All of them for a person, and what to do.
pub(crate) fn told(losses: &[Loss]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for Loss { what, rows, .. } in losses {
        let more = if *rows > 1 { format!(" (and {} more)", rows - 1) } else { String::new() };
        let _ = writeln!(text, "  {what}{more}");
    }
    let words: Vec<&str> = losses.iter().map(|loss| loss.word.as_str()).collect();
    format!(
        "{text}Mend it where the dump is made, or say that it is meant by giving the same command with\n  --accept {}\n",
        words.join(",")
    )
}
