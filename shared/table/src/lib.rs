//! The single table, on one page.
//!
//! | entity | pk | sk | indexes | who reads it, how |
//! |---|---|---|---|---|
//! | [`user`] | `user#<id>` | `user` | `due`: `holds#<shard>`, second of the next look, while it has or had reservations; `list`: `deleted-users`, once deleted | every request: one GetItem; a chat's start: one UpdateItem |
//! | account marker ([`account`]) | `accounts` | e-mail | `list`: `users` | login: one GetItem; search: one Query, `begins_with` |
//! | [`administrators`] | `administrators` | `administrators` | – | conditions alone: the last one stays |
//! | login code ([`code`]) | `code#<e-mail>` | `network#<network>` | – | login: one UpdateItem that counts the try, one Query of those that are good |
//! | mark of a mailbox that had its gift ([`account`]) | `gift#<keyed hash>` | `gift` | – | registration: a condition |
//! | limit bucket ([`limit`]) | `limit#<kind>#<subject>` | start of its longest window | – | one UpdateItem that counts |
//! | ledger row ([`ledger`]) | `ledger#<user>` | ordinal, 12 digits | `list`: `ledger`, until hidden | a page of a statement: one Query, `BETWEEN` ordinals |
//! | hidden rows ([`ledger`]) | `ledger#<user>` | `hidden` | – | a statement with hidden rows: one GetItem |
//! | sign-in ([`signin`]) | `signins#<user>` | day | `list`: `signins` | a month: one Query, `BETWEEN` days |
//! | redemption code ([`redemption`]) | `redemption#<keyed hash>` | `redemption` | `list`: `codes-unused`, `codes-used` or `codes-void` | redeeming: one GetItem |
//! | batch of codes ([`redemption`]) | `batch#<id>` | `batch` | `list`: `batches`; `due`: `batches`, second of its expiry, while unused codes are left | the administrator: one GetItem |
//! | message ([`message`]) | `messages#<user>#<conversation>` | message id, 19 digits | `list`: `messages`; `owner`: `messages#<user>`, once withdrawn `withdrawn#<user>`; `due`: `withdrawn-messages#<shard>`, second in which it was withdrawn | history of a chat: one Query, newest first |
//! | picture ([`image`]) | `images#<user>` | picture id, 19 digits | `list`: `images-private` or `images-public`; `owner`: `images#<user>` | one's own: one Query of `owner`, one read of many |
//! | picture put up ([`upload`]) | `uploads#<user>` | its id, 19 digits | `list`: `uploads`; `owner`: `uploads#<user>` | one's own: one Query of `owner`, one read of many |
//! | what of a person's is to be deleted ([`erasure`]) | `erasure#<user>` | `account` or `images` | `due`: `erasures`, second from which on | the janitor: one Query of `due`, one read of many |
//! | counts of lists ([`list`]) and meters | `tally` | shard | – | a page of a list: one Query |
//! | | `list#<name>` | `trunk#<n>`, `branch#<n>` | – | a page of a list: one Query, one GetItem |
//! | meters ([`meter`]), such as the [`stats`] of days | `meter#<group>` | what is measured, such as an upstream key's id or a day | – | the administrator: one Query, `BETWEEN` days, and that of `tally` |
//! | record of an administrator's write ([`audit`]) | `audit#<administrator>` | its id, 19 digits | `list`: `audit` | a page of one administrator's: one GetItem of the number, one Query |
//! | number of an administrator's records | `audit#<administrator>` | `count` | – | as above |
//! | [`books`] | `books` | `run`, `result` | – | the nightly check: one GetItem |
//! | [`import`] of another system's rows | `import` | `import` | – | the importer: one GetItem |
//! | setting ([`setting`]) | `site` | `setting#<name>` | – | with the upstream keys: one Query, cached ([`site`]) |
//! | upstream key ([`upstream_key`]) | `site` | `upstream#<id>` | – | as above |
//! | health of an upstream key ([`upstream_key`]) | `site` | `health#<id>` | – | as above |
//! | work left to the janitor ([`upstream_key`]) | `site` | `job#check-keys` | – | as above |
//! | [`product`], payment [`channel`] | `shop` | `product#<id>`, `channel#<id>` | – | a purchase, the administrator: one Query ([`shop`]) |
//! | [`order`] | `order#<id>` | `order` | `list`: `orders-await`, `orders-paid` or `orders-closed`; `owner`: `orders#<user>`; `due`: `unpaid-orders`, second of the next question to the provider | with its parts: one read of many |
//! | its parts ([`order`]) | `order#<id>` | `terms`, `offer`, `receipt`, `event#<id, 19 digits>` | – | events: one Query, `begins_with` |
//! | notice ([`notice`]) | `notices` | id | – | everybody and the administrator: one Query, for everybody cached |
//!
//! Indexes are sparse and hold keys only (`list` also the attribute `user`); their sort keys are numbers: `due` seconds,
//! `list` and `owner` the item's id.
//!
//! Rules: keys are built only in `keys.rs`, from typed parts; uniqueness and concurrency are conditions of the write;
//! no Scan anywhere; TTL (`ttl`, seconds) is lazy, so every read compares with `now`; every item carries its schema
//! version in `v`.
//!
//! The ledger's law: a user's `balance + held` is the sum of the user's ledger rows, at every commit. Whoever changes
//! that sum writes the row, takes the next ordinal (`rows`) and does what caused it in one transaction.
//!
//! The lists' law: a list's count is the number of its rows, at every commit. Whoever writes or deletes a row of a list
//! says so in the [`Tally`](list) of the same transaction.

pub mod account;
pub(crate) mod administrators;
pub mod admission;
pub mod api_key;
pub mod audit;
pub mod books;
pub mod channel;
pub mod code;
mod ends;
pub mod erasure;
mod failure;
pub(crate) mod grant;
pub mod holds;
pub mod image;
pub mod import;
mod keys;
pub mod ledger;
pub mod limit;
pub mod list;
pub mod message;
pub mod meter;
pub mod notice;
pub mod order;
mod owned;
pub mod people;
pub mod product;
mod read;
pub mod redemption;
pub mod setting;
pub mod settlement;
pub mod shop;
pub mod signin;
pub mod site;
mod small_set;
pub mod stats;
pub mod upload;
pub mod upstream_key;
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
