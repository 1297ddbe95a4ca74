//! The site's settings: typed, each with a default, so that a new site works without any set-up.

mod domains;
mod known;
mod secret;
mod words;

pub use domains::Domains;
pub use known::{DEFINITIONS, Definition, Kind, html, html_rule};
pub use secret::Confidential;
pub use words::WordList;

use crate::limits::{
    CHALLENGE_CODES_MAX, CONTENT_LOG_DAYS_MAX, DRAW_PRICE_MAX, HISTORY_MESSAGES_MAX, INSTRUCTION_CHARS_MAX,
    SETTING_REWARD_MAX,
};
use crate::text::web_address;
use crate::{Account, Credits, Family, Ratio, model, paste};

/// What the functions go by. Unknown names and unreadable values leave the default in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Credits given once to a new account.
    pub register_reward: Credits,
    /// Credits given for the daily sign-in.
    pub signin_reward: Credits,
    /// Earlier messages of a conversation that go along with a prompt.
    pub history_message_count: u32,
    /// As `history_message_count`, for the models of the cheaper class, as later front ends name it.
    pub ai3_carry_count: Option<u32>,
    /// As `history_message_count`, for all other models, as later front ends name it.
    pub ai4_carry_count: Option<u32>,
    /// Tokens per credit for the models of the cheaper class; 0 is free.
    pub ai3_ratio: Ratio,
    /// Tokens per credit for all other models; 0 is free.
    pub ai4_ratio: Ratio,
    /// Credits for each picture.
    pub draw_price: Credits,
    /// Words that no prompt may hold.
    pub prohibited_words: WordList,
    /// Whether what models think before they answer is shown, and paid, as part of the answer.
    pub show_reasoning: bool,
    /// The model that judges what people send; empty when none does.
    pub moderation_model: String,
    /// The model that makes mind maps and prompts for pictures; empty for the first that there is.
    pub completion_model: String,
    /// What the model is told before what is to become a mind map.
    pub mapping_prompt: String,
    /// What the model is told before what is to become a prompt for pictures.
    pub draw_prompt: String,
    /// How many days administrators still see messages that their people deleted.
    pub content_log_days: u32,
    /// Whether questions and answers of programs are kept for administrators, for as long.
    pub api_content_log: bool,
    /// The address of the picture of people who have none; empty for the site's own.
    pub default_avatar: String,
    /// Whose accounts may register alone; all may while the list is empty.
    pub mail_domains_allow: Domains,
    /// Whose accounts may not register.
    pub mail_domains_deny: Domains,
    /// What tells people from programs when too many codes are asked for.
    pub challenge: Challenge,
}

/// A challenge, as far as it is no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The public key of the site.
    pub site_key: String,
    /// Whether there is a secret, which is sealed elsewhere.
    pub has_secret: bool,
    /// Who verifies tokens.
    pub verify_url: String,
    /// Codes an hour that strangers get without one.
    pub codes_hour: i64,
}

impl Challenge {
    /// Whether the site uses it.
    pub const fn is_on(&self) -> bool {
        !self.site_key.is_empty() && self.has_secret
    }

    fn apply(&mut self, name: &str, value: &str) {
        match name {
            "challenge_site_key" => value.trim().clone_into(&mut self.site_key),
            "challenge_secret" => self.has_secret = !value.is_empty(),
            "challenge_verify_url" => value.trim().clone_into(&mut self.verify_url),
            "challenge_codes_hour" => {
                let codes = value.trim().parse().ok().filter(|codes| (0..=CHALLENGE_CODES_MAX).contains(codes));
                self.codes_hour = codes.unwrap_or(self.codes_hour);
            }
            _ => {}
        }
    }
}

impl Default for Settings {
    /// A new site's: the defaults of [`DEFINITIONS`].
    fn default() -> Self {
        let mut settings = Self {
            register_reward: 0,
            signin_reward: 0,
            history_message_count: 0,
            ai3_carry_count: None,
            ai4_carry_count: None,
            ai3_ratio: Ratio::whole(0),
            ai4_ratio: Ratio::whole(0),
            draw_price: 0,
            prohibited_words: WordList::default(),
            show_reasoning: false,
            moderation_model: String::new(),
            completion_model: String::new(),
            mapping_prompt: String::new(),
            draw_prompt: String::new(),
            content_log_days: 0,
            api_content_log: false,
            default_avatar: String::new(),
            mail_domains_allow: Domains::default(),
            mail_domains_deny: Domains::default(),
            challenge: Challenge::default(),
        };
        for definition in &DEFINITIONS {
            settings.apply(definition.name, definition.default);
        }
        settings
    }
}

impl Settings {
    /// Takes over one stored setting.
    pub fn apply(&mut self, name: &str, value: &str) {
        let number = || value.trim().parse::<u32>().ok();
        let credits = |max| number().map(Credits::from).filter(|credits| *credits <= max);
        let reward = || credits(SETTING_REWARD_MAX);
        let count = || number().map(|count| count.min(HISTORY_MESSAGES_MAX));
        match name {
            "register_reward" => self.register_reward = reward().unwrap_or(self.register_reward),
            "signin_reward" => self.signin_reward = reward().unwrap_or(self.signin_reward),
            "history_message_count" => self.history_message_count = count().unwrap_or(self.history_message_count),
            "ai3_carry_count" => self.ai3_carry_count = count(),
            "ai4_carry_count" => self.ai4_carry_count = count(),
            "ai3_ratio" => self.ai3_ratio = Ratio::parse(value).unwrap_or(self.ai3_ratio),
            "ai4_ratio" => self.ai4_ratio = Ratio::parse(value).unwrap_or(self.ai4_ratio),
            "draw_price" => self.draw_price = credits(DRAW_PRICE_MAX).unwrap_or(self.draw_price),
            "show_reasoning" => self.show_reasoning = number() == Some(1),
            "mail_domains_allow" => self.mail_domains_allow = Domains::parse(value).unwrap_or_default(),
            "mail_domains_deny" => self.mail_domains_deny = Domains::parse(value).unwrap_or_default(),
            "content_log_days" => {
                let days = number().filter(|days| *days <= CONTENT_LOG_DAYS_MAX);
                self.content_log_days = days.unwrap_or(self.content_log_days);
            }
            "api_content_log" => self.api_content_log = number() == Some(1),
            "default_avatar" => self.default_avatar = web_address(value).unwrap_or_default(),
            "prohibited_words" => self.prohibited_words = WordList::new(value),
            "moderation_model" => take_model(&mut self.moderation_model, value),
            "completion_model" => take_model(&mut self.completion_model, value),
            "mapping_prompt" if is_instruction(value) => value.trim().clone_into(&mut self.mapping_prompt),
            "draw_prompt" if is_instruction(value) => value.trim().clone_into(&mut self.draw_prompt),
            _ if name.starts_with("challenge_") => self.challenge.apply(name, value),
            _ => {}
        }
    }

    /// Whether an account of this address may be made by who proves the address.
    pub fn admits(&self, account: &Account) -> bool {
        let is_allowed = self.mail_domains_allow.is_empty() || self.mail_domains_allow.hold(account);
        is_allowed && !self.mail_domains_deny.hold(account)
    }

    /// Goes on with the prohibited words of an earlier reading, and with what was made of them, when they are the same.
    pub fn keep_words_of(&mut self, earlier: &Self) {
        self.prohibited_words = std::mem::take(&mut self.prohibited_words).or_same(&earlier.prohibited_words);
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

    /// The prohibited words that `text` holds, however they are dressed up, in the administrator's spelling.
    pub fn prohibited_in(&self, text: &str) -> Vec<&str> {
        self.prohibited_words.found_in(text)
    }
}

/// Takes over the name of a model, or that there is none.
fn take_model(place: &mut String, value: &str) {
    let name = paste::clean(value);
    if name.is_empty() || model::is_name(&name) {
        *place = name.into_owned();
    }
}

fn is_instruction(value: &str) -> bool {
    value.chars().nth(INSTRUCTION_CHARS_MAX).is_none()
}
