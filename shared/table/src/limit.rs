//! Rate limits: counters per subject and fixed window, each raised by one conditional write.

use std::borrow::Cow;

use domain::{Account, Error, Network, Result};

use crate::Table;
use crate::failure::condition_of_update;
use crate::keys::Key;
use crate::values::n;
use crate::write::VERSION;

/// What is counted, for whom.
#[derive(Clone, Copy, Debug)]
pub enum Bucket<'a> {
    /// Codes sent to the mailbox of an account.
    CodesToMailbox(&'a Account),
    /// Codes asked for from a network.
    CodesFromNetwork(&'a Network),
    /// Codes sent by the whole site: bounds the mail bill.
    CodesOfSite,
    /// Password tries for an account.
    PasswordsOfAccount(&'a Account),
    /// Password and code tries from a network.
    LoginsFromNetwork(&'a Network),
}

/// At most `count` in `seconds`.
#[derive(Clone, Copy, Debug)]
struct Rate {
    count: i64,
    seconds: i64,
}

impl Bucket<'_> {
    const fn rate(&self) -> Rate {
        match self {
            Self::CodesToMailbox(_) => Rate { count: 5, seconds: 600 },
            Self::CodesFromNetwork(_) => Rate { count: 100, seconds: 3600 },
            Self::CodesOfSite => Rate { count: 3000, seconds: 3600 },
            Self::PasswordsOfAccount(_) => Rate { count: 20, seconds: 3600 },
            Self::LoginsFromNetwork(_) => Rate { count: 300, seconds: 3600 },
        }
    }

    pub(crate) fn key(&self, window: i64) -> Key {
        Key::limit(self.kind(), &self.subject(), window)
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::CodesToMailbox(_) => "codes-mailbox",
            Self::CodesFromNetwork(_) => "codes-network",
            Self::CodesOfSite => "codes-site",
            Self::PasswordsOfAccount(_) => "passwords-account",
            Self::LoginsFromNetwork(_) => "logins-network",
        }
    }

    fn subject(&self) -> Cow<'_, str> {
        match self {
            Self::CodesToMailbox(account) => account.mailbox().into(),
            Self::PasswordsOfAccount(account) => account.as_str().into(),
            Self::CodesFromNetwork(network) | Self::LoginsFromNetwork(network) => network.as_str().into(),
            Self::CodesOfSite => "site".into(),
        }
    }
}

/// Counts one use, or refuses it.
///
/// # Errors
/// [`Error::Limited`] when the window is full.
pub async fn take(table: &Table, bucket: Bucket<'_>, now: i64) -> Result<()> {
    let Rate { count, seconds } = bucket.rate();
    let window = now - now.rem_euclid(seconds);
    let end = window + seconds;
    let update = table
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(bucket.key(window).attributes()))
        .update_expression("SET #ttl = :end, v = :v ADD uses :one")
        .condition_expression("attribute_not_exists(uses) OR uses < :count")
        .expression_attribute_names("#ttl", "ttl")
        .expression_attribute_values(":end", n(end))
        .expression_attribute_values(":v", n(VERSION))
        .expression_attribute_values(":one", n(1))
        .expression_attribute_values(":count", n(count));
    match update.send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            condition_of_update(error)?;
            Err(Error::Limited { retry_after_seconds: u32::try_from(end - now).unwrap_or(1).max(1) })
        }
    }
}
