//! The local stack: the whole product in one process on the loopback address. `template.yaml` says what is served;
//! the functions are the very code that deploys, called through the Lambda runtime's own adapters; DynamoDB, S3,
//! SES, Secrets Manager and the upstream are stand-ins that speak the real wire formats.
//!
//! ```text
//! server ── pages     /, /_local/mailbox, /_local/upstream, /_local/aws
//!        └─ gateway   routes, limits, CORS and error answers of template.yaml
//!           └─ lambda  event → code → reply or stream, within Lambda's limits
//! ```

#![allow(clippy::indexing_slicing, reason = "each index was found or checked a few lines above it")]

pub mod args;
pub mod template;

mod access;
mod answers;
mod aws;
mod body;
mod code;
mod data;
mod error;
mod event;
mod gateway;
mod intake;
mod lambda;
mod pages;
mod reply;
mod rights;
mod routes;
mod seed;
mod server;
mod stack;
mod tables;
mod tasks;

pub use error::StackError;
pub use rights::Right;
pub use stack::{Options, Stack};
