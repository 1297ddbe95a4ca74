//! What stands in for the world outside when the product runs on one machine: DynamoDB, S3, SES, Secrets Manager, an
//! OpenAI-compatible upstream, four payment providers and a verifier of challenges, all speaking their real wire formats, and an HTTP client that
//! counts and breaks calls on demand. Development only: no function that deploys depends on it.

// What is indexed here is made a few lines above it, or is JSON, whose index never fails.
#![allow(clippy::indexing_slicing)]

pub mod challenge;
mod dynamo;
mod link;
mod objects;
pub mod payments;
mod secrets;
mod ses;
#[cfg(test)]
mod testing;
pub mod upstream;
mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use dynamo::Dynamo;
pub use objects::{Address, Bucket, Object, Objects};
pub use secrets::Secrets;
pub use ses::{Mail, Mailbox, Refusal};
pub use wire::{Call, Fault, FaultKind, Planned, Service, Wire, round_trips};

/// Locks `mutex`, also when a test that failed has poisoned it: nothing here leaves its data half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
