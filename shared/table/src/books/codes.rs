//! Redemption codes: each used one has its redeemer's row, and batches count what became of their codes.

use domain::Result;
use futures_util::future::join_all;

use super::Step;
use super::difference::{Difference, Kind, number};
use super::run::Phase;
use super::steady::steady;
use crate::Table;
use crate::keys::Key;
use crate::ledger::{Cause, Row};
use crate::list::audit::{count, rows};
use crate::list::{List, Listed};
use crate::read::entity;
use crate::redemption::{Batch, Code, Status};

/// Codes of one step.
const CODES_MAX: i64 = 100;
/// Batches of one step.
const BATCHES_MAX: i64 = 16;

/// Some used codes with the rows that they name.
pub(super) async fn step(table: &Table, after: i64) -> Result<Step> {
    let entries = rows(table, List::CODES_USED, after, CODES_MAX).await?;
    let Some(last) = entries.last() else { return Ok(Step::to(Phase::Batches { after: 0 })) };
    let mut step = Step::to(Phase::Codes { after: last.id });
    let mut items = table.get_all(entries.iter().map(|entry| entry.key.clone())).await?;
    let mut used = Vec::new();
    for entry in &entries {
        // One that was deleted meanwhile is in nobody's way.
        let Some(item) = items.remove(&entry.key) else { continue };
        match entity::<Code>(item) {
            Ok(code) => used.push(code),
            Err(_) => step.differences.push(Difference::either(Kind::Unreadable, &entry.id, true)),
        }
    }
    // Another system need not have kept the row that tells of a code.
    used.retain(|code| !(code.imported && code.ordinal.is_none()));
    let row = |code: &Code| Some(Key::ledger_row(code.user?, code.ordinal?));
    let items = table.get_all(used.iter().filter_map(row)).await?;
    for code in used {
        let row = row(&code).and_then(|key| entity::<Row>(items.get(&key)?.clone()).ok());
        let cause = Cause::Code { code: code.id, batch: code.batch };
        if code.status != Status::Used || row.is_none_or(|row| row.cause != cause) {
            step.differences.push(Difference::either(Kind::CodeRow, &code.id, true));
        }
    }
    Ok(step)
}

/// Some batches with the numbers of their codes.
pub(super) async fn step_of_batches(table: &Table, after: i64) -> Result<Step> {
    let entries = rows(table, List::BATCHES, after, BATCHES_MAX).await?;
    let Some(last) = entries.last() else { return Ok(Step::to(Phase::PaidOrders { after: 0 })) };
    let differences = steady(|| looks(table, &entries)).await?;
    Ok(Step { differences, ..Step::to(Phase::Batches { after: last.id }) })
}

async fn looks(table: &Table, entries: &[Listed]) -> Result<Vec<Difference>> {
    let looks = join_all(entries.iter().map(|entry| look(table, entry))).await;
    let looks: Result<Vec<Vec<Difference>>> = looks.into_iter().collect();
    Ok(looks?.into_iter().flatten().collect())
}

async fn look(table: &Table, entry: &Listed) -> Result<Vec<Difference>> {
    let Some(item) = table.get_all([entry.key.clone()]).await?.remove(&entry.key) else { return Ok(Vec::new()) };
    let Ok(batch) = entity::<Batch>(item) else {
        return Ok(vec![Difference::either(Kind::Unreadable, &entry.id, true)]);
    };
    let ids = (batch.ids().0.as_i64(), batch.ids().1.as_i64());
    let counts = [Status::Unused, Status::Used, Status::Void].map(|status| count(table, status.list(), ids));
    let counts: Result<Vec<i64>> = join_all(counts).await.into_iter().collect();
    let &[unused, used, void] = counts?.as_slice() else { return Ok(Vec::new()) };

    let (made, redeemed, left) = (number(batch.count), number(batch.used), number(batch.left));
    let mut differences = Vec::new();
    if left != unused {
        differences.push(Difference::new(Kind::Batch, &batch.id, unused, left));
    }
    // Deleted codes count on as made, and as used.
    if redeemed < used {
        differences.push(Difference::new(Kind::Batch, &batch.id, used, redeemed));
    }
    let accounted = (redeemed + left).max(unused + used + void);
    if made < accounted {
        differences.push(Difference::new(Kind::Batch, &batch.id, accounted, made));
    }
    Ok(differences)
}
