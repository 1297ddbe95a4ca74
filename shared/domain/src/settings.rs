//! The site's settings: typed, each with a default, so that a new site works without any set-up.

use crate::limits::{HISTORY_MESSAGES_MAX, SETTING_REWARD_MAX};
use crate::{Credits, Family, Ratio};

/// What an administrator can set. Unknown names and unreadable values leave the default in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Credits given once to a new account.
    pub register_reward: Credits,
    /// Credits given for the daily sign-in.
    pub signin_reward: Credits,
    /// Earlier messages of a conversation that go along with a prompt.
    pub history_message_count: u32,
    /// As `history_message_count`, for models that are not gpt-4, as later front ends name it.
    pub ai3_carry_count: Option<u32>,
    /// As `history_message_count`, for gpt-4 models, as later front ends name it.
    pub ai4_carry_count: Option<u32>,
    /// Tokens per credit for models that are not gpt-4; 0 is free.
    pub ai3_ratio: Ratio,
    /// Tokens per credit for gpt-4 models; 0 is free.
    pub ai4_ratio: Ratio,
    /// Words that no prompt may hold.
    pub prohibited_words: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            register_reward: 10,
            signin_reward: 3,
            history_message_count: 10,
            ai3_carry_count: None,
            ai4_carry_count: None,
            ai3_ratio: Ratio(100),
            ai4_ratio: Ratio(10),
            prohibited_words: Vec::new(),
        }
    }
}

impl Settings {
    /// Takes over one stored setting.
    pub fn apply(&mut self, name: &str, value: &str) {
        let number = || value.trim().parse::<u32>().ok();
        let reward = || number().map(Credits::from).filter(|reward| *reward <= SETTING_REWARD_MAX);
        let count = || number().map(|count| count.min(HISTORY_MESSAGES_MAX));
        match name {
            "register_reward" => self.register_reward = reward().unwrap_or(self.register_reward),
            "signin_reward" => self.signin_reward = reward().unwrap_or(self.signin_reward),
            "history_message_count" => self.history_message_count = count().unwrap_or(self.history_message_count),
            "ai3_carry_count" => self.ai3_carry_count = count(),
            "ai4_carry_count" => self.ai4_carry_count = count(),
            "ai3_ratio" => self.ai3_ratio = number().map_or(self.ai3_ratio, Ratio),
            "ai4_ratio" => self.ai4_ratio = number().map_or(self.ai4_ratio, Ratio),
            "prohibited_words" => self.prohibited_words = words(value),
            _ => {}
        }
    }

    /// The price of a family of models.
    pub const fn ratio(&self, family: Family) -> Ratio {
        match family {
            Family::Gpt3 => self.ai3_ratio,
            Family::Gpt4 => self.ai4_ratio,
        }
    }

    /// How many earlier messages go along with a prompt to a model of this family.
    pub fn carry_count(&self, family: Family) -> u32 {
        let own = match family {
            Family::Gpt3 => self.ai3_carry_count,
            Family::Gpt4 => self.ai4_carry_count,
        };
        own.unwrap_or(self.history_message_count)
    }

    /// The prohibited words that `text` holds, letter case aside.
    pub fn prohibited_in(&self, text: &str) -> Vec<&str> {
        if self.prohibited_words.is_empty() {
            return Vec::new();
        }
        let folded = text.to_lowercase();
        self.prohibited_words.iter().filter(|word| folded.contains(&word.to_lowercase())).map(String::as_str).collect()
    }
}

/// Words are separated by commas of either width, the enumeration comma, bars or line breaks.
fn words(value: &str) -> Vec<String> {
    value
        .split([',', '，', '、', '|', '\n'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
