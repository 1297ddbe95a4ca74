//! Which key is asked first, and what is remembered of those that failed.
//!
//! ```text
//! stored states ─► Memory::order ─► Client::open ─► Memory::learn ─► Transition: what to store, stop or delete
//! ```
//! A key is in one of four standings. *Healthy*: drawn by weight. *Waiting*: limited, failing, or without this model
//! for a while; asked only when nothing healthy answers, for a poor chance is better than none. *On trial*: its wait
//! for failures is over, and one turn tries whether it works again. *Stopped*: never asked until an administrator has
//! checked it.
//!
//! States are shared between functions by whoever calls this; nothing here touches a table. They change when a key's
//! standing changes, never with each success, so that a busy key is not a busy item.

mod memory;
mod state;
#[cfg(test)]
mod tests;

pub use memory::Memory;
pub use state::{Aside, Change, State, Transition};

use crate::key::{Key, next_random};
use state::Standing;

/// A key that serves the model, as the pool sees it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The key.
    pub key: Key,
    /// Its share of the load among the healthy. With 0 it is a reserve: drawn when no other healthy key is left.
    pub weight: u32,
    /// The most requests a minute that one function instance sends it; a full key waits for the next minute.
    pub rpm: Option<u32>,
    /// What is known of it.
    pub state: State,
}

/// A key at its place in the order.
#[derive(Clone, Debug)]
pub struct Place {
    /// The key.
    pub key: Key,
    /// Only at the first place: asking this key is a trial, which is claimed by making this change. Whoever cannot
    /// make it, because another turn did, moves the key to the end.
    pub trial: Option<Change>,
}

/// The order in which keys are asked for `model`: the healthy in an order drawn by weight, then those that wait, the
/// shortest wait first; never those that are stopped. A key on trial takes part in the draw for the first place, and
/// waits when it is not drawn.
#[must_use]
pub fn order(candidates: Vec<Candidate>, model: &str, now_ms: i64, random: u64) -> Vec<Place> {
    let (mut ready, mut waiting) = (Vec::new(), Vec::new());
    for candidate in candidates {
        match candidate.state.standing(model, now_ms) {
            Standing::Healthy | Standing::Trial => ready.push(candidate),
            Standing::Waiting(until_ms) => waiting.push((until_ms, candidate.key)),
            Standing::Stopped => {}
        }
    }
    let mut places = Vec::new();
    for drawn in draw(ready, random) {
        if !drawn.state.wants_trial(now_ms) {
            places.push(Place { key: drawn.key, trial: None });
        } else if places.is_empty() {
            places.push(Place { trial: Some(drawn.state.with_trial(now_ms)), key: drawn.key });
        } else {
            waiting.push((now_ms, drawn.key));
        }
    }
    waiting.sort_by_key(|&(until_ms, _)| until_ms);
    places.extend(waiting.into_iter().map(|(_, key)| Place { key, trial: None }));
    places
}

/// Draws all of them, one after the other, each with the chance that its weight has among those left.
fn draw(mut left: Vec<Candidate>, random: u64) -> Vec<Candidate> {
    let mut drawn = Vec::with_capacity(left.len());
    let mut random = random;
    while !left.is_empty() {
        random = next_random(random);
        let total: u64 = left.iter().map(|candidate| u64::from(candidate.weight)).sum();
        let place = if total == 0 {
            usize::try_from(share(random, left.len() as u64)).unwrap_or(0)
        } else {
            let mut ticket = share(random, total);
            let holds = |candidate: &Candidate| {
                let weight = u64::from(candidate.weight);
                let is_ours = ticket < weight;
                ticket = ticket.saturating_sub(weight);
                is_ours
            };
            left.iter().position(holds).unwrap_or(0)
        };
        drawn.push(left.swap_remove(place));
    }
    drawn
}

/// A number below `range`, evenly.
fn share(random: u64, range: u64) -> u64 {
    u64::try_from((u128::from(random) * u128::from(range)) >> 64).unwrap_or(0)
}
