//! Credits and what a chat costs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{RATIO_DECIMALS_MAX, RATIO_MAX};
use crate::model;

/// Credits (积分): whole, signed where a change is meant. Sums are checked: an overflow is an error, never a wrap.
pub type Credits = i64;

/// The price class of a model, for which one rule holds where no price is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The gpt-3.5 models: free for members, priced by `ai3_ratio`.
    Gpt3,
    /// Every other model, because an unknown one may be dear: free for super members only, priced by `ai4_ratio`.
    Gpt4,
}

impl Family {
    /// The class of a model by its name, whatever its letter case and a reseller's prefix.
    pub fn of(model: &str) -> Self {
        let model = model::bare(model);
        if ["gpt-3.5", "gpt-35"].iter().any(|cheap| model.starts_with(cheap)) { Self::Gpt3 } else { Self::Gpt4 }
    }
}

/// Tokens per credit, exact to the millionth; 0 means free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio {
    millionths: u64,
}

impl Ratio {
    const ONE: u64 = 1_000_000;

    /// So many whole tokens.
    pub const fn whole(tokens: u32) -> Self {
        Self { millionths: tokens as u64 * Self::ONE }
    }

    /// Reads digits, perhaps with a point and up to six decimals, within the limits: `100`, `0.1`.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let decimals = decimals.trim_end_matches('0');
        if !is_digits(whole) || !(decimals.is_empty() || is_digits(decimals)) || decimals.len() > RATIO_DECIMALS_MAX {
            return None;
        }
        let whole: u64 = whole.parse().ok().filter(|whole| *whole <= RATIO_MAX)?;
        let decimals: u64 = format!("{decimals:0<RATIO_DECIMALS_MAX$}").parse().ok()?;
        let millionths = whole * Self::ONE + decimals;
        (millionths <= RATIO_MAX * Self::ONE).then_some(Self { millionths })
    }

    /// What `tokens` cost: every started ratio is one credit.
    pub fn cost(self, tokens: u64) -> Credits {
        match u128::from(self.millionths) {
            0 => 0,
            ratio => (u128::from(tokens) * u128::from(Self::ONE)).div_ceil(ratio).try_into().unwrap_or(Credits::MAX),
        }
    }

    /// How many tokens `credits` pay for; `None` when they are free.
    pub fn tokens(self, credits: Credits) -> Option<u64> {
        let paid = u128::try_from(credits).unwrap_or(0) * u128::from(self.millionths) / u128::from(Self::ONE);
        (self.millionths > 0).then(|| paid.try_into().unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Ratio {
    /// With as many decimals as it needs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.millionths / Self::ONE, self.millionths % Self::ONE);
        if decimals == 0 {
            return whole.fmt(f);
        }
        let decimals = format!("{decimals:0>RATIO_DECIMALS_MAX$}");
        write!(f, "{whole}.{}", decimals.trim_end_matches('0'))
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
