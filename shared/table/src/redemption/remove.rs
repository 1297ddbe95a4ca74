//! Deleting a code. What it gave stays given, and its ledger row stays.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{CodeId, Result};

use super::{Code, LISTS, Status, TRIES_MAX, counted, read};
use crate::audit::{Audit, Note};
use crate::failure::{Cancelled, pause, still_busy};
use crate::keys::Key;
use crate::list::{self, Tally};
use crate::values::s;
use crate::{Table, write};

/// Deletes a code, whatever its status; false when there is none.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn remove(table: &Table, id: CodeId, audit: &Audit) -> Result<bool> {
    let Some(listed) = list::find(table, &LISTS, id).await? else { return Ok(false) };
    for attempt in 0..TRIES_MAX {
        let Some(code) = read::<Code>(table, &listed.key).await? else {
            // An earlier try did it, if its answer was lost.
            return if attempt == 0 { Ok(false) } else { audit.is_recorded(table).await };
        };
        match table.transact(actions(table, &listed.key, &code, audit)?, None).await {
            Ok(()) => return Ok(true),
            // Redeemed, made void or deleted since it was read.
            Err(Cancelled::Condition(_) | Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("deleting a redemption code"))
}

/// The code goes only with the status that it was counted under.
fn actions(table: &Table, key: &Key, code: &Code, audit: &Audit) -> Result<Vec<TransactWriteItem>> {
    let delete = table
        .remove(key)
        .condition_expression("#status = :status")
        .expression_attribute_names("#status", "status")
        .expression_attribute_values(":status", s(code.status.name()));
    let tally = Tally::spread_by(code.id.as_i64()).leaves(code.status.list(), code.id);
    let mut actions = vec![write::delete(delete)?];
    if code.status == Status::Unused {
        actions.push(counted(code.batch, 0, -1).action(table)?);
    }
    actions.extend(audit.record(table, &Note::gone(code), Some(tally))?);
    Ok(actions)
}
