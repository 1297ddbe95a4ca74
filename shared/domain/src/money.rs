//! Credits and what a chat costs.

use serde::{Deserialize, Serialize};

/// Credits (积分): whole, signed where a change is meant. Sums are checked: an overflow is an error, never a wrap.
pub type Credits = i64;

/// The price class of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Every model that is not gpt-4: free for members, priced by `ai3_ratio`.
    Gpt3,
    /// The gpt-4 models: free for super members only, priced by `ai4_ratio`.
    Gpt4,
}

impl Family {
    /// The class of a model by its name.
    pub fn of(model: &str) -> Self {
        if model.to_ascii_lowercase().contains("gpt-4") { Self::Gpt4 } else { Self::Gpt3 }
    }
}

/// Tokens per credit; 0 means free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio(pub u32);

impl Ratio {
    /// What `tokens` cost: every started ratio is one credit.
    pub fn cost(self, tokens: u64) -> Credits {
        match u64::from(self.0) {
            0 => 0,
            ratio => Credits::try_from(tokens.div_ceil(ratio)).unwrap_or(Credits::MAX),
        }
    }

    /// How many tokens `credits` pay for; `None` when they are free.
    pub fn tokens(self, credits: Credits) -> Option<u64> {
        (self.0 > 0).then(|| u64::try_from(credits).unwrap_or(0).saturating_mul(u64::from(self.0)))
    }
}

/// Money in fen, a hundredth of a yuan: whole and never below zero. No amount is ever a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Fen(i64);

impl Fen {
    /// Digits before the point, and behind it, that are read: more money than there is.
    const DIGITS_MAX: usize = 12;

    /// An amount; none below zero.
    pub const fn new(number: i64) -> Option<Self> {
        if number >= 0 { Some(Self(number)) } else { None }
    }

    /// The amount in fen.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// So many times as much; none beyond all bounds.
    pub fn times(self, quantity: i64) -> Option<Self> {
        self.0.checked_mul(quantity).and_then(Self::new)
    }

    /// Reads yuan as providers write them: digits, perhaps a point and decimals, of which those behind the second are
    /// zeros: `9.9`, `09.90` and `9.900` are one amount, and `9.901` is none. Nothing else is an amount: no sign, no
    /// exponent, no blank.
    pub fn of_yuan_text(text: &str) -> Option<Self> {
        let (yuan, decimals) = text.split_once('.').unwrap_or((text, "0"));
        if !Self::is_digits(yuan) || !Self::is_digits(decimals) {
            return None;
        }
        let (kept, rest) = decimals.split_at(decimals.len().min(2));
        let is_exact = rest.bytes().all(|digit| digit == b'0');
        if is_exact { Self::of_digits(&format!("{yuan}{kept:0<2}")) } else { None }
    }

    /// Reads fen as providers write them: digits and nothing else.
    pub fn of_text(text: &str) -> Option<Self> {
        if Self::is_digits(text) { Self::of_digits(text) } else { None }
    }

    fn of_digits(digits: &str) -> Option<Self> {
        Self::new(digits.parse().ok()?)
    }

    fn is_digits(text: &str) -> bool {
        (1..=Self::DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Yuan with two decimals: `12.30`.
    pub fn yuan_text(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl TryFrom<i64> for Fen {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("not an amount of money")
    }
}

impl From<Fen> for i64 {
    fn from(fen: Fen) -> Self {
        fen.number()
    }
}
