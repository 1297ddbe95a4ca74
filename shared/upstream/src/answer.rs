//! An answer that has begun: its text, then its end.

use crate::chunk::Event;
use crate::failure::Attempt;
use crate::reader::Reader;

/// An answer whose first text has come, so it stays with its key whatever happens.
#[derive(Debug)]
pub struct Answer {
    /// The first text, until it is handed out.
    pub(crate) first: Option<String>,
    pub(crate) reader: Reader,
    pub(crate) key_id: String,
    pub(crate) millis: u64,
    pub(crate) tried: Vec<Attempt>,
}

impl Answer {
    /// The next event. After [`Event::Finished`] it is the same finish for ever. The future may be dropped and asked
    /// anew without losing anything, so it can be raced against a timer.
    pub async fn next(&mut self) -> Event {
        match self.first.take() {
            Some(text) => Event::Delta(text),
            None => self.reader.next().await,
        }
    }

    /// Ends the answer so that its connection can serve the next turn. Takes a tenth of a second at most, and
    /// usually nothing: do it beside the settlement.
    pub async fn drain(self) {
        self.reader.drain().await;
    }

    /// The key that answers.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// How long it took from being asked to its first text.
    #[must_use]
    pub fn millis(&self) -> u64 {
        self.millis
    }

    /// The keys that failed before it, in the order they were tried.
    #[must_use]
    pub fn tried(&self) -> &[Attempt] {
        &self.tried
    }
}
