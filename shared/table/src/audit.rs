//! Records of what administrators did: each of their writes leaves one, in the same transaction, and each export one
//! before its first byte.
//!
//! A record tells who did what, when, by which request, and how things were before and after; secrets as their masks, if
//! at all. The records of one administrator are a partition, in the order of their ids, beside an item with their number;
//! all together they are a [list](crate::list). Nothing changes or deletes one.
//!
//! The id is drawn once for a request, so however often a write is tried, it leaves one record. A record whose condition
//! does not hold is there already: an earlier try, whose answer was lost, did all of the write.

mod export;
mod note;
mod shown;

pub use export::note_export;
pub(crate) use note::{Note, Shown};

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{AuditId, Page, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::failure::Item;
use crate::keys::{AUDIT_COUNT, Key, Place, audit_partition};
use crate::list::{List, Tally};
use crate::read::entity;
use crate::user::{self, User};
use crate::values::{n, s};
use crate::write::{Change, VERSION};
use crate::{Table, ends};

/// What an administrator did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The id.
    pub id: AuditId,
    /// The administrator.
    pub user: UserId,
    /// When, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The id of the request, which the log has too.
    pub request: String,
    /// The method and the route.
    pub action: String,
    /// What it was done to: a kind of thing, and its id.
    pub target: String,
    /// What changed: a JSON object of fields, each with what it was before and after.
    pub changes: String,
}

/// One request of an administrator, as the record of its write tells it.
#[derive(Clone, Debug)]
pub struct Audit {
    id: AuditId,
    /// The administrator.
    pub by: UserId,
    /// When the request came, in milliseconds since the Unix epoch.
    pub at: i64,
    action: String,
    request: String,
}

impl Audit {
    /// A request that came at `at` (milliseconds since the Unix epoch). `action` is its method and route, `request` its id.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(by: UserId, action: String, request: &str, at: i64) -> Result<Self> {
        Ok(Self { id: AuditId::draw(at)?, by, at, action, request: request.to_owned() })
    }

    /// The three actions of the record, for the end of the transaction that does what it tells: the record, the number of
    /// the administrator's records, the counts of lists. An item can stand in a transaction once, so the tally of the
    /// write itself, if it has one, becomes part of the last.
    pub(crate) fn record(&self, table: &Table, note: &Note, tally: Option<Tally>) -> Result<[TransactWriteItem; 3]> {
        let record = Record {
            id: self.id,
            user: self.by,
            at: self.at,
            request: self.request.clone(),
            action: self.action.clone(),
            target: note.target().to_owned(),
            changes: note.changes(),
        };
        let counts = Change::of(&Key::audit_count(self.by)).set("v = :v").add("n :one");
        let tally = tally.unwrap_or_else(|| Tally::of(self.by)).joins(List::AUDIT, self.id);
        Ok([
            table.put_new(&Key::audit(self.by, self.id), &record, &[Place::listed(List::AUDIT, self.id)])?,
            counts.value(":v", n(VERSION)).value(":one", n(1)).action(table)?,
            tally.action(table)?,
        ])
    }

    /// Whether a try of this request has left its record, and so has done its write.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) async fn is_recorded(&self, table: &Table) -> Result<bool> {
        table.has(&Key::audit(self.by, self.id)).await
    }
}

/// How many records an administrator has, and who that is; none when they are deleted or never were.
///
/// # Errors
/// When the table cannot be read.
pub async fn counted(table: &Table, by: UserId) -> Result<(u64, Option<User>)> {
    let (count, user) = (Key::audit_count(by), Key::user(by));
    let mut items = table.get_all([count.clone(), user.clone()]).await?;
    let user = items.remove(&user).map(user::from_item).transpose()?;
    Ok((items.get(&count).map_or(0, number), user.filter(|user| user.gone.is_none())))
}

fn number(item: &Item) -> u64 {
    item.get("n").and_then(|count| count.as_n().ok()?.parse().ok()).unwrap_or(0)
}

/// A page of the `count` records of one administrator, newest first, found from the nearer end.
///
/// # Errors
/// When the table cannot be read.
pub async fn page(table: &Table, by: UserId, count: u64, page: Page) -> Result<Vec<Record>> {
    let query = table.client.query().table_name(&table.name).consistent_read(true);
    // Their number stands behind them.
    let query = query.key_condition_expression("pk = :records AND sk < :count");
    let query = query.expression_attribute_values(":records", s(&audit_partition(by)));
    let query = query.expression_attribute_values(":count", s(AUDIT_COUNT));
    ends::page(&query, count, page).await?.into_iter().map(entity).collect()
}

#[cfg(test)]
mod tests;
