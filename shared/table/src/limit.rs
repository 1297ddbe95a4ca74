//! Rate limits: counters per subject and fixed window, each raised by one conditional write.

use std::borrow::Cow;

use domain::{Account, Error, Network, Result, UserId};

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
    /// Redemption codes that a user tried and that are none.
    WrongCodesOfUser(UserId),
    /// The same from a network.
    WrongCodesFromNetwork(&'a Network),
    /// Files that a user put up.
    UploadsOfUser(UserId),
    /// Draws that a user asked for, failed ones too.
    DrawsOfUser(UserId),
    /// API keys that a user made.
    ApiKeysOfUser(UserId),
    /// Orders that a user made.
    OrdersOfUser(UserId),
    /// Questions to payment providers that a user caused by looking at orders.
    OrderQuestionsOfUser(UserId),
    /// Payment notifications about nothing, signed by nobody, that are counted.
    StrayNotificationsFromNetwork(&'a Network),
}

/// At most `count` in `seconds`.
#[derive(Clone, Copy, Debug)]
struct Rate {
    count: i64,
    seconds: i64,
}

impl Rate {
    /// The start of the window that runs at `now`.
    fn window(self, now: i64) -> i64 {
        now - now.rem_euclid(self.seconds)
    }

    /// The refusal of what comes too often at `now`.
    fn refusal(self, now: i64) -> Error {
        let end = self.window(now) + self.seconds;
        Error::Limited { retry_after_seconds: u32::try_from(end - now).unwrap_or(1).max(1) }
    }
}

impl Bucket<'_> {
    const fn rate(&self) -> Rate {
        match self {
            Self::CodesToMailbox(_) => Rate { count: 5, seconds: 600 },
            // An office or a mobile provider is one network: one person's errors must not close it for the others.
            Self::CodesFromNetwork(_) | Self::WrongCodesFromNetwork(_) => Rate { count: 100, seconds: 3600 },
            Self::CodesOfSite => Rate { count: 3000, seconds: 3600 },
            Self::PasswordsOfAccount(_) => Rate { count: 20, seconds: 3600 },
            Self::LoginsFromNetwork(_) => Rate { count: 300, seconds: 3600 },
            Self::WrongCodesOfUser(_) => Rate { count: 10, seconds: 3600 },
            Self::UploadsOfUser(_) | Self::ApiKeysOfUser(_) => Rate { count: 50, seconds: 24 * 3600 },
            Self::DrawsOfUser(_) => Rate { count: 120, seconds: 3600 },
            Self::OrdersOfUser(_) => Rate { count: 60, seconds: 3600 },
            Self::OrderQuestionsOfUser(_) => Rate { count: 30, seconds: 60 },
            // Twenty in an hour ring an alarm, and an hour has parts of two windows.
            Self::StrayNotificationsFromNetwork(_) => Rate { count: 5, seconds: 3600 },
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
            Self::WrongCodesOfUser(_) => "wrong-codes-user",
            Self::WrongCodesFromNetwork(_) => "wrong-codes-network",
            Self::UploadsOfUser(_) => "uploads-user",
            Self::DrawsOfUser(_) => "draws-user",
            Self::ApiKeysOfUser(_) => "api-keys-user",
            Self::OrdersOfUser(_) => "orders-user",
            Self::OrderQuestionsOfUser(_) => "order-questions-user",
            Self::StrayNotificationsFromNetwork(_) => "stray-notifications-network",
        }
    }

    fn subject(&self) -> Cow<'_, str> {
        match self {
            Self::CodesToMailbox(account) => account.mailbox().into(),
            Self::PasswordsOfAccount(account) => account.as_str().into(),
            Self::CodesFromNetwork(network)
            | Self::LoginsFromNetwork(network)
            | Self::WrongCodesFromNetwork(network)
            | Self::StrayNotificationsFromNetwork(network) => network.as_str().into(),
            Self::WrongCodesOfUser(user)
            | Self::UploadsOfUser(user)
            | Self::DrawsOfUser(user)
            | Self::ApiKeysOfUser(user)
            | Self::OrdersOfUser(user)
            | Self::OrderQuestionsOfUser(user) => user.to_string().into(),
            Self::CodesOfSite => "site".into(),
        }
    }
}

/// Counts one use, or refuses it.
///
/// # Errors
/// [`Error::Limited`] when the window is full.
pub async fn take(table: &Table, bucket: Bucket<'_>, now: i64) -> Result<()> {
    let rate = bucket.rate();
    let window = rate.window(now);
    let update = table
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(bucket.key(window).attributes()))
        .update_expression("SET #ttl = :end, v = :v ADD uses :one")
        .condition_expression("attribute_not_exists(uses) OR uses < :count")
        .expression_attribute_names("#ttl", "ttl")
        .expression_attribute_values(":end", n(window + rate.seconds))
        .expression_attribute_values(":v", n(VERSION))
        .expression_attribute_values(":one", n(1))
        .expression_attribute_values(":count", n(rate.count));
    match update.send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            condition_of_update(error)?;
            Err(rate.refusal(now))
        }
    }
}

/// Refuses when one of the windows is full, and counts nothing: for uses that count only once they have failed.
///
/// # Errors
/// [`Error::Limited`] when one is.
pub async fn check(table: &Table, buckets: &[Bucket<'_>], now: i64) -> Result<()> {
    let key = |bucket: &Bucket<'_>| bucket.key(bucket.rate().window(now));
    let items = table.get_all(buckets.iter().map(key)).await?;
    let uses = |bucket| items.get(&key(bucket))?.get("uses")?.as_n().ok()?.parse::<i64>().ok();
    let full = buckets.iter().find(|bucket| uses(bucket).is_some_and(|uses| uses >= bucket.rate().count));
    full.map_or(Ok(()), |bucket| Err(bucket.rate().refusal(now)))
}
