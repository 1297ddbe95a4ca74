//! The sums of a turn: what to set aside, how much may be said, what it cost.

use domain::limits::ANSWER_TOKENS_MIN;
use domain::{Credits, Ratio};
use upstream::{Message, Prompt, ResponseFormat, Usage, tokens};

/// Tokens that upstreams may count beside the messages, for templates and tools of their own.
const FOREIGN_TOKENS_MAX: u64 = 256;

/// The price of a turn before it is spoken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    ratio: Ratio,
    /// What the prompt alone probably counts.
    prompt: u64,
    /// What the prompt alone can count at most.
    prompt_max: u64,
    /// Room for earlier messages.
    history: u64,
    answer: u32,
}

/// What a reservation pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pays {
    /// So many tokens.
    Tokens(u64),
    /// Everything: a membership, or a price of nothing.
    Everything,
}

/// The counted tokens of a delivered turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) prompt: u64,
    pub(crate) completion: u64,
    /// Whether we counted, for want of sane numbers from the upstream.
    pub(crate) estimated: bool,
}

impl Budget {
    /// The price of `said`, which goes to the upstream whatever happens, with `schema`; `history` tokens of earlier
    /// messages, as far as they fit; and an answer of at most `answer` tokens.
    pub(crate) fn new(ratio: Ratio, said: &[Message], schema: Option<&str>, history: u64, answer: u32) -> Self {
        let schema = schema.unwrap_or_default();
        Self {
            ratio,
            prompt: u64::from(tokens::estimate_prompt(said)) + u64::from(tokens::estimate(schema)),
            prompt_max: u64::from(tokens::bound_prompt(said)) + u64::from(tokens::bound(schema)),
            history,
            answer,
        }
    }

    /// The most that the turn can cost: every byte of the prompt a token, history and answer as long as they may be.
    pub(crate) fn most(&self) -> Credits {
        self.ratio.cost(self.prompt_max + self.history + u64::from(self.answer))
    }

    /// The least that a balance must hold: the prompt as it probably counts, and a minimal answer.
    pub(crate) fn least(&self) -> Credits {
        self.ratio.cost(self.prompt + u64::from(ANSWER_TOKENS_MIN.min(self.answer)))
    }

    /// What `credits` pay for.
    pub(crate) fn pays(&self, credits: Credits) -> Pays {
        self.ratio.tokens(credits).map_or(Pays::Everything, Pays::Tokens)
    }

    /// The conversation that goes to the upstream, oldest first, and the most tokens of its answer: what is `said`, and
    /// before it as much as fits of `earlier`, which comes newest first. Of what a small balance leaves beside the prompt
    /// and a minimal answer, history may take half.
    pub(crate) fn fit(
        &self,
        said: Vec<Message>,
        earlier: impl Iterator<Item = Message>,
        pays: Pays,
    ) -> (Vec<Message>, u32) {
        let beside_prompt = match pays {
            Pays::Tokens(tokens) => tokens.saturating_sub(self.prompt),
            Pays::Everything => u64::MAX,
        };
        let mut room = self.history.min(beside_prompt.saturating_sub(ANSWER_TOKENS_MIN.into()) / 2);
        let mut used = 0;
        let mut messages = Vec::new();
        for message in earlier {
            let tokens = u64::from(tokens::MESSAGE_TOKENS) + u64::from(tokens::estimate(&message.content));
            let Some(left) = room.checked_sub(tokens) else { break };
            (room, used) = (left, used + tokens);
            messages.push(message);
        }
        messages.reverse();
        messages.extend(said);
        let answer = beside_prompt.saturating_sub(used).min(self.answer.into());
        (messages, u32::try_from(answer).unwrap_or(self.answer).max(1))
    }

    /// What the counted tokens cost, never more than was set aside.
    pub(crate) fn cost(&self, counted: Counted, reserved: Credits) -> Credits {
        self.ratio.cost(counted.prompt.saturating_add(counted.completion)).min(reserved)
    }
}

/// Takes the upstream's numbers when they can be true for what was sent and delivered, else counts.
pub(crate) fn count(claimed: Option<Usage>, sent: &Prompt, answer: &str) -> Counted {
    let schema = sent.response_format.as_ref().and_then(ResponseFormat::schema).unwrap_or_default();
    let prompt_max =
        u64::from(tokens::bound_prompt(&sent.messages)) + u64::from(tokens::bound(schema)) + FOREIGN_TOKENS_MAX;
    // Hidden reasoning counts as answer, within the tokens that were granted; an upstream that ignored the grant
    // delivered at least a byte for each token.
    let completion_max = u64::from(sent.max_tokens.max(tokens::bound(answer)));
    if let Some(usage) = claimed {
        let (prompt, completion) = (u64::from(usage.prompt_tokens), u64::from(usage.completion_tokens));
        if (1..=prompt_max).contains(&prompt) && (1..=completion_max).contains(&completion) {
            return Counted { prompt, completion, estimated: false };
        }
    }
    Counted {
        prompt: u64::from(tokens::estimate_prompt(&sent.messages)) + u64::from(tokens::estimate(schema)),
        completion: tokens::estimate(answer).max(1).into(),
        estimated: true,
    }
}

#[cfg(test)]
mod tests;
