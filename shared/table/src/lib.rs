//! The single table, on one page.
//!
//! | entity | pk | sk | GSI `due` | who reads it, how |
//! |---|---|---|---|---|
//! | [`user`] | `user#<id>` | `user` | `due_pk` = `holds#<shard>`, `due_sk` = second of the next look, while it has or had reservations | every request: one GetItem; a chat's start: one UpdateItem |
//! | account marker ([`account`]) | `account#<e-mail>` | `account` | – | login: one GetItem |
//! | login code ([`code`]) | `account#<e-mail>` | `code` | – | login: one UpdateItem that counts the try |
//! | limit bucket ([`limit`]) | `limit#<kind>#<subject>` | `<window>` | – | `send_sms`, login: one UpdateItem that counts |
//! | ledger row ([`ledger`]) | `ledger#<user>` | ordinal, 12 digits | – | a page of a statement: one Query, `BETWEEN` ordinals |
//! | message ([`message`]) | `messages#<user>#<conversation>` | message id, 19 digits | – | history of a chat: one Query, newest first |
//! | setting ([`site`]) | `site` | `setting#<name>` | – | with the upstream keys: one Query, cached |
//! | upstream key ([`site`]) | `site` | `upstream#<id>` | – | as above |
//!
//! Rules: keys are built only in `keys.rs`, from typed parts; uniqueness and concurrency are conditions of the write;
//! no Scan anywhere; TTL (`ttl`, seconds) is lazy, so every read compares with `now`; every item carries its schema
//! version in `v`.
//!
//! The ledger's law: a user's `balance + held` is the sum of the user's ledger rows, at every commit. Whoever changes
//! that sum writes the row, takes the next ordinal (`rows`) and does what caused it in one transaction.

pub mod account;
pub(crate) mod administrators;
pub mod code;
mod failure;
pub(crate) mod grant;
pub mod holds;
mod keys;
pub mod ledger;
pub mod limit;
pub mod list;
pub mod message;
mod read;
pub mod settlement;
pub mod site;
pub mod user;
mod values;
mod write;

pub use failure::failure_cause;

use aws_sdk_dynamodb::Client;
use domain::Result;

/// The table and the client that reaches it.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table `name`, reached by `client`.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// One cheap read, so that a cold start opens the connection before the first request needs it.
    ///
    /// # Errors
    /// When the table cannot be reached.
    pub async fn warm_up(&self) -> Result<()> {
        let key = keys::Key::setting("warm-up").attributes();
        let read = self.client.get_item().table_name(&self.name).set_key(Some(key));
        read.send().await.map(|_| ()).map_err(failure::unexpected)
    }
}

#[cfg(test)]
mod tests;
