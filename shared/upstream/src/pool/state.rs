//! What is known of one key's health, as it is stored and shared.

use serde::{Deserialize, Serialize};

use crate::failure::Cause;

/// Failures that make a wait, when they come within [`STRIKES_MILLIS`].
pub(super) const STRIKES_MAX: u8 = 3;
pub(super) const STRIKES_MILLIS: i64 = 60_000;
/// The first wait of a failing key; each failed trial doubles it, up to the longest.
const WAIT_MILLIS: i64 = 30_000;
const WAIT_MILLIS_MAX: i64 = 600_000;
/// Doublings that matter: 30 s, 60, 120, 240, 480, 600.
pub(super) const WAITS_MAX: u8 = 6;
/// The wait of a limited key that does not say how long, and the longest that is believed.
const LIMITED_SECONDS: u32 = 20;
const LIMITED_SECONDS_MAX: u32 = 3_600;
/// How much longer a limit must last than is known already, to be worth a write.
const LONGER_MILLIS: i64 = 10_000;
/// The longest wait there is. One beyond it comes from a wrong clock and does not count.
pub(super) const UNTIL_MILLIS_MAX: i64 = LIMITED_SECONDS_MAX as i64 * 1000;
/// How long nobody else tries a key that is on trial: longer than any turn waits for its first text.
const TRIAL_MILLIS: i64 = 90_000;
/// How long a model is not asked of a key that does not know it.
const ASIDE_MILLIS: i64 = 600_000;
pub(super) const MODELS_MAX: usize = 8;
pub(super) const MODEL_BYTES_MAX: usize = 128;

/// What is known of a key. The default is what is known of a key that never failed: nothing.
///
/// One small item per key. Stored states are changed only by a [`Change`], under the condition that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// When it was changed, in milliseconds since the Unix epoch; it grows with each change. 0: never.
    pub changed_ms: i64,
    /// Not asked before this moment, unless nothing healthy is left.
    pub until_ms: i64,
    /// Why it waits or has strikes, for the administrator; see [`Cause::sentence`].
    pub cause: String,
    /// Failures since [`State::struck_ms`] that made no wait yet.
    pub strikes: u8,
    /// When the first of these was.
    pub struck_ms: i64,
    /// How many waits followed one another without a success. Above 0 the key needs a trial once its wait is over.
    pub waits: u8,
    /// When a turn last claimed the trial.
    pub trial_ms: i64,
    /// It failed for good. A stored key is stopped by its own row; this tells the instance that saw it at once.
    pub stopped: bool,
    /// Models that it does not serve at present.
    pub models: Vec<Aside>,
}

/// A model that a key does not serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// Its name.
    pub model: String,
    /// Not asked of this key before this moment.
    pub until_ms: i64,
}

/// A change of a stored state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The state to store.
    pub state: State,
    /// The condition: [`State::changed_ms`] of what is stored; 0 when nothing is.
    pub from_ms: i64,
}

/// What to do with a key's state after a turn asked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Nothing.
    Unchanged,
    /// Store this. When the condition fails, somebody else has just learned something: leave it.
    Store(Change),
    /// Stop the key until an administrator has checked it, and tell him this sentence.
    Stop {
        /// Why.
        reason: String,
    },
    /// It works again: delete the state, if [`State::changed_ms`] is still this.
    Clear {
        /// The condition.
        from_ms: i64,
    },
}

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Healthy,
    Trial,
    /// Until this moment.
    Waiting(i64),
    Stopped,
}

impl State {
    /// What is known of a key that an administrator has just checked or changed: nothing, which overrules whatever
    /// instances remember of it.
    #[must_use]
    pub fn checked(now_ms: i64) -> Self {
        Self { changed_ms: now_ms, ..Self::default() }
    }

    /// Whether its wait is over and nobody is trying yet whether it works again.
    #[must_use]
    pub fn wants_trial(&self, now_ms: i64) -> bool {
        self.is_half_open(now_ms) && !is_ahead(self.trial_ends_ms(), now_ms, TRIAL_MILLIS)
    }

    /// The change that claims the trial.
    #[must_use]
    pub fn with_trial(&self, now_ms: i64) -> Change {
        self.change(Self { trial_ms: now_ms, ..self.still_true(now_ms) }, now_ms)
    }

    /// What follows from asking this key for `model`: `Ok` when it answered, also when it refused the request for its
    /// content.
    #[must_use]
    pub fn after(&self, outcome: Result<(), Cause>, model: &str, now_ms: i64) -> Transition {
        let Err(cause) = outcome else { return self.after_success(model, now_ms) };
        match cause {
            _ if self.stopped => Transition::Unchanged,
            _ if cause.is_final() => Transition::Stop { reason: cause.sentence().into_owned() },
            Cause::NotFound => self.set_aside(model, now_ms),
            Cause::RateLimited { retry_after_seconds } => self.limit(cause, retry_after_seconds, now_ms),
            _ => self.strike(cause, now_ms),
        }
    }

    pub(super) fn standing(&self, model: &str, now_ms: i64) -> Standing {
        let aside_ms = self.aside(model, now_ms).map(|aside| aside.until_ms);
        let until_ms = self.is_waiting(now_ms).then_some(self.until_ms);
        match until_ms.max(aside_ms) {
            _ if self.stopped => Standing::Stopped,
            Some(until_ms) => Standing::Waiting(until_ms),
            None if self.wants_trial(now_ms) => Standing::Trial,
            None if self.is_half_open(now_ms) => Standing::Waiting(self.trial_ends_ms()),
            None => Standing::Healthy,
        }
    }

    pub(super) fn is_half_open(&self, now_ms: i64) -> bool {
        self.waits > 0 && !self.is_waiting(now_ms)
    }

    fn is_waiting(&self, now_ms: i64) -> bool {
        is_ahead(self.until_ms, now_ms, UNTIL_MILLIS_MAX)
    }

    fn trial_ends_ms(&self) -> i64 {
        if self.trial_ms == 0 { 0 } else { self.trial_ms.saturating_add(TRIAL_MILLIS) }
    }

    fn aside(&self, model: &str, now_ms: i64) -> Option<&Aside> {
        self.models.iter().find(|aside| aside.model == model && aside.is_on(now_ms))
    }

    /// Success says something only about a key that waits for it. What answers during a wait was asked before it, or
    /// for want of a better one; the trial will tell.
    fn after_success(&self, model: &str, now_ms: i64) -> Transition {
        let recovers = self.is_half_open(now_ms);
        if self.stopped || !(recovers || self.aside(model, now_ms).is_some()) {
            return Transition::Unchanged;
        }
        let mut next = self.still_true(now_ms);
        next.models.retain(|aside| aside.model != model);
        if recovers {
            next = Self { models: next.models, ..Self::default() };
        }
        if next.says_nothing() {
            return Transition::Clear { from_ms: self.changed_ms };
        }
        Transition::Store(self.change(next, now_ms))
    }

    fn says_nothing(&self) -> bool {
        self.until_ms == 0 && self.strikes == 0 && self.waits == 0 && self.models.is_empty()
    }

    fn set_aside(&self, model: &str, now_ms: i64) -> Transition {
        if model.len() > MODEL_BYTES_MAX || self.aside(model, now_ms).is_some() {
            return Transition::Unchanged;
        }
        let mut next = self.still_true(now_ms);
        if next.models.len() >= MODELS_MAX {
            // In the order in which they were set aside, which is the order in which they end.
            next.models.remove(0);
        }
        next.models.push(Aside { model: model.to_owned(), until_ms: now_ms.saturating_add(ASIDE_MILLIS) });
        Transition::Store(self.change(next, now_ms))
    }

    fn limit(&self, cause: Cause, seconds: Option<u32>, now_ms: i64) -> Transition {
        let seconds = seconds.unwrap_or(LIMITED_SECONDS).clamp(1, LIMITED_SECONDS_MAX);
        let until_ms = now_ms.saturating_add(i64::from(seconds) * 1000);
        if self.is_waiting(now_ms) && until_ms <= self.until_ms.saturating_add(LONGER_MILLIS) {
            return Transition::Unchanged;
        }
        let cause = cause.sentence().into_owned();
        Transition::Store(self.change(Self { until_ms, cause, trial_ms: 0, ..self.still_true(now_ms) }, now_ms))
    }

    fn strike(&self, cause: Cause, now_ms: i64) -> Transition {
        // What fails during a wait is what the wait is for.
        if self.is_waiting(now_ms) {
            return Transition::Unchanged;
        }
        let known = self.still_true(now_ms);
        let strikes = known.strikes + 1;
        let mut next = Self { cause: cause.sentence().into_owned(), trial_ms: 0, ..known };
        if next.waits > 0 || strikes >= STRIKES_MAX {
            let wait = (WAIT_MILLIS << next.waits.min(WAITS_MAX)).min(WAIT_MILLIS_MAX);
            next.until_ms = now_ms.saturating_add(wait);
            next.waits = (next.waits + 1).min(WAITS_MAX);
            (next.strikes, next.struck_ms) = (0, 0);
        } else {
            next.struck_ms = if strikes == 1 { now_ms } else { next.struck_ms };
            next.strikes = strikes;
        }
        Transition::Store(self.change(next, now_ms))
    }

    /// Itself without what is over, and within every bound, whatever was stored.
    fn still_true(&self, now_ms: i64) -> Self {
        let mut state = self.clone();
        if !self.is_waiting(now_ms) {
            state.until_ms = 0;
        }
        // Either way: the clocks of two instances may differ a little.
        if self.strikes == 0 || now_ms.abs_diff(self.struck_ms) >= STRIKES_MILLIS.unsigned_abs() {
            (state.strikes, state.struck_ms) = (0, 0);
        }
        state.strikes = state.strikes.min(STRIKES_MAX - 1);
        state.waits = state.waits.min(WAITS_MAX);
        if self.trial_ms.saturating_sub(now_ms) > TRIAL_MILLIS {
            state.trial_ms = 0;
        }
        state.models.retain(|aside| aside.is_on(now_ms) && aside.model.len() <= MODEL_BYTES_MAX);
        state.models.truncate(MODELS_MAX);
        state
    }

    fn change(&self, next: Self, now_ms: i64) -> Change {
        let changed_ms = now_ms.max(self.changed_ms.saturating_add(1));
        Change { state: Self { changed_ms, ..next }, from_ms: self.changed_ms }
    }
}

impl Aside {
    fn is_on(&self, now_ms: i64) -> bool {
        is_ahead(self.until_ms, now_ms, ASIDE_MILLIS)
    }
}

/// Whether a moment is yet to come, and not further away than it can be.
fn is_ahead(moment_ms: i64, now_ms: i64, millis_max: i64) -> bool {
    (1..=millis_max).contains(&moment_ms.saturating_sub(now_ms))
}
