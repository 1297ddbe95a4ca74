//! Corrections of what a row says. What it did stays: the amount, the days and the sum are no text.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::text::Line;
use domain::{Error, MessageId, Result};

use super::{Correction, Row, read};
use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{Cancelled, pause, still_busy};
use crate::keys::Key;
use crate::values::{n, s};
use crate::write::Change;

/// Longest text that an administrator can write into a row.
pub const TEXT_CHARS_MAX: usize = 100;
/// Corrections of one row, all of which it keeps.
const CORRECTIONS_MAX: usize = 20;
const TRIES_MAX: u32 = 8;

/// What an administrator writes in place of a row's text.
pub type RowText = Line<TEXT_CHARS_MAX>;

/// Corrects the text of `row` and keeps the one before. `None` when the row was hidden meanwhile.
///
/// Of two administrators at once both succeed, one on the other's text: each names a whole new text and not a change of
/// the one they saw, so the later one counts, and the row keeps who wrote what. A text that the row has already is no
/// correction.
///
/// # Errors
/// A refusal when the row was corrected too often; when the table cannot be read or written.
pub async fn correct(table: &Table, mut row: Row, text: &RowText, audit: &Audit) -> Result<Option<Row>> {
    let request = MessageId::draw(audit.at)?;
    let mut attempt = 0;
    loop {
        // It is ours when an earlier try did it and its answer was lost; others may have corrected it since.
        let is_ours = row.corrections.iter().any(|correction| correction.request == request);
        if is_ours || row.describe == text.as_str() {
            return Ok(Some(row));
        }
        if row.corrections.len() >= CORRECTIONS_MAX {
            return Err(Error::refused("该记录的修改次数已达上限，不能再修改"));
        }
        if attempt == TRIES_MAX {
            return Err(still_busy("a correction"));
        }
        let correction = Correction { by: audit.by, at: audit.at, request, was: row.describe.clone() };
        match table.transact(actions(table, &row, text, &correction, audit)?, None).await {
            Ok(()) => {
                row.corrections.push(correction);
                text.as_str().clone_into(&mut row.describe);
                return Ok(Some(row));
            }
            // Corrected or hidden meanwhile: look again.
            Err(Cancelled::Condition(_)) => {}
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
        attempt += 1;
        match read(table, &Key::ledger_row(row.user, row.ordinal)).await? {
            Some(now_there) if now_there.hidden.is_none() => row = now_there,
            _ => return Ok(None),
        }
    }
}

fn actions(
    table: &Table,
    row: &Row,
    text: &RowText,
    correction: &Correction,
    audit: &Audit,
) -> Result<Vec<TransactWriteItem>> {
    let corrected = Row { describe: text.as_str().to_owned(), ..row.clone() };
    let mut actions = vec![action(table, row, text, correction)?];
    if let Some(note) = Note::changed(row, &corrected) {
        actions.extend(audit.record(table, &note, None)?);
    }
    Ok(actions)
}

/// Each correction adds one, so their number stands in for a version.
fn action(table: &Table, row: &Row, text: &RowText, correction: &Correction) -> Result<TransactWriteItem> {
    let correction = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(vec![correction]).map_err(Error::internal)?;
    let change = Change::of(&Key::ledger_row(row.user, row.ordinal))
        .set("#describe = :text")
        .when("attribute_not_exists(#hidden)")
        .name("#describe", "describe")
        .name("#hidden", "hidden")
        .value(":text", s(text.as_str()))
        .value(":correction", correction);
    let change = if row.corrections.is_empty() {
        change.set("corrections = :correction").when("attribute_exists(pk) AND attribute_not_exists(corrections)")
    } else {
        let known = i64::try_from(row.corrections.len()).unwrap_or(i64::MAX);
        change
            .set("corrections = list_append(corrections, :correction)")
            .when("size(corrections) = :known")
            .value(":known", n(known))
    };
    change.action(table)
}
