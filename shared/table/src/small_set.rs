//! Rows of small sets, such as notices and products, which administrators make, change at the revision that was read, and
//! delete.

use domain::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Table;
use crate::audit::{Audit, Note, Shown};
use crate::failure::{Cancelled, pause, still_busy, unexpected};
use crate::keys::Key;
use crate::read::entity;
use crate::values::n;
use crate::write::{Committed, delete, put};

/// Tries of a write that only others' writes stand in the way of.
const TRIES_MAX: u32 = 8;

/// Stores a new row.
///
/// # Errors
/// When the table cannot be written.
pub(crate) async fn create(table: &Table, key: &Key, row: &(impl Serialize + Shown), audit: &Audit) -> Result<()> {
    let mut actions = vec![table.put_new(key, &Revised { row, revision: 1 }, &[])?];
    actions.extend(audit.record(table, &Note::made(row), None)?);
    match table.commit(actions, "storing a row").await? {
        Committed::Done => Ok(()),
        Committed::Not(_) => Err(Error::internal("the id of a row came twice")),
    }
}

/// Changes a row as it is at that moment: of two who change different things of it, both do. Returns it as it is then;
/// `None` when there is none. What changes nothing that records show is not written.
///
/// # Errors
/// Those of the change; when the table cannot be read or written.
pub(crate) async fn change<T: Clone + Serialize + DeserializeOwned + Shown>(
    table: &Table,
    key: &Key,
    audit: &Audit,
    change: impl Fn(T) -> Result<T>,
) -> Result<Option<T>> {
    for attempt in 0..TRIES_MAX {
        let Some((before, seen)) = read::<T>(table, key).await? else { return Ok(None) };
        let row = change(before.clone())?;
        // Also so when an earlier try did it and its answer was lost.
        let Some(note) = Note::changed(&before, &row) else { return Ok(Some(before)) };
        let over = table.put_over(key, &Revised { row: &row, revision: seen + 1 })?;
        let over = over.condition_expression("revision = :seen").expression_attribute_values(":seen", n(seen));
        let mut actions = vec![put(over)?];
        actions.extend(audit.record(table, &note, None)?);
        match table.transact(actions, None).await {
            Ok(()) => return Ok(Some(row)),
            Err(Cancelled::Condition(0) | Cancelled::Busy) => pause(attempt).await,
            // The record is there: an earlier try did it, and others have changed the row since.
            Err(Cancelled::Condition(_)) => return Ok(Some(before)),
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("changing a row"))
}

/// Deletes a row. Returns whether it was there.
///
/// # Errors
/// When the table cannot be read or written.
pub(crate) async fn remove<T: DeserializeOwned + Shown>(table: &Table, key: &Key, audit: &Audit) -> Result<bool> {
    for attempt in 0..TRIES_MAX {
        let Some((row, seen)) = read::<T>(table, key).await? else {
            // An earlier try did it, if its answer was lost.
            return if attempt == 0 { Ok(false) } else { audit.is_recorded(table).await };
        };
        let remove = table.remove(key).condition_expression("revision = :seen");
        let mut actions = vec![delete(remove.expression_attribute_values(":seen", n(seen)))?];
        actions.extend(audit.record(table, &Note::gone(&row), None)?);
        match table.transact(actions, None).await {
            Ok(()) => return Ok(true),
            Err(Cancelled::Condition(_) | Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("deleting a row"))
}

/// A row and the number of its changes, as of the last commit.
async fn read<T: DeserializeOwned>(table: &Table, key: &Key) -> Result<Option<(T, i64)>> {
    let read = table.client.get_item().table_name(&table.name).set_key(Some(key.attributes()));
    let Some(item) = read.consistent_read(true).send().await.map_err(unexpected)?.item else { return Ok(None) };
    let seen = item.get("revision").and_then(|value| value.as_n().ok()?.parse().ok()).unwrap_or(0);
    Ok(Some((entity(item)?, seen)))
}

/// A row as it is stored: with the number of its changes, which no caller needs to know.
#[derive(Serialize)]
struct Revised<'a, T> {
    #[serde(flatten)]
    row: &'a T,
    revision: i64,
}
