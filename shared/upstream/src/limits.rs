//! The bounds of one chat turn with an upstream.

use std::time::Duration;

/// Everything that bounds one answer, and what belongs to it. The times that start anew per key stop a slow key early
/// enough for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many keys are tried.
    pub tries_max: usize,
    /// From the request until the first byte of one key's body, connecting included.
    pub first_byte_millis: u64,
    /// From the start until some key has begun to answer; none is tried after it.
    pub opening_millis: u64,
    /// Between two packets of a body that has begun.
    pub silence_millis: u64,
    /// From the reason to finish until the usage and the end of the body, which some upstreams never send.
    pub trailer_millis: u64,
    /// From the start until the end of the answer.
    pub answer_millis: u64,
    /// Text handed on, in UTF-8 bytes.
    pub answer_bytes_max: usize,
    /// Bytes read of one body, whatever they mean.
    pub body_bytes_max: u64,
    /// Whether what the model thinks before it answers is handed on too, as text, a blank line before the answer.
    pub relays_reasoning: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tries_max: 6,
            first_byte_millis: 20_000,
            opening_millis: 60_000,
            silence_millis: 45_000,
            trailer_millis: 3_000,
            answer_millis: 300_000,
            answer_bytes_max: 512 * 1024,
            body_bytes_max: 64 * 1024 * 1024,
            relays_reasoning: false,
        }
    }
}

/// How long, and for how much, the end of a body is waited for once the answer has ended.
pub(crate) const DRAIN: Duration = Duration::from_millis(100);
pub(crate) const DRAIN_BYTES_MAX: usize = 16 * 1024;
/// How long the body of an error answer is waited for: it only refines what the status says.
pub(crate) const ERROR_BODY: Duration = Duration::from_secs(2);
/// How much of the body of an error answer is read.
pub(crate) const ERROR_BYTES_MAX: usize = 16 * 1024;
/// One line, and one event of several lines. A delta is a few dozen bytes; the longest honest lines are whole answers.
pub(crate) const LINE_BYTES_MAX: usize = 256 * 1024;
/// Lines without meaning that are skipped before the rest of the stream is given up.
pub(crate) const GARBAGE_LINES_MAX: u32 = 16;
