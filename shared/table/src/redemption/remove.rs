//! Deleting a code. What it gave stays given, and its ledger row stays.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{CodeId, Result};

use super::{Code, LISTS, Status, TRIES_MAX, counted, read};
use crate::failure::{Cancelled, pause, still_busy};
use crate::keys::Key;
use crate::list::{self, Tally};
use crate::values::s;
use crate::{Table, write};

/// Deletes a code, whatever its status; false when there is none.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn remove(table: &Table, id: CodeId) -> Result<bool> {
    let Some(listed) = list::find(table, &LISTS, id).await? else { return Ok(false) };
    // Whether an earlier try of ours may have done it, its answer lost.
    let mut perhaps = false;
    for attempt in 0..TRIES_MAX {
        let Some(code) = read::<Code>(table, &listed.key).await? else { return Ok(perhaps) };
        match table.transact(actions(table, &listed.key, &code)?, None).await {
            Ok(()) => return Ok(true),
            // Redeemed, made void or deleted since it was read.
            Err(Cancelled::Condition(_)) => {}
            Err(Cancelled::Busy) => perhaps = true,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
        pause(attempt).await;
    }
    Err(still_busy("deleting a redemption code"))
}

/// The code goes only with the status that it was counted under.
fn actions(table: &Table, key: &Key, code: &Code) -> Result<Vec<TransactWriteItem>> {
    let delete = table
        .remove(key)
        .condition_expression("#status = :status")
        .expression_attribute_names("#status", "status")
        .expression_attribute_values(":status", s(code.status.name()));
    let tally = Tally::spread_by(code.id.as_i64()).leaves(code.status.list(), code.id);
    let mut actions = vec![write::delete(delete)?, tally.action(table)?];
    if code.status == Status::Unused {
        actions.push(counted(code.batch, 0, -1).action(table)?);
    }
    Ok(actions)
}
