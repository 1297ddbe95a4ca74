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
