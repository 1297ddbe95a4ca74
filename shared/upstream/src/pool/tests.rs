//! The pool: orders, states and memories, by example and by random histories.

mod memories;
mod orders;
mod states;

use crate::failure::Cause;
use crate::key::{Key, Secret};
use crate::pool::{Candidate, State, Transition};

const SECOND: i64 = 1_000;
/// Some moment.
const NOW: i64 = 1_800_000_000_000;

fn candidate(id: &str, weight: u32, state: State) -> Candidate {
    let key = Key { id: id.to_owned(), host: "https://api.example.com".to_owned(), secret: Secret::new(String::new()) };
    Candidate { key, weight, rpm: None, state }
}

fn limited(seconds: u32) -> Cause {
    Cause::RateLimited { retry_after_seconds: Some(seconds) }
}

/// The state after this outcome for model `m`, as the table would have it.
fn next(state: &State, outcome: Result<(), Cause>, now_ms: i64) -> State {
    apply(state, &state.after(outcome, "m", now_ms), now_ms)
}

fn apply(state: &State, transition: &Transition, now_ms: i64) -> State {
    match transition {
        Transition::Unchanged => state.clone(),
        Transition::Store(change) => {
            assert_eq!(change.from_ms, state.changed_ms);
            assert!(change.state.changed_ms > state.changed_ms);
            change.state.clone()
        }
        Transition::Stop { .. } => State { stopped: true, changed_ms: now_ms, ..state.clone() },
        Transition::Clear { from_ms } => {
            assert_eq!(*from_ms, state.changed_ms);
            State::default()
        }
    }
}

/// The state after so many failures, a second apart, the last of them at [`NOW`].
fn failing(failures: i64) -> State {
    let at = |failure| NOW - (failures - failure) * SECOND;
    (1..=failures).fold(State::default(), |state, failure| next(&state, Err(Cause::Server(503)), at(failure)))
}
