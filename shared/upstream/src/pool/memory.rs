//! What one function instance has seen of the keys itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::Cause;
use crate::pool::state::STRIKES_MILLIS;
use crate::pool::{Candidate, Change, Place, State, Transition, order};

/// How long what this instance saw overrules the stored states, which are read every five seconds.
const OWN_MILLIS: i64 = 6_000;
const MINUTE_MILLIS: i64 = 60_000;
/// A site has a few dozen keys; beyond this, what is old is forgotten.
const KEYS_MAX: usize = 1024;

/// The memory of one function instance. It bridges the time until stored states are read again, counts requests, and
/// overlooks single failures of keys that just worked.
#[derive(Debug, Default)]
pub struct Memory(Mutex<HashMap<String, Seen>>);

/// What was seen of one key.
#[derive(Debug, Default)]
struct Seen {
    /// Its state as this instance knows it, and when it came to know it.
    state: State,
    learned_ms: i64,
    /// When it last answered.
    answered_ms: Option<i64>,
    /// A failure since then was overlooked.
    overlooked: bool,
    /// The minute in which it was last asked, and how often.
    minute: i64,
    asked: u32,
}

impl Memory {
    /// [`order`] by what the stored states and this instance know. The first key counts as asked.
    #[must_use]
    pub fn order(&self, candidates: Vec<Candidate>, model: &str, now_ms: i64, random: u64) -> Vec<Place> {
        let mut keys = self.keys();
        let mut candidates = candidates;
        for candidate in &mut candidates {
            let Some(seen) = keys.get(&candidate.key.id) else { continue };
            candidate.state = seen.overrule(&candidate.state, now_ms);
            if candidate.rpm.is_some_and(|rpm| seen.asked_in(now_ms) >= rpm) {
                let next_minute = (now_ms.div_euclid(MINUTE_MILLIS) + 1) * MINUTE_MILLIS;
                candidate.state.until_ms = candidate.state.until_ms.max(next_minute);
            }
        }
        let places = order(candidates, model, now_ms, random);
        if let Some(first) = places.first() {
            seen_of(&mut keys, &first.key.id, now_ms).count(now_ms);
        }
        places
    }

    /// Counts a request to a key that was not the first of its order.
    pub fn asked(&self, key_id: &str, now_ms: i64) {
        seen_of(&mut self.keys(), key_id, now_ms).count(now_ms);
    }

    /// Remembers the claim of a trial: also one that failed, for then another turn has claimed it.
    pub fn claimed(&self, key_id: &str, claim: &Change, now_ms: i64) {
        seen_of(&mut self.keys(), key_id, now_ms).learn(claim.state.clone(), now_ms);
    }

    /// [`State::after`] by what the stored state and this instance know, for each key that a turn asked. One failure
    /// of a key that answered within the last minute is overlooked: that happens to the best, and must not add up
    /// over all instances.
    #[must_use]
    pub fn learn(
        &self,
        key_id: &str,
        stored: &State,
        outcome: Result<(), Cause>,
        model: &str,
        now_ms: i64,
    ) -> Transition {
        let mut keys = self.keys();
        let seen = seen_of(&mut keys, key_id, now_ms);
        let known = seen.overrule(stored, now_ms);
        if outcome.is_ok() {
            (seen.answered_ms, seen.overlooked) = (Some(now_ms), false);
        } else if outcome.is_err_and(Cause::is_passing) && !known.is_half_open(now_ms) && seen.overlooks(now_ms) {
            return Transition::Unchanged;
        }
        let transition = known.after(outcome, model, now_ms);
        match &transition {
            Transition::Unchanged => {}
            Transition::Store(change) => seen.learn(change.state.clone(), now_ms),
            Transition::Stop { .. } => seen.learn(State { stopped: true, ..known }, now_ms),
            Transition::Clear { .. } => seen.learn(State::default(), now_ms),
        }
        transition
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.keys().len()
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seen_of<'a>(keys: &'a mut HashMap<String, Seen>, key_id: &str, now_ms: i64) -> &'a mut Seen {
    if keys.len() >= KEYS_MAX && !keys.contains_key(key_id) {
        keys.retain(|_, seen| (0..MINUTE_MILLIS).contains(&(now_ms - seen.learned_ms)));
        if keys.len() >= KEYS_MAX {
            keys.clear();
        }
    }
    keys.entry(key_id.to_owned()).or_default()
}

impl Seen {
    /// The newer of what is stored and what this instance knows.
    fn overrule(&self, stored: &State, now_ms: i64) -> State {
        let is_fresh = (0..OWN_MILLIS).contains(&now_ms.saturating_sub(self.learned_ms));
        let own = is_fresh && self.learned_ms.max(self.state.changed_ms) > stored.changed_ms;
        if own { self.state.clone() } else { stored.clone() }
    }

    fn learn(&mut self, state: State, now_ms: i64) {
        self.state = state;
        self.learned_ms = now_ms;
    }

    /// Whether this failure is overlooked; the next one is not.
    fn overlooks(&mut self, now_ms: i64) -> bool {
        let answers = |moment_ms| (0..STRIKES_MILLIS).contains(&now_ms.saturating_sub(moment_ms));
        self.answered_ms.is_some_and(answers) && !std::mem::replace(&mut self.overlooked, true)
    }

    fn asked_in(&self, now_ms: i64) -> u32 {
        if self.minute == now_ms.div_euclid(MINUTE_MILLIS) { self.asked } else { 0 }
    }

    fn count(&mut self, now_ms: i64) {
        self.asked = self.asked_in(now_ms).saturating_add(1);
        self.minute = now_ms.div_euclid(MINUTE_MILLIS);
    }
}
