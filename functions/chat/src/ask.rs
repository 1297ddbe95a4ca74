//! What a person asks in a conversation of theirs, read from the request body.

use domain::limits::{ANSWER_TOKENS_DEFAULT, ANSWER_TOKENS_MAX, HISTORY_TOKENS_MAX, PROMPT_BYTES_MAX};
use domain::{ConversationId, Error, Family, Result, Settings, model as models};
use table::message::Options;
use upstream::{Message, Prompt, Role};
use web::Fields;

use crate::budget::Budget;

/// Asked when the request names no model.
const MODEL_DEFAULT: &str = "gpt-3.5-turbo";

/// A question.
pub(crate) struct Ask {
    pub(crate) prompt: String,
    pub(crate) conversation: ConversationId,
    pub(crate) model: String,
    pub(crate) family: Family,
    pub(crate) max_tokens: u32,
    pub(crate) temperature: Option<f64>,
    pub(crate) presence_penalty: Option<f64>,
    pub(crate) frequency_penalty: Option<f64>,
}

impl Ask {
    /// Reads the body. Numbers out of range are brought into it, unreadable ones are left out: front ends send whatever
    /// their sliders say.
    pub(crate) fn parse(fields: &Fields) -> Result<Self> {
        let prompt = fields.verbatim("prompt").ok_or_else(Error::missing)?;
        if prompt.len() > PROMPT_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        let conversation = match fields.text("parentMessageId") {
            Some(text) => ConversationId::parse(&text).ok_or(Error::refused("会话ID不正确"))?,
            None => ConversationId::draw()?,
        };
        let options = fields.inner("options");
        let model = options.text("model").unwrap_or_else(|| MODEL_DEFAULT.to_owned());
        // It stands in the ledger, whatever a key serves.
        if !models::is_name(&model) {
            return Err(Error::NoModel);
        }
        let penalty = |name| options.number(name).map(|penalty| penalty.clamp(-2.0, 2.0));
        Ok(Self {
            prompt,
            conversation,
            family: Family::of(&model),
            model,
            max_tokens: answer_tokens(options.number("max_tokens")),
            temperature: options.number("temperature").map(|temperature| temperature.clamp(0.0, 2.0)),
            presence_penalty: penalty("presence_penalty"),
            frequency_penalty: penalty("frequency_penalty"),
        })
    }

    /// The question as a message.
    pub(crate) fn said(&self) -> Vec<Message> {
        vec![Message { role: Role::User, content: self.prompt.clone() }]
    }

    /// What it can cost.
    pub(crate) fn budget(&self, settings: &Settings) -> Budget {
        let history = if settings.carry_count(self.family) == 0 { 0 } else { HISTORY_TOKENS_MAX };
        Budget::new(settings.ratio(self.family), &self.said(), None, history, self.max_tokens)
    }

    /// What goes to the upstream.
    pub(crate) fn prompt(&self, messages: Vec<Message>, max_tokens: u32) -> Prompt {
        Prompt {
            model: self.model.clone(),
            messages,
            temperature: self.temperature,
            presence_penalty: self.presence_penalty,
            frequency_penalty: self.frequency_penalty,
            max_tokens,
            ..Prompt::default()
        }
    }

    /// What is kept with the messages of the turn.
    pub(crate) fn options(&self) -> Options {
        let usual = Options::default();
        Options {
            temperature: self.temperature.unwrap_or(usual.temperature),
            presence_penalty: self.presence_penalty.unwrap_or(usual.presence_penalty),
            frequency_penalty: self.frequency_penalty.unwrap_or(usual.frequency_penalty),
            max_tokens: self.max_tokens,
        }
    }

    /// Refuses a prompt that holds a prohibited word.
    pub(crate) fn check_words(&self, settings: &Settings) -> Result<()> {
        let found = settings.prohibited_in(&self.prompt);
        if found.is_empty() { Ok(()) } else { Err(Error::prohibited(&found)) }
    }
}

fn answer_tokens(wanted: Option<f64>) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=4096 first")]
    let clamp = |number: f64| number.clamp(1.0, f64::from(ANSWER_TOKENS_MAX)) as u32;
    wanted.filter(|number| *number >= 1.0).map_or(ANSWER_TOKENS_DEFAULT, clamp)
}
