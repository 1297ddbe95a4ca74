//! Rows that an administrator took off the lists: they stay in the ledger and count, and a statement leaves them out.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{Error, MessageId, Result, UserId};

use super::{Hidden, Row, read};
use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{Cancelled, pause, still_busy, unexpected};
use crate::keys::Key;
use crate::list::{self, List, Tally};
use crate::values::n;
use crate::write::{Change, VERSION};

/// Hidden rows of one user: their ordinals are one item, which holds 400 KB, and whose size each further one pays.
pub(super) const HIDDEN_MAX: i64 = 5_000;
const TRIES_MAX: u32 = 8;

/// Takes a row off the lists. The credits and their sum stay, and so does the row, which says who hid it and when.
/// False when there is none to hide.
///
/// # Errors
/// A refusal when the user has too many hidden rows; when the table cannot be read or written.
pub async fn hide(table: &Table, id: MessageId, audit: &Audit) -> Result<bool> {
    let Some(listed) = list::find(table, &[List::LEDGER], id).await? else { return Ok(false) };
    let hidden = Hidden { by: audit.by, at: audit.at, request: MessageId::draw(audit.at)? };
    let mut attempt = 0;
    loop {
        let Some(row) = read(table, &listed.key).await? else { return Ok(false) };
        if let Some(there) = &row.hidden {
            // It is ours when an earlier try did it and its answer was lost.
            return Ok(*there == hidden);
        }
        if attempt == TRIES_MAX {
            return Err(still_busy("hiding a row"));
        }
        match table.transact(actions(table, &row, &hidden, audit)?, None).await {
            Ok(()) => return Ok(true),
            // Hidden meanwhile: look by whom.
            Err(Cancelled::Condition(0)) => {}
            Err(Cancelled::Condition(1)) => return Err(Error::refused("该用户已删除的消费记录过多，不能再删除")),
            Err(Cancelled::Condition(_)) => return Err(Error::internal("a ledger row without its user")),
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
        attempt += 1;
    }
}

/// The row leaves its list, the user's hidden ordinals gain one, and the counts follow.
fn actions(table: &Table, row: &Row, hidden: &Hidden, audit: &Audit) -> Result<Vec<TransactWriteItem>> {
    let hidden = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(hidden).map_err(Error::internal)?;
    let leaves = Change::of(&Key::ledger_row(row.user, row.ordinal))
        .set("#hidden = :hidden")
        .remove("list_pk, list_sk")
        .when("attribute_exists(pk) AND attribute_not_exists(#hidden)")
        .name("#hidden", "hidden")
        .value(":hidden", hidden);
    let gains = Change::of(&Key::hidden_rows(row.user))
        .set("v = :v")
        .add("ordinals :ordinal")
        .when("(attribute_not_exists(ordinals) OR size(ordinals) < :max)")
        .value(":v", n(VERSION))
        .value(":ordinal", AttributeValue::Ns(vec![row.ordinal.to_string()]))
        .value(":max", n(HIDDEN_MAX));
    // A deleted user's item remains, and counts on.
    let counts = Change::of(&Key::user(row.user))
        .add("#hidden :one")
        .when("attribute_exists(pk)")
        .name("#hidden", "hidden")
        .value(":one", n(1));
    let mut actions = vec![leaves.action(table)?, gains.action(table)?, counts.action(table)?];
    let tally = Tally::of(row.user).leaves(List::LEDGER, row.id);
    actions.extend(audit.record(table, &Note::gone(row), Some(tally))?);
    Ok(actions)
}

/// The ordinals of a user's hidden rows.
pub(super) async fn ordinals(table: &Table, user: UserId) -> Result<BTreeSet<u64>> {
    let read = table.client.get_item().table_name(&table.name).set_key(Some(Key::hidden_rows(user).attributes()));
    let item = read.consistent_read(true).send().await.map_err(unexpected)?.item.unwrap_or_default();
    let ordinals = item.get("ordinals").and_then(|set| set.as_ns().ok()).map_or(&[][..], Vec::as_slice);
    Ok(ordinals.iter().filter_map(|ordinal| ordinal.parse().ok()).collect())
}

/// The ordinal of the `place`-th row (from 1, oldest first) that is not hidden.
pub(super) fn ordinal_of(hidden: &BTreeSet<u64>, place: u64) -> u64 {
    hidden.iter().fold(place, |ordinal, hole| if *hole <= ordinal { ordinal + 1 } else { ordinal })
}
