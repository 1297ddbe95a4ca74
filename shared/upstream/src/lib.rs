//! The client side of OpenAI-compatible chat upstreams: which key is asked, what happens when it fails, how its
//! stream is read, and which addresses are never called.
//!
//! ```text
//! pool::Memory::order ─► Client::open ─► Answer::next ─► Event::Delta … Event::Finished ─► pool::Memory::learn
//!                            │
//!                            └─ the next key, as long as no text has come
//! ```
//! An upstream is not trusted: it is configured by an administrator, run by somebody else, and may be slow, broken or
//! hostile. So its address is checked ([`Endpoint`]), its lines, bytes and seconds are bounded ([`Limits`]), and
//! whatever it sends ends in exactly one [`Finish`].
//!
//! Pictures are drawn by [`draw`], and texts judged by [`Client::moderate`], with the same guards; [`Balance`] is what
//! providers say of a key's money.

mod answer;
mod billing;
mod call;
mod check;
mod chunk;
mod client;
mod complaint;
pub mod draw;
mod failure;
mod format;
mod key;
mod limits;
mod models;
mod moderation;
pub mod pool;
mod prompt;
mod reader;
mod retry;
mod route;
mod sse;
pub mod tokens;

pub use answer::Answer;
pub use billing::Balance;
pub use check::Days;
pub use chunk::{End, Event, Finish, Usage};
pub use client::Client;
pub use failure::{Attempt, Cause, Failure, Refusal};
pub use format::{JsonSchema, ResponseFormat, SCHEMA_BYTES_MAX};
pub use key::{Key, Secret, shuffle};
pub use limits::Limits;
pub use moderation::{Category, Moderated};
pub use outbound::{AddressError, BuildError, Endpoint, Loopback};
pub use prompt::{Message, Prompt, Role, STOPS_MAX};
