//! API keys: what users give to their programs. They are kept in the user item, so that one write authenticates, checks
//! the key's own bounds and reserves.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ApiKeyHash, ApiKeyId, ApiKeyToken, Credits, Error, Nickname, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::failure::{Cancelled, pause, still_busy};
use crate::keys::Key;
use crate::user::{self, User};
use crate::values::{n, s};
use crate::write::Change;

/// Keys that one user can have: each makes the user item longer, which every request reads.
pub const KEYS_MAX: usize = 10;
/// Models that one key can be bound to.
pub const MODELS_MAX: usize = 20;
/// The room of a key without a cap: more than anybody can spend.
const UNCAPPED: Credits = 1_000_000_000_000_000;
/// Tries of a write that others' writes stand in the way of.
const TRIES_MAX: u32 = 8;

/// An API key, by the hash of its secret. The names of its attributes are short because the user item has ten of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The id.
    #[serde(rename = "i")]
    pub id: ApiKeyId,
    /// What its owner calls it.
    #[serde(rename = "n", default)]
    pub name: Nickname,
    /// The key's last characters.
    #[serde(rename = "t")]
    pub tail: String,
    /// The most credits that it may spend in all.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Credits>,
    /// What it may still spend, less what is set aside; see [`ApiKey::spent`].
    #[serde(rename = "r")]
    room: Credits,
    /// When it ends, in milliseconds since the Unix epoch.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// The models that it may be used with; all of them when it names none.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// When it was revoked, in milliseconds since the Unix epoch.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<i64>,
}

/// What a new key may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// What its owner calls it.
    pub name: Nickname,
    /// The most credits that it may spend in all.
    pub cap: Option<Credits>,
    /// When it ends, in milliseconds since the Unix epoch.
    pub expires: Option<i64>,
    /// The models that it may be used with; all of them when empty.
    pub models: Vec<String>,
}

impl ApiKey {
    fn new(id: ApiKeyId, token: &ApiKeyToken, bounds: Bounds) -> Self {
        let Bounds { name, cap, expires, models } = bounds;
        Self { id, name, tail: token.tail(), cap, room: cap.unwrap_or(UNCAPPED), expires, models, revoked: None }
    }

    /// Credits that it has spent or that are set aside for it.
    pub fn spent(&self) -> Credits {
        self.cap.unwrap_or(UNCAPPED) - self.room
    }

    /// Credits that it may still spend.
    pub const fn room(&self) -> Credits {
        self.room
    }

    /// Whether it opens anything at `now` (milliseconds).
    pub fn is_live(&self, now: i64) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|end| end > now)
    }

    /// Whether it may be used with this model.
    pub fn serves(&self, model: &str) -> bool {
        self.models.is_empty() || self.models.iter().any(|listed| listed == model)
    }
}

impl User {
    /// The keys that are not revoked, newest first.
    pub fn keys(&self) -> Vec<&ApiKey> {
        let mut keys: Vec<&ApiKey> = self.api_keys.values().filter(|key| key.revoked.is_none()).collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.id));
        keys
    }

    /// The key of this hash, if it opens something at `now` (milliseconds): not of a banned user, not revoked, not ended.
    pub fn live_key(&self, hash: &ApiKeyHash, now: i64) -> Option<&ApiKey> {
        self.api_keys.get(hash).filter(|key| self.enabled && key.is_live(now))
    }

    /// Revoked keys that nothing refers to any more. No reservation can begin with them, so this stays true.
    fn spent_keys(&self) -> impl Iterator<Item = &ApiKeyHash> {
        let is_held = |hash: &ApiKeyHash| self.holds.values().any(|hold| hold.api_key.as_ref() == Some(hash));
        self.api_keys.iter().filter(move |(hash, key)| key.revoked.is_some() && !is_held(hash)).map(|(hash, _)| hash)
    }
}

/// The user that an API key belongs to which is live at `now` (milliseconds).
///
/// # Errors
/// [`Error::LoggedOut`] when the key is none, revoked, ended, or its user banned or gone.
pub async fn authenticate(table: &Table, token: &ApiKeyToken, now: i64) -> Result<User> {
    let user = user::find(table, token.user()).await?.ok_or(Error::LoggedOut)?;
    if user.live_key(&token.hash(), now).is_some() { Ok(user) } else { Err(Error::LoggedOut) }
}

/// Makes a key for a user at `now` (milliseconds) and returns it with the text that is never shown again.
///
/// # Errors
/// A refusal when the user has [`KEYS_MAX`] keys; [`Error::LoggedOut`] when the user was banned or is gone; when the
/// table cannot be written.
pub async fn create(table: &Table, id: UserId, bounds: Bounds, now: i64) -> Result<(ApiKeyToken, ApiKey)> {
    let token = ApiKeyToken::issue(id)?;
    let (hash, key) = (token.hash(), ApiKey::new(ApiKeyId::draw(now)?, &token, bounds));
    for attempt in 0..TRIES_MAX {
        let user = user::find(table, id).await?.filter(|user| user.enabled).ok_or(Error::LoggedOut)?;
        if user.api_keys.contains_key(&hash) {
            // An earlier try of ours, whose answer was lost.
            return Ok((token, key));
        }
        if user.keys().len() >= KEYS_MAX {
            return Err(Error::refused("密钥数量已达上限，请先删除不用的密钥"));
        }
        if commit(table, addition(&user, &hash, &key)?, attempt).await? {
            return Ok((token, key));
        }
    }
    Err(still_busy("making an API key"))
}

/// Adds a key while the user has as many as known, and takes spent ones out.
fn addition(user: &User, hash: &ApiKeyHash, key: &ApiKey) -> Result<Change> {
    let value = |value: &ApiKey| serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(value).map_err(Error::internal);
    let change = Change::of(&Key::user(user.id))
        .when("#enabled = :true")
        .name("#enabled", "enabled")
        .value(":true", AttributeValue::Bool(true));
    if user.api_keys.is_empty() {
        let keys = BTreeMap::from([(hash, key)]);
        let keys = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(keys).map_err(Error::internal)?;
        let change = change.set("api_keys = :keys").value(":keys", keys);
        return Ok(change.when("(attribute_not_exists(api_keys) OR size(api_keys) = :none)").value(":none", n(0)));
    }
    let mut change = change
        .set("api_keys.#new = :new")
        .when("size(api_keys) = :known")
        .name("#new", hash.as_str())
        .value(":new", value(key)?)
        .value(":known", n(i64::try_from(user.api_keys.len()).unwrap_or(i64::MAX)));
    for (number, spent) in user.spent_keys().enumerate() {
        // Whoever else takes it out makes room for a key of theirs.
        change = change
            .remove(format!("api_keys.#spent{number}"))
            .when(format!("attribute_exists(api_keys.#spent{number})"))
            .name(format!("#spent{number}"), spent.as_str());
    }
    Ok(change)
}

/// Revokes a key at `now` (milliseconds); what it has begun is settled. False when there is no such key.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn revoke(table: &Table, user: &User, id: ApiKeyId, now: i64) -> Result<bool> {
    let Some((hash, key)) = user.api_keys.iter().find(|(_, key)| key.id == id) else { return Ok(false) };
    if key.revoked.is_some() {
        return Ok(false);
    }
    // Its text stays out of the item; what is left is for reservations that name it.
    let change = Change::of(&Key::user(user.id))
        .set("api_keys.#key.g = :now, api_keys.#key.n = :empty")
        .remove("api_keys.#key.m")
        .when("attribute_exists(api_keys.#key)")
        .name("#key", hash.as_str())
        .value(":empty", s(""))
        .value(":now", n(now));
    for attempt in 0..TRIES_MAX {
        match table.transact(vec![change.clone().action(table)?], None).await {
            Ok(()) => return Ok(true),
            Err(Cancelled::Condition(_)) => return Ok(false),
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("revoking an API key"))
}

/// One try; false when it is worth another look at the user.
async fn commit(table: &Table, change: Change, attempt: u32) -> Result<bool> {
    match table.transact(vec![change.action(table)?], None).await {
        Ok(()) => return Ok(true),
        Err(Cancelled::Condition(_) | Cancelled::Busy) => {}
        Err(Cancelled::Failed(error)) => return Err(error),
    }
    pause(attempt).await;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_what_it_spent_with_and_without_a_cap() {
        let token = ApiKeyToken::issue(UserId::from_i64(7).unwrap()).unwrap();
        let id = ApiKeyId::from_i64(1).unwrap();
        let mut key = ApiKey::new(id, &token, Bounds { cap: Some(10), ..Bounds::default() });
        assert_eq!((key.spent(), key.room()), (0, 10));
        key.room = 3;
        assert_eq!(key.spent(), 7);
        let mut free = ApiKey::new(id, &token, Bounds::default());
        free.room -= 5;
        assert_eq!((free.spent(), free.cap), (5, None));
    }

    #[test]
    fn a_key_ends_and_is_bound_to_models() {
        let token = ApiKeyToken::issue(UserId::from_i64(7).unwrap()).unwrap();
        let bounds = Bounds { expires: Some(100), models: vec!["gpt-4o".to_owned()], ..Bounds::default() };
        let key = ApiKey::new(ApiKeyId::from_i64(1).unwrap(), &token, bounds);
        assert!(key.is_live(99) && !key.is_live(100));
        assert!(key.serves("gpt-4o") && !key.serves("gpt-4"));
        let item: serde_json::Value = serde_json::to_value(&key).unwrap();
        assert_eq!(item["e"], 100);
        assert!(item.get("g").is_none() && item.get("c").is_none());
        assert!(!ApiKey { revoked: Some(1), ..key }.is_live(2));
    }
}
