//! Whether a text may be sent, judged by a model: <https://platform.openai.com/docs/api-reference/moderations>.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::call::{Call, collect};
use crate::client::{Client, millis_since};
use crate::failure::{Attempt, Cause, Failure, Refused, Verdict};
use crate::key::Key;

/// How many keys are tried.
const TRIES_MAX: usize = 4;
/// Largest piece of a text. Longer ones are judged piece by piece, in one request: models read about 32 000 tokens and
/// judge short texts better, and nobody shall hide a sentence behind so much padding that none is judged.
const PIECE_BYTES: usize = 16 * 1024;
/// Longest answer. The result for one piece has less than 4 KiB.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// What a text was judged to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moderated {
    /// What it must not be and is; never empty when it was flagged, and empty when it was not.
    pub categories: Vec<Category>,
    /// The key that answered.
    pub key_id: String,
    /// How long it took to.
    pub millis: u64,
    /// The keys that failed before it.
    pub tried: Vec<Attempt>,
}

impl Moderated {
    /// Whether the text must not be sent.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        !self.categories.is_empty()
    }
}

/// What a text can be flagged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// `sexual`
    Sexual,
    /// `sexual/minors`
    SexualMinors,
    /// `hate`
    Hate,
    /// `hate/threatening`
    HateThreatening,
    /// `harassment`
    Harassment,
    /// `harassment/threatening`
    HarassmentThreatening,
    /// `self-harm`
    SelfHarm,
    /// `self-harm/intent`
    SelfHarmIntent,
    /// `self-harm/instructions`
    SelfHarmInstructions,
    /// `violence`
    Violence,
    /// `violence/graphic`
    ViolenceGraphic,
    /// `illicit`
    Illicit,
    /// `illicit/violent`
    IllicitViolent,
    /// One that was added since, or none at all.
    Other,
}

impl Category {
    /// Reads the name that OpenAI gives it.
    fn of(name: &str) -> Self {
        match name {
            "sexual" => Self::Sexual,
            "sexual/minors" => Self::SexualMinors,
            "hate" => Self::Hate,
            "hate/threatening" => Self::HateThreatening,
            "harassment" => Self::Harassment,
            "harassment/threatening" => Self::HarassmentThreatening,
            "self-harm" => Self::SelfHarm,
            "self-harm/intent" => Self::SelfHarmIntent,
            "self-harm/instructions" => Self::SelfHarmInstructions,
            "violence" => Self::Violence,
            "violence/graphic" => Self::ViolenceGraphic,
            "illicit" => Self::Illicit,
            "illicit/violent" => Self::IllicitViolent,
            _ => Self::Other,
        }
    }

    /// What the person reads.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sexual => "色情",
            Self::SexualMinors => "未成年人色情",
            Self::Hate => "仇恨",
            Self::HateThreatening => "仇恨威胁",
            Self::Harassment => "骚扰",
            Self::HarassmentThreatening => "骚扰威胁",
            Self::SelfHarm => "自残",
            Self::SelfHarmIntent => "自残意图",
            Self::SelfHarmInstructions => "自残指导",
            Self::Violence => "暴力",
            Self::ViolenceGraphic => "血腥暴力",
            Self::Illicit => "违法",
            Self::IllicitViolent => "暴力违法",
            Self::Other => "其他违规内容",
        }
    }
}

impl Client {
    /// Has the keys judge `text`, one after the other, until one answers or `until` has come. A key that has others
    /// behind it may take half of the time that is left.
    ///
    /// # Errors
    /// When there is no verdict: see [`Failure`].
    pub async fn moderate(&self, keys: &[Key], model: &str, text: &str, until: Instant) -> Result<Moderated, Failure> {
        let mut tried = Vec::new();
        let mut left = keys.iter().take(TRIES_MAX).peekable();
        while let Some(key) = left.next() {
            let asked = Instant::now();
            let share = until.saturating_duration_since(asked) / if left.peek().is_some() { 2 } else { 1 };
            let result = self.judge_text(key, model, text, asked + share).await;
            let (key_id, millis) = (key.id.clone(), millis_since(asked));
            match result {
                Ok(categories) => return Ok(Moderated { categories, key_id, millis, tried }),
                Err(Verdict::Next(cause)) => tried.push(Attempt { key_id, cause, millis }),
                Err(Verdict::Refuse(status, refusal)) => {
                    return Err(Failure::Refused { status, refusal, by: Refused { key_id, millis, tried } });
                }
            }
            if Instant::now() >= until {
                return Err(Failure::Deadline(tried));
            }
        }
        Err(if tried.is_empty() { Failure::NoKey } else { Failure::Exhausted(tried) })
    }

    async fn judge_text(&self, key: &Key, model: &str, text: &str, until: Instant) -> Result<Vec<Category>, Verdict> {
        let pieces = pieces(text);
        // Some servers take no list.
        let input = if let [piece] = pieces[..] { json!(piece) } else { json!(pieces) };
        let url = self.route(key, &["v1"], &["moderations"])?;
        let call = Call::post(url, &json!({"model": model, "input": input})).bearer(key)?;
        let answer = collect(self.exchange(&call, until).await?, ANSWER_BYTES_MAX, until).await?;
        Ok(read(&answer, pieces.len()).ok_or(Cause::Malformed)?)
    }
}

/// The text in pieces of at most [`PIECE_BYTES`]; at least one.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > PIECE_BYTES {
        let (piece, behind) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Judged>,
}

#[derive(Deserialize)]
struct Judged {
    flagged: bool,
    #[serde(default)]
    categories: BTreeMap<String, Value>,
}

/// What the answer flags in any piece, each once; `None` when it is no answer for all of them.
fn read(answer: &[u8], pieces: usize) -> Option<Vec<Category>> {
    let answer: Answer = serde_json::from_slice(answer).ok()?;
    if answer.results.len() < pieces {
        return None;
    }
    let mut found = BTreeSet::new();
    for judged in answer.results.iter().filter(|judged| judged.flagged) {
        // Categories that a model does not know are null.
        let named = judged.categories.iter().filter(|(_, is_it)| **is_it == true);
        found.extend(named.map(|(name, _)| Category::of(name)));
    }
    if found.is_empty() && answer.results.iter().any(|judged| judged.flagged) {
        found.insert(Category::Other);
    }
    Some(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_what_they_flag() {
        let read = |json: &str| read(json.as_bytes(), 1);
        for (json, categories) in [
            (r#"{"results":[{"flagged":false,"categories":{"violence":false}}]}"#, vec![]),
            // What is below the server's own threshold is not ours to refuse.
            (r#"{"results":[{"flagged":false,"categories":{"violence":true}}]}"#, vec![]),
            (r#"{"results":[{"flagged":true,"categories":{}}]}"#, vec![Category::Other]),
            (r#"{"results":[{"flagged":true}]}"#, vec![Category::Other]),
            (r#"{"results":[{"flagged":true,"categories":{"gambling":true}}]}"#, vec![Category::Other]),
            (
                r#"{"results":[{"flagged":true,"categories":{"violence":true,"sexual":true,"hate":false,"illicit":null}},
                    {"flagged":true,"categories":{"sexual":true,"self-harm/intent":true}}]}"#,
                vec![Category::Sexual, Category::SelfHarmIntent, Category::Violence],
            ),
        ] {
            assert_eq!(read(json), Some(categories), "{json}");
        }
        for json in ["", "[]", "{}", r#"{"results":[]}"#, r#"{"results":[{}]}"#, r#"{"results":[{"flagged":"no"}]}"#] {
            assert_eq!(read(json), None, "{json}");
        }
        assert_eq!(super::read(br#"{"results":[{"flagged":false}]}"#, 2), None, "one piece was not judged");
    }

    #[test]
    fn long_texts_fall_into_pieces_and_lose_nothing() {
        assert_eq!(pieces(""), [""]);
        for text in ["龙".repeat(PIECE_BYTES), "a".repeat(PIECE_BYTES), "a".repeat(PIECE_BYTES + 1)] {
            let pieces = pieces(&text);
            assert_eq!(pieces.concat(), text);
            assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= PIECE_BYTES));
        }
    }

    #[test]
    fn every_category_has_a_name_of_its_own() {
        let names = [
            "sexual",
            "sexual/minors",
            "hate",
            "hate/threatening",
            "harassment",
            "harassment/threatening",
            "self-harm",
            "self-harm/intent",
            "self-harm/instructions",
            "violence",
            "violence/graphic",
            "illicit",
            "illicit/violent",
            "anything else",
        ];
        let shown: BTreeSet<&str> = names.iter().map(|name| Category::of(name).name()).collect();
        assert_eq!(shown.len(), names.len());
    }
}
