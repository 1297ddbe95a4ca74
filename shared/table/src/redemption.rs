//! Redemption codes (卡密) and the batches that they are made in.
//!
//! A code is kept under its keyed hash, so that redeeming needs the code itself; its text is sealed beside it, because
//! administrators hand codes out. It is unused, then used once by one person, or void for ever; each of the three is a
//! list, and the transaction that changes the status moves the code from list to list.
//!
//! A batch is what one request made. Its id ends in zero bits, and the ids of its codes are those right after it: the
//! condition that keeps two batches from one id keeps all codes apart too, and the codes of a batch are one range of the
//! lists. It counts exactly, at every commit, the codes that were made, those used (deleted since or not) and those
//! unused. From the commit that marks a batch as void, or from the end of its last day, none of its codes can be
//! redeemed; that they move to the list of void codes comes after ([`expire_due`], [`void`]). Until they have, the batch
//! stands in the index `due`.

mod create;
mod expire;
mod redeem;
mod remove;

pub use create::{NewCode, create, draw_batch};
pub use expire::{expire_due, void};
pub use redeem::{Redeemed, Redemption, redeem};
pub use remove::remove;

use domain::{BatchId, Benefit, BusinessDay, CodeId, Remark, Result, UserId, Zone};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::failure::{pause, still_busy, unexpected};
use crate::keys::{Key, Place};
use crate::list::{self, List, Listed};
use crate::read::entity;
use crate::values::{n, s};
use crate::write::Change;

/// Most codes of one batch.
pub const BATCH_CODES_MAX: u32 = 1_000;
/// Lowest bits of a batch's id, which are zero: they count its codes.
const BATCH_BITS: u32 = 10;
/// Codes that one transaction makes or moves: with the batch and the tally it stays below DynamoDB's 100 actions.
const CODES_A_TRANSACTION: usize = 97;
/// Tries of one transaction. All who redeem codes of one batch meet in its item, so this is generous; the pauses between
/// them make four seconds.
const TRIES_MAX: u32 = 16;
/// Looks at an index that does not show yet all that a batch counts.
const LOOKS_MAX: u32 = 5;

/// A redemption code, without its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    /// The id.
    pub id: CodeId,
    /// The batch that it was made in.
    pub batch: BatchId,
    /// Its text, sealed with the id as associated data.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
    /// What it gives.
    pub benefit: Benefit,
    /// The last day on which it can be redeemed; none: it never expires.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end_day: Option<BusinessDay>,
    /// Whether it can still be redeemed, as far as it has been marked.
    pub status: Status,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// Milliseconds since the Unix epoch.
    pub updated: i64,
    /// Who redeemed it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<UserId>,
    /// From which address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ip: Option<String>,
    /// The place in that user's ledger where it was written down.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ordinal: Option<u64>,
    /// Whether it was taken over from another system: then it may be used without a ledger row that tells of it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub imported: bool,
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing yet.
    Unused,
    /// Somebody has what it gives.
    Used,
    /// It expired, or its batch was made void.
    Void,
}

impl Status {
    /// The list of the codes with this status.
    pub const fn list(self) -> List {
        match self {
            Self::Unused => List::CODES_UNUSED,
            Self::Used => List::CODES_USED,
            Self::Void => List::CODES_VOID,
        }
    }

    /// As the table has it.
    const fn name(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Used => "used",
            Self::Void => "void",
        }
    }
}

/// The lists that hold all codes together.
pub const LISTS: [List; 3] = [List::CODES_UNUSED, List::CODES_USED, List::CODES_VOID];

/// The codes that one request made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// The id.
    pub id: BatchId,
    /// What the maker noted.
    pub remark: Remark,
    /// Who made it.
    #[serde(rename = "user")]
    pub by: UserId,
    /// What each code gives.
    pub benefit: Benefit,
    /// The last day on which its codes can be redeemed; none: they never expire.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end_day: Option<BusinessDay>,
    /// The id of its first code; the others follow.
    pub first: CodeId,
    /// The id of its last code, where they do not follow one another, as with those of another system. No other batch has
    /// codes between the two.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<CodeId>,
    /// Codes made.
    pub count: u64,
    /// Codes redeemed.
    pub used: u64,
    /// Codes that are there and unused.
    pub left: u64,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// Since when it is void, and by whom.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub void: Option<Voided>,
}

/// The end of a batch by an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    /// The administrator.
    pub by: UserId,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
}

impl Batch {
    /// The lowest and the highest id that its codes can have.
    pub(crate) fn ids(&self) -> (CodeId, CodeId) {
        self.last.map_or_else(|| ids_of(self.id), |last| (self.first, last))
    }

    /// The second from which none of its codes can be redeemed.
    pub(crate) fn ends(&self, zone: &Zone) -> Option<i64> {
        let millis = self.void.map(|void| void.at).or_else(|| Some(zone.end(self.end_day?)));
        millis.map(|millis| millis.div_euclid(1000))
    }
}

/// The code with this keyed hash.
///
/// # Errors
/// When the table cannot be read.
pub async fn find(table: &Table, hash: &str) -> Result<Option<Code>> {
    read(table, &Key::redemption_code(hash)).await
}

/// A batch.
///
/// # Errors
/// When the table cannot be read.
pub async fn batch(table: &Table, id: BatchId) -> Result<Option<Batch>> {
    read(table, &Key::batch(id)).await
}

/// The codes of a batch that stand in one of these lists, oldest first. The index may be some milliseconds old.
///
/// # Errors
/// When the table cannot be read.
pub async fn codes_of(table: &Table, batch: BatchId, lists: &[List]) -> Result<Vec<Listed>> {
    let (first, last) = ids_of(batch);
    // Side by side, because only the batch itself knows whether its codes lie elsewhere.
    let (rows, batch) = tokio::try_join!(list::range(table, lists, first, last), self::batch(table, batch))?;
    match batch.filter(|batch| batch.last.is_some()) {
        None => Ok(rows),
        Some(batch) => list::range(table, lists, batch.ids().0, batch.ids().1).await,
    }
}

/// The lowest and the highest id that codes of a batch have which follow its own id.
fn ids_of(batch: BatchId) -> (CodeId, CodeId) {
    (code_id(batch, 0), code_id(batch, BATCH_CODES_MAX - 1))
}

/// All codes of a batch, oldest first, once the index shows as many as the batch had unused when it was read: none is
/// missing that was just made.
///
/// # Errors
/// [`Error::Unavailable`] when the index stays behind; when the table cannot be read.
///
/// [`Error::Unavailable`]: domain::Error::Unavailable
pub async fn all_codes_of(table: &Table, batch: &Batch) -> Result<Vec<Listed>> {
    for look in 0..LOOKS_MAX {
        let codes = codes_of(table, batch.id, &LISTS).await?;
        if u64::try_from(codes.len()).is_ok_and(|count| count >= batch.left) {
            return Ok(codes);
        }
        pause(look).await;
    }
    Err(still_busy("listing a batch of redemption codes"))
}

/// The id of the code at this place of a batch, from 0.
pub fn code_id(batch: BatchId, place: u32) -> CodeId {
    CodeId::from_i64(batch.as_i64()).unwrap_or_else(|| CodeId::at(0)).offset(place + 1)
}

async fn read<T: DeserializeOwned>(table: &Table, key: &Key) -> Result<Option<T>> {
    let read = table.client.get_item().table_name(&table.name).set_key(Some(key.attributes()));
    read.consistent_read(true).send().await.map_err(unexpected)?.item.map(entity).transpose()
}

/// Moves a code that must have one status to another, as a change to finish with what else is set.
fn moved(key: &Key, id: CodeId, from: Status, to: Status, now: i64) -> Change {
    Change::of(key)
        .set("#status = :to, #updated = :now")
        .when("#status = :from")
        .name("#status", "status")
        .name("#updated", "updated")
        .value(":from", s(from.name()))
        .value(":to", s(to.name()))
        .value(":now", n(now))
        .placed(&Place::listed(to.list(), id))
}

/// Changes the numbers of a batch that is there.
fn counted(batch: BatchId, used: i64, left: i64) -> Change {
    let mut change = Change::of(&Key::batch(batch)).when("attribute_exists(pk)");
    for (name, by) in [("used", used), ("left", left)] {
        if by != 0 {
            change = change.add(format!("#{name} :{name}")).name(format!("#{name}"), name);
            change = change.value(format!(":{name}"), n(by));
        }
    }
    change
}

#[cfg(test)]
mod tests;
