//! The login codes of an account: one for each network that asked, hashed, each with tries of its own that are counted
//! before anything is compared.
//!
//! At most three of an account are good at a time ([`live`]): the one that was asked for from the network of the last
//! login, if any, and beside it the newest; of the narrow networks of one wide network only the newest. So strangers never
//! push out the code of who asks from home, and with three networks they push out another one only by asking all three
//! again after it. A code that is used ends alone: the others prove the same mailbox, and end within their ten minutes.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::limits::{CODE_SECONDS, CODE_TRIES_MAX, CODES_LIVE_MAX};
use domain::{Account, Network, Result, nonce};
use serde::{Deserialize, Serialize};

use crate::keys::{CODE_PREFIX, Key, code_partition};
use crate::limit::{self, Bucket};
use crate::read::entity;
use crate::values::{n, s};
use crate::write::{Change, put};
use crate::{Table, write};

/// A stored login code.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredCode {
    /// Keyed hash of account, salt and digits.
    pub hash: String,
    /// Makes the hash of the same digits different each time.
    pub salt: String,
    /// Second of expiry.
    pub ttl: i64,
    /// Tries so far from the network that asked.
    pub tries: i64,
    /// The network that asked.
    pub network: String,
    /// The wide network that it lies in.
    pub wide: String,
    /// Whether it is the network of the account's last login.
    pub home: bool,
    /// When it was asked for, in milliseconds since the Unix epoch.
    pub asked: i64,
}

/// A code that fits: the transaction that it opens uses it up.
#[derive(Clone)]
pub struct Proved {
    network: String,
    hash: String,
}

/// What became of counting a try from a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// Counted against the network's own code.
    Counted,
    /// The network's own code has had all its tries.
    UsedUp,
    /// The network has no code of its own.
    NoneOfItsOwn,
}

/// A code for a network that asks.
pub struct Asked<'a> {
    /// Whose.
    pub account: &'a Account,
    /// Who asks.
    pub network: &'a Network,
    /// Whether that is the network of the account's last login.
    pub home: bool,
    /// See [`StoredCode::hash`].
    pub hash: String,
    /// See [`StoredCode::salt`].
    pub salt: String,
    /// Milliseconds since the Unix epoch.
    pub now: i64,
}

/// Stores a code in place of an old one of the same network, and counts it in `buckets`, all or nothing; it has all its
/// tries. Returns the place of the first bucket that is full, if one is.
///
/// # Errors
/// When the table cannot be written.
pub async fn put_within(table: &Table, asked: &Asked<'_>, buckets: &[Bucket<'_>]) -> Result<Option<usize>> {
    let second = asked.now.div_euclid(1000);
    let code = StoredCode {
        hash: asked.hash.clone(),
        salt: asked.salt.clone(),
        ttl: second + CODE_SECONDS,
        tries: 0,
        network: asked.network.as_str().to_owned(),
        wide: asked.network.wide().to_owned(),
        home: asked.home,
        asked: asked.now,
    };
    let put = put(table.put_over(&Key::login_code(asked.account, &code.network), &code)?)?;
    limit::take_with(table, buckets, vec![put], second).await
}

/// Counts one try against the network's own code, if it has one. A try whose answer was lost is counted once.
///
/// # Errors
/// When the table cannot be written.
pub async fn count_try(table: &Table, account: &Account, network: &Network, now: i64) -> Result<Tried> {
    let id = nonce()?;
    let counted = Change::of(&Key::login_code(account, network.as_str()))
        .set("tries = tries + :one")
        .add("counted :ids")
        .when("#ttl > :now AND tries < :max AND (attribute_not_exists(counted) OR NOT contains(counted, :id))")
        .name("#ttl", "ttl")
        .value(":one", n(1))
        .value(":ids", AttributeValue::Ss(vec![id.clone()]))
        .value(":id", s(&id))
        .value(":now", n(now))
        .value(":max", n(CODE_TRIES_MAX))
        .send(table)
        .await?;
    let Err(found) = counted else { return Ok(Tried::Counted) };
    let Some(found) = found else { return Ok(Tried::NoneOfItsOwn) };
    let is_ours = found.get("counted").and_then(|ids| ids.as_ss().ok()).is_some_and(|ids| ids.contains(&id));
    if is_ours {
        return Ok(Tried::Counted);
    }
    let code: StoredCode = entity(found)?;
    Ok(if code.ttl > now { Tried::UsedUp } else { Tried::NoneOfItsOwn })
}

/// The codes that are good at `now` (seconds), whatever has been tried of them; at most [`CODES_LIVE_MAX`].
///
/// # Errors
/// When the table cannot be read.
pub async fn live(table: &Table, account: &Account, now: i64) -> Result<Vec<StoredCode>> {
    let items = table.partition(&code_partition(account), Some(CODE_PREFIX)).await?;
    let codes: Result<Vec<StoredCode>> = items.into_iter().map(entity).collect();
    Ok(chosen(codes?, now))
}

fn chosen(mut codes: Vec<StoredCode>, now: i64) -> Vec<StoredCode> {
    codes.retain(|code| code.ttl > now);
    codes.sort_by_key(|code| std::cmp::Reverse(code.asked));
    // Who logged in elsewhere meanwhile may have two homes. The older one is one of the others.
    let home = codes.iter().position(|code| code.home).map(|place| codes.remove(place));
    let mut others: Vec<StoredCode> = Vec::new();
    for code in codes {
        if !others.iter().any(|newer| newer.wide == code.wide) {
            others.push(code);
        }
    }
    home.into_iter().chain(others).take(CODES_LIVE_MAX).collect()
}

impl StoredCode {
    /// Whether a try from `network`, which was counted as `tried`, is compared with this code.
    pub fn takes(&self, network: &Network, tried: Tried) -> bool {
        if self.network == network.as_str() { tried == Tried::Counted } else { self.tries < CODE_TRIES_MAX }
    }

    /// What uses it up.
    pub fn proved(&self) -> Proved {
        Proved { network: self.network.clone(), hash: self.hash.clone() }
    }
}

/// Refuses more tries from networks without a code of their own: those of one network, and those of all together.
///
/// # Errors
/// [`Error::Limited`](domain::Error::Limited) when there were too many.
pub async fn count_foreign_try(table: &Table, account: &Account, network: &Network, now: i64) -> Result<()> {
    limit::take(table, Bucket::CodeTriesFrom(account, network), now).await?;
    limit::take(table, Bucket::CodeTriesOfAccount(account), now).await.map(|_| ())
}

/// Uses the code up, as one action of a transaction: fails when it was used or replaced meanwhile.
pub(crate) fn use_up(table: &Table, account: &Account, proved: &Proved) -> Result<TransactWriteItem> {
    let delete = table.remove(&Key::login_code(account, &proved.network)).condition_expression("#hash = :hash");
    let delete = delete.expression_attribute_names("#hash", "hash");
    write::delete(delete.expression_attribute_values(":hash", s(&proved.hash)))
}

impl std::fmt::Debug for StoredCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredCode").field("tries", &self.tries).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked").field("home", &self.home).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Proved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proved(***)")
    }
}

#[cfg(test)]
mod tests;
