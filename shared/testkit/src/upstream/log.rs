//! What the upstream was asked, for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;

use crate::lock;

/// How many requests are kept.
const SEEN_MAX: usize = 256;
/// The longest body that is kept, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// A request that the upstream got.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its path.
    pub path: String,
    /// Its bearer token.
    pub bearer: Option<String>,
    /// Its body; null when it is not JSON or longer than 64 KiB.
    pub body: Value,
    /// When it came.
    pub when: Instant,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Log(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    seen: VecDeque<Seen>,
    count: u64,
}

impl Log {
    pub(super) fn note(&self, path: &str, bearer: Option<&str>, size: usize, body: Option<&Value>) {
        let body = body.filter(|_| size <= BODY_BYTES_MAX).cloned().unwrap_or_default();
        let seen = Seen { path: path.to_owned(), bearer: bearer.map(str::to_owned), body, when: Instant::now() };
        let mut state = lock(&self.0);
        state.count += 1;
        if state.seen.len() == SEEN_MAX {
            state.seen.pop_front();
        }
        state.seen.push_back(seen);
    }

    pub(super) fn newest(&self) -> Vec<Seen> {
        lock(&self.0).seen.iter().cloned().collect()
    }

    pub(super) fn count(&self) -> u64 {
        lock(&self.0).count
    }
}
