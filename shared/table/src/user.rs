//! The user item: all that a request needs to know of a user.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::limits::SESSIONS_MAX;
use domain::{
    Account, ApiKeyHash, BusinessDay, Credits, Error, Family, PasswordHash, Result, Role, SessionHash, SessionToken,
    UserId,
};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::api_key::ApiKey;
use crate::failure::{Item, condition_of_update, unexpected};
use crate::keys::Key;
use crate::stats::Active;
use crate::values::{n, s};
use crate::write::{Change, send_update};

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The account name.
    pub account: Account,
    /// Shown name.
    pub nickname: String,
    /// Address of a picture, or empty.
    pub avatar: String,
    /// The role.
    pub role: Role,
    /// False for a banned user.
    pub enabled: bool,
    /// Credits free to spend.
    pub balance: Credits,
    /// Credits set aside by [`holds`](crate::holds).
    pub held: Credits,
    /// Ledger rows written so far: the last ordinal taken.
    pub rows: u64,
    /// Those of them that an administrator has hidden.
    #[serde(default)]
    pub hidden: u64,
    /// Messages that they see.
    #[serde(default)]
    pub messages: u64,
    /// Messages that only administrators still see.
    #[serde(default, skip_serializing_if = "is_none")]
    pub kept_messages: u64,
    /// Pictures kept.
    #[serde(default, skip_serializing_if = "is_none")]
    pub images: u64,
    /// Pictures put up.
    #[serde(default, skip_serializing_if = "is_none")]
    pub uploads: u64,
    /// Orders that wait for their payment.
    #[serde(default, skip_serializing_if = "is_none")]
    pub open_orders: u64,
    /// Open reservations by their id.
    pub holds: BTreeMap<String, Hold>,
    /// Live and ended sessions: hash → expiry, in milliseconds, because two logins of one second have an order.
    pub sessions: BTreeMap<SessionHash, i64>,
    /// The keys of the user's programs, revoked ones for a while.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub api_keys: BTreeMap<ApiKeyHash, ApiKey>,
    /// When the user has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password: Option<PasswordHash>,
    /// Last day of the membership.
    pub vip_day: BusinessDay,
    /// Last day of the super membership.
    pub svip_day: BusinessDay,
    /// Day of the last sign-in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signin_day: Option<BusinessDay>,
    /// The last days on which the user did something themselves.
    #[serde(rename = "active_days", skip_serializing_if = "Option::is_none", default)]
    pub active: Option<Active>,
    /// Client address at the last login.
    pub ip: String,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// Milliseconds since the Unix epoch.
    pub updated: i64,
    /// When the user was deleted. The item remains for the ledger's sake, without anything personal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gone: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "so that it fits `skip_serializing_if`")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Credits set aside for one running chat or draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// How many.
    #[serde(rename = "a")]
    pub amount: Credits,
    /// Second from which it counts as left behind.
    #[serde(rename = "u")]
    pub until: i64,
    /// The API key that asked for it, whose room it takes.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<ApiKeyHash>,
}

/// How far a user's ledger has come, until when memberships last, and when the user was active: what a grant builds on.
/// It holds as long as the
/// conditions of the write find it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// See [`User::rows`].
    pub rows: u64,
    /// See [`User::total`].
    pub total: Credits,
    /// See [`User::vip_day`].
    pub vip_day: BusinessDay,
    /// See [`User::svip_day`].
    pub svip_day: BusinessDay,
    /// See [`User::active`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<Active>,
}

impl User {
    /// All credits of the user, those set aside included: the sum of the ledger.
    pub const fn total(&self) -> Credits {
        self.balance + self.held
    }

    /// What the next row of the ledger builds on.
    pub const fn standing(&self) -> Standing {
        let (rows, total, active) = (self.rows, self.total(), self.active);
        Standing { rows, total, vip_day: self.vip_day, svip_day: self.svip_day, active }
    }

    /// Whether `session` is live at `now` (milliseconds) and its user not banned.
    pub fn has_session(&self, session: &SessionHash, now: i64) -> bool {
        self.enabled && self.sessions.get(session).is_some_and(|expiry| *expiry > now)
    }

    /// Whether a membership makes models of `family` free on `today`.
    pub fn is_free(&self, family: Family, today: BusinessDay) -> bool {
        self.svip_day >= today || (family == Family::Gpt3 && self.vip_day >= today)
    }

    /// Reservations left behind by a dead function at `now` (seconds).
    pub fn abandoned_holds(&self, now: i64) -> Vec<(&str, &Hold)> {
        self.holds.iter().filter(|(_, hold)| hold.until <= now).map(|(id, hold)| (id.as_str(), hold)).collect()
    }
}

pub(crate) fn from_item(item: Item) -> Result<User> {
    let user: User = serde_dynamo::aws_sdk_dynamodb_1::from_item(item).map_err(Error::internal)?;
    // So that every later sum of the two can be a plain one.
    user.balance.checked_add(user.held).ok_or_else(|| Error::internal("a balance beyond all bounds"))?;
    Ok(user)
}

/// The user, as of the last commit; none when they were deleted.
///
/// # Errors
/// When the table cannot be read.
pub async fn find(table: &Table, id: UserId) -> Result<Option<User>> {
    Ok(find_or_remains(table, id).await?.filter(|user| user.gone.is_none()))
}

/// The user, or what the ledger keeps of a deleted one.
///
/// # Errors
/// When the table cannot be read.
pub async fn find_or_remains(table: &Table, id: UserId) -> Result<Option<User>> {
    let read = table.client.get_item().table_name(&table.name).set_key(Some(Key::user(id).attributes()));
    let found = read.consistent_read(true).send().await.map_err(unexpected)?;
    found.item.map(from_item).transpose()
}

/// The user that a session belongs to which is live at `now` (milliseconds).
///
/// # Errors
/// [`Error::LoggedOut`] when the session is none, ended, or its user banned or gone.
pub async fn authenticate(table: &Table, token: &SessionToken, now: i64) -> Result<User> {
    let user = find(table, token.user()).await?.ok_or(Error::LoggedOut)?;
    if user.has_session(&token.hash(), now) { Ok(user) } else { Err(Error::LoggedOut) }
}

/// How a new session enters the user item: beside the others, or in place of one.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Free,
    InPlaceOf(SessionHash),
}

impl Slot {
    /// The slot for one more session: an ended one's place, a free one, or the oldest one's.
    pub(crate) fn of(user: &User, now: i64) -> Self {
        let oldest = user.sessions.iter().min_by_key(|(_, expiry)| **expiry);
        match oldest {
            Some((hash, expiry)) if *expiry <= now || user.sessions.len() >= SESSIONS_MAX => {
                Self::InPlaceOf(hash.clone())
            }
            _ => Self::Free,
        }
    }
}

/// Ends one session; false when it had ended before.
///
/// # Errors
/// When the table cannot be written.
pub async fn end_session(table: &Table, token: &SessionToken) -> Result<bool> {
    let update = table
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(Key::user(token.user()).attributes()))
        .update_expression("REMOVE sessions.#session")
        .condition_expression("attribute_exists(sessions.#session)")
        .expression_attribute_names("#session", token.hash().as_str());
    match send_update(update).await {
        Ok(_) => Ok(true),
        Err(error) => condition_of_update(error).map(|_| false),
    }
}

/// Sets the password and ends every session but `keep`, as one action of a transaction.
pub(crate) fn password_update(
    table: &Table,
    user: &User,
    password: &PasswordHash,
    keep: Option<(&SessionHash, i64)>,
    ip: &str,
    now_millis: i64,
) -> Result<TransactWriteItem> {
    let sessions: BTreeMap<&SessionHash, i64> = keep.into_iter().collect();
    let sessions = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(sessions).map_err(Error::internal)?;
    let change = Change::of(&Key::user(user.id))
        .set("password = :password, sessions = :sessions, ip = :ip, updated = :now")
        .when("enabled = :true AND #account = :account")
        .name("#account", "account")
        .value(":account", s(user.account.as_str()))
        .value(":password", s(password.as_str()))
        .value(":sessions", sessions)
        .value(":ip", s(ip))
        .value(":now", n(now_millis))
        .value(":true", AttributeValue::Bool(true));
    let change = match keep {
        // A logout meanwhile is not undone. (The new session of a login is not there yet.)
        Some((kept, _)) if user.sessions.contains_key(kept) => {
            change.when("attribute_exists(sessions.#kept)").name("#kept", kept.as_str())
        }
        _ => change,
    };
    change.action(table)
}
