//! Rows of small sets, such as notices and products: made once, changed at the revision that was read, deleted.

use domain::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Table;
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
pub(crate) async fn create(table: &Table, key: &Key, row: &impl Serialize) -> Result<()> {
    let actions = vec![table.put_new(key, &Revised { row, revision: 1 }, &[])?];
    match table.commit(actions, "storing a row").await? {
        Committed::Done => Ok(()),
        Committed::Not(_) => Err(Error::internal("the id of a row came twice")),
    }
}

/// Changes a row as it is at that moment: of two who change different things of it, both do. Returns it as it is then;
/// `None` when there is none. A try whose answer was lost is done again, which changes nothing more.
///
/// # Errors
/// Those of the change; when the table cannot be read or written.
pub(crate) async fn change<T: Serialize + DeserializeOwned>(
    table: &Table,
    key: &Key,
    change: impl Fn(T) -> Result<T>,
) -> Result<Option<T>> {
    for attempt in 0..TRIES_MAX {
        let read = table.client.get_item().table_name(&table.name).set_key(Some(key.attributes()));
        let found = read.consistent_read(true).send().await.map_err(unexpected)?.item;
        let Some(item) = found else { return Ok(None) };
        let seen: i64 = item.get("revision").and_then(|value| value.as_n().ok()?.parse().ok()).unwrap_or(0);
        let row = change(entity(item)?)?;
        let over = table.put_over(key, &Revised { row: &row, revision: seen + 1 })?;
        let over = over.condition_expression("revision = :seen").expression_attribute_values(":seen", n(seen));
        match table.transact(vec![put(over)?], None).await {
            Ok(()) => return Ok(Some(row)),
            Err(Cancelled::Condition(_) | Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("changing a row"))
}

/// Deletes a row. Returns whether it was there.
///
/// # Errors
/// When the table cannot be written.
pub(crate) async fn remove(table: &Table, key: &Key) -> Result<bool> {
    let actions = vec![delete(table.remove(key).condition_expression("attribute_exists(pk)"))?];
    Ok(table.commit(actions, "deleting a row").await? == Committed::Done)
}

/// A row as it is stored: with the number of its changes, which no caller needs to know.
#[derive(Serialize)]
struct Revised<'a, T> {
    #[serde(flatten)]
    row: &'a T,
    revision: i64,
}
