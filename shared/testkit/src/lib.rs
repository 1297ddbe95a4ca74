//! What stands in for the world outside when the product runs on one machine: DynamoDB, SES, Secrets Manager and an
//! OpenAI-compatible upstream, all speaking their real wire formats, and an HTTP client that counts and breaks calls
//! on demand. Development only: no function that deploys depends on it.

// A fault that cannot happen unless the kit itself is broken should stop the test at once, with its place; and what
// an index or a lock guards here is made a few lines above it.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod dynamo;
mod secrets;
mod ses;
#[cfg(test)]
mod testing;
pub mod upstream;
mod wire;

pub use dynamo::Dynamo;
pub use secrets::Secrets;
pub use ses::{Mail, Mailbox, Refusal};
pub use wire::{Call, Fault, FaultKind, Planned, Service, Wire, round_trips};
