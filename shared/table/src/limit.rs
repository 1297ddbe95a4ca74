//! Rate limits: counters per subject and fixed windows, each raised by one conditional write. A use whose answer is lost is
//! counted once, however often the SDK repeats it.

use std::borrow::Cow;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Account, Error, Network, Result, UserId, nonce};

use crate::Table;
use crate::failure::{Item, unexpected};
use crate::keys::Key;
use crate::values::{n, s};
use crate::write::{Change, Committed, VERSION};

/// The last uses that a counter knows by name: one that the SDK repeats is found among them, unless as many others have
/// come within the milliseconds between, each at the same of these places.
const KNOWN_USES: u8 = 8;
/// A wide network may do as much as this many narrow ones.
const WIDE: i64 = 4;

/// What is counted, for whom.
#[derive(Clone, Copy, Debug)]
pub enum Bucket<'a> {
    /// Codes sent to a mailbox because networks asked that are not its owner's.
    CodesToMailbox(&'a Account),
    /// The same where a challenge was passed.
    CodesToMailboxPassed(&'a Account),
    /// Codes sent to a mailbox because one network asked, whoever's it is.
    CodesToMailboxFrom(&'a Account, &'a str),
    /// Codes asked for from a network.
    CodesFromNetwork(&'a Network),
    /// Codes that strangers asked the whole site for: bounds the mail bill.
    CodesOfSite,
    /// The same where a challenge was passed.
    CodesOfSitePassed,
    /// The same for accounts that are there.
    CodesOfSiteKnown,
    /// Password tries for an account from all networks that are not its owner's.
    PasswordsOfAccount(&'a Account),
    /// Password tries for an account from one of those.
    PasswordsFrom(&'a Account, &'a Network),
    /// Password tries for an account from its owner's network.
    PasswordsAtHome(&'a Account, &'a Network),
    /// Code tries for an account from all networks that asked for none.
    CodeTriesOfAccount(&'a Account),
    /// Code tries for an account from one of those.
    CodeTriesFrom(&'a Account, &'a Network),
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
    const fn new(count: i64, seconds: i64) -> Self {
        Self { count, seconds }
    }

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

/// Ten minutes, an hour, a day.
const fn mails(in_ten_minutes: i64, in_an_hour: i64, in_a_day: i64) -> [Rate; 3] {
    [Rate::new(in_a_day, 24 * 3600), Rate::new(in_an_hour, 3600), Rate::new(in_ten_minutes, 600)]
}

/// What one network causes at one mailbox. Three of them stay below what all together may ([`OF_STRANGERS`]): so many
/// strangers do not shut the door that a fourth network knocks at. infra/adr/0016-login-that-strangers-cannot-shut.md has
/// the sums.
static OF_ONE_NETWORK: [Rate; 3] = mails(5, 10, 20);
/// See [`OF_ONE_NETWORK`].
static OF_STRANGERS: [Rate; 3] = mails(16, 32, 64);

impl<'a> Bucket<'a> {
    /// The rates, the longest window first; each of the others fits into it a whole number of times.
    fn rates(&self) -> &'static [Rate] {
        match self {
            Self::CodesToMailboxFrom(..) | Self::CodeTriesFrom(..) => &OF_ONE_NETWORK,
            Self::CodesToMailbox(_) | Self::CodesToMailboxPassed(_) | Self::CodeTriesOfAccount(_) => &OF_STRANGERS,
            // An office or a mobile provider is one network: one person's errors must not close it for the others.
            Self::CodesFromNetwork(_) | Self::WrongCodesFromNetwork(_) => &[Rate { count: 100, seconds: 3600 }],
            Self::CodesOfSite | Self::CodesOfSitePassed | Self::CodesOfSiteKnown => {
                &[Rate { count: 3000, seconds: 3600 }]
            }
            Self::PasswordsOfAccount(_) | Self::PasswordsAtHome(..) => &[Rate { count: 20, seconds: 3600 }],
            Self::PasswordsFrom(..) => &[Rate { count: 6, seconds: 3600 }],
            Self::LoginsFromNetwork(_) => &[Rate { count: 300, seconds: 3600 }],
            Self::WrongCodesOfUser(_) => &[Rate { count: 10, seconds: 3600 }],
            Self::UploadsOfUser(_) | Self::ApiKeysOfUser(_) => &[Rate { count: 50, seconds: 24 * 3600 }],
            Self::DrawsOfUser(_) => &[Rate { count: 120, seconds: 3600 }],
            Self::OrdersOfUser(_) => &[Rate { count: 60, seconds: 3600 }],
            Self::OrderQuestionsOfUser(_) => &[Rate { count: 30, seconds: 60 }],
            // Twenty in an hour ring an alarm, and an hour has parts of two windows.
            Self::StrayNotificationsFromNetwork(_) => &[Rate { count: 5, seconds: 3600 }],
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::CodesToMailbox(_) => "codes-mailbox",
            Self::CodesToMailboxPassed(_) => "codes-mailbox-passed",
            Self::CodesToMailboxFrom(..) => "codes-mailbox-network",
            Self::CodesFromNetwork(_) => "codes-network",
            Self::CodesOfSite => "codes-site",
            Self::CodesOfSitePassed => "codes-site-passed",
            Self::CodesOfSiteKnown => "codes-site-known",
            Self::PasswordsOfAccount(_) => "passwords-account",
            Self::PasswordsFrom(..) => "passwords-account-network",
            Self::PasswordsAtHome(..) => "passwords-account-home",
            Self::CodeTriesOfAccount(_) => "code-tries-account",
            Self::CodeTriesFrom(..) => "code-tries-account-network",
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

    fn subject(&self) -> Cow<'a, str> {
        match *self {
            Self::CodesToMailbox(account) | Self::CodesToMailboxPassed(account) => account.mailbox().into(),
            // No address of either kind holds a blank.
            Self::CodesToMailboxFrom(account, network) => format!("{} {network}", account.mailbox()).into(),
            Self::PasswordsOfAccount(account) | Self::CodeTriesOfAccount(account) => account.as_str().into(),
            // A stranger's networks are wide ones: who has a thousand narrow ones has asked for one thing.
            Self::PasswordsFrom(account, network) | Self::CodeTriesFrom(account, network) => {
                format!("{account} {}", network.wide()).into()
            }
            Self::PasswordsAtHome(account, network) => format!("{account} {}", network.as_str()).into(),
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
            Self::CodesOfSite | Self::CodesOfSitePassed | Self::CodesOfSiteKnown => "site".into(),
        }
    }

    /// The network that all of this is about.
    const fn network(&self) -> Option<&'a Network> {
        match *self {
            Self::CodesFromNetwork(network)
            | Self::LoginsFromNetwork(network)
            | Self::WrongCodesFromNetwork(network)
            | Self::StrayNotificationsFromNetwork(network) => Some(network),
            _ => None,
        }
    }

    /// The counters of the bucket: its own, and behind it that of the wide network of one that is about a network.
    fn counters(&self) -> Vec<Counter<'a>> {
        let wide = self.network().filter(|network| network.wide() != network.as_str());
        let wide = wide.map(|network| Counter { subject: network.wide().into(), times: WIDE, ..self.counter() });
        [Some(self.counter()), wide].into_iter().flatten().collect()
    }

    fn counter(&self) -> Counter<'a> {
        Counter { kind: self.kind(), subject: self.subject(), rates: self.rates(), times: 1 }
    }

    /// The key of the bucket's own counter.
    #[cfg(test)]
    pub(crate) fn key(&self, window: i64) -> Key {
        Key::limit(self.kind(), &self.subject(), window)
    }

    /// One use, as one action of a transaction, whose condition fails when a window is full. For buckets of one counter.
    pub(crate) fn action(&self, table: &Table, now: i64) -> Result<TransactWriteItem> {
        self.counter().use_at(now).action(table)
    }
}

/// One item: the uses of one subject in one window of the longest rate, and in the shorter windows within.
struct Counter<'a> {
    kind: &'static str,
    subject: Cow<'a, str>,
    rates: &'static [Rate],
    times: i64,
}

impl Counter<'_> {
    fn key(&self, now: i64) -> Key {
        Key::limit(self.kind, &self.subject, self.outer(now))
    }

    /// The start of the longest window.
    fn outer(&self, now: i64) -> i64 {
        self.rates.first().map_or(now, |rate| rate.window(now))
    }

    /// The attribute that counts the uses in the window of a rate. There are as many of one rate as there are uses at most.
    fn attribute(&self, rate: Rate, now: i64) -> String {
        let (window, outer) = (rate.window(now), self.outer(now));
        if self.rates.first().is_some_and(|longest| longest.seconds == rate.seconds) {
            return "uses".to_owned();
        }
        format!("uses_{}_{}", rate.seconds, (window - outer) / rate.seconds)
    }

    /// One use: counts it in every window while none is full.
    fn use_at(&self, now: i64) -> Change {
        let end = self.rates.first().map_or(now, |rate| rate.window(now) + rate.seconds);
        let mut change = Change::of(&self.key(now))
            .set("#ttl = :end, v = :v")
            .name("#ttl", "ttl")
            .value(":end", n(end))
            .value(":v", n(VERSION))
            .value(":one", n(1));
        for (place, rate) in self.rates.iter().enumerate() {
            change = change
                .add(format!("#uses{place} :one"))
                .when(format!("(attribute_not_exists(#uses{place}) OR #uses{place} < :count{place})"))
                .name(format!("#uses{place}"), self.attribute(*rate, now))
                .value(format!(":count{place}"), n(rate.count * self.times));
        }
        change
    }

    /// The refusal when a window of the stored item is full: until the last one of them ends.
    fn refusal(&self, item: &Item, now: i64) -> Option<Error> {
        let uses = |rate: Rate| item.get(&self.attribute(rate, now))?.as_n().ok()?.parse::<i64>().ok();
        let is_full = |rate: &&Rate| uses(**rate).is_some_and(|uses| uses >= rate.count * self.times);
        self.rates.iter().find(is_full).map(|rate| rate.refusal(now))
    }

    /// Counts one use. Returns how many there are now in the longest window.
    async fn take(&self, table: &Table, now: i64) -> Result<i64> {
        let id = nonce()?;
        let place = format!("use_{}", id.bytes().last().unwrap_or_default() % KNOWN_USES);
        let change = self
            .use_at(now)
            .set("#use = :use")
            .when("(attribute_not_exists(#use) OR #use <> :use)")
            .name("#use", &place)
            .value(":use", s(&id));
        let stored = match change.send(table).await? {
            Ok(item) => item,
            Err(item) => item.unwrap_or_default(),
        };
        if stored.get(&place).and_then(|known| known.as_s().ok()) == Some(&id) {
            // Counted, now or by a try whose answer was lost.
            let uses = stored.get("uses").and_then(|uses| uses.as_n().ok()?.parse().ok());
            return Ok(uses.unwrap_or(1));
        }
        let shortest = self.rates.last().map_or_else(|| Rate::new(0, 1).refusal(now), |rate| rate.refusal(now));
        Err(self.refusal(&stored, now).unwrap_or(shortest))
    }
}

/// Counts one use, or refuses it. Returns how many there are now of the bucket's own in its longest window.
///
/// # Errors
/// [`Error::Limited`] when a window is full.
pub async fn take(table: &Table, bucket: Bucket<'_>, now: i64) -> Result<i64> {
    let mut own = None;
    // One after the other: a narrow network that is refused must not use up what it shares.
    for counter in bucket.counters() {
        let uses = counter.take(table, now).await?;
        own.get_or_insert(uses);
    }
    Ok(own.unwrap_or(0))
}

/// Counts one use in each of these buckets and does all of `others`, or nothing. Returns the place of the first bucket that
/// is full, if one is. For buckets of one counter.
pub(crate) async fn take_with(
    table: &Table,
    buckets: &[Bucket<'_>],
    others: Vec<TransactWriteItem>,
    now: i64,
) -> Result<Option<usize>> {
    let mut actions: Vec<_> = buckets.iter().map(|bucket| bucket.action(table, now)).collect::<Result<_>>()?;
    actions.extend(others);
    // The transaction's token does what the names of the last uses do for a plain write.
    match table.commit(actions, "counting uses").await? {
        Committed::Done => Ok(None),
        Committed::Not(place) => Ok(Some(place)),
    }
}

/// Counts one use in each of these buckets or in none. Returns the place of the first that is full, if one is. For
/// buckets of one counter.
///
/// # Errors
/// When the table cannot be written.
pub async fn take_all(table: &Table, buckets: &[Bucket<'_>], now: i64) -> Result<Option<usize>> {
    take_with(table, buckets, Vec::new(), now).await
}

/// What a use of a bucket that was full is told. For buckets of one counter.
pub async fn refusal(table: &Table, bucket: Bucket<'_>, now: i64) -> Error {
    let counter = bucket.counter();
    let read = table.client.get_item().table_name(&table.name).set_key(Some(counter.key(now).attributes()));
    match read.consistent_read(true).send().await {
        // Where it has room, its window has ended meanwhile.
        Ok(found) => found.item.and_then(|item| counter.refusal(&item, now)).unwrap_or(SOON),
        Err(error) => unexpected(error),
    }
}

/// To be asked again at once.
const SOON: Error = Error::Limited { retry_after_seconds: 1 };

/// Refuses when one of the windows is full, and counts nothing: for uses that count only once they have failed.
///
/// # Errors
/// [`Error::Limited`] when one is.
pub async fn check(table: &Table, buckets: &[Bucket<'_>], now: i64) -> Result<()> {
    let counters: Vec<Counter<'_>> = buckets.iter().flat_map(Bucket::counters).collect();
    let items: HashMap<Key, Item> = table.get_all(counters.iter().map(|counter| counter.key(now))).await?;
    let refused = counters.iter().find_map(|counter| counter.refusal(items.get(&counter.key(now))?, now));
    refused.map_or(Ok(()), Err)
}
