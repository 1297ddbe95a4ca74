//! The lists: as many rows as are counted, stretch by stretch, and counts whose levels agree.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::Result;
use futures_util::future::join_all;

use super::Step;
use super::difference::{Difference, Kind};
use super::run::Phase;
use super::steady::steady;
use crate::Table;
use crate::list::List;
use crate::list::audit::{Part, count, part};

/// Branches of one step: a list has one for each 18 hours in which it got rows.
const BRANCHES_MAX: usize = 16;

/// The first list's beginning.
pub(super) fn first() -> Phase {
    Phase::Counts { list: 0, after: 0 }
}

pub(super) async fn step(table: &Table, number: usize, after: i64) -> Result<Step> {
    let Some(list) = List::ALL.get(number).copied() else { return Ok(Step::to(Phase::Codes { after: 0 })) };
    // The next step begins where the last look ended: it may know other branches than the one before.
    let end = AtomicI64::new(i64::MAX);
    let differences = steady(|| look(table, list, after, &end)).await?;
    let next = match end.into_inner() {
        i64::MAX => Phase::Counts { list: number + 1, after: 0 },
        after => Phase::Counts { list: number, after },
    };
    Ok(Step { differences, ..Step::to(next) })
}

/// What differs now, and did while it was looked for: the counts are read before the rows and after.
async fn look(table: &Table, list: List, after: i64, end: &AtomicI64) -> Result<Vec<Difference>> {
    let before = part(table, list, after, BRANCHES_MAX).await?;
    end.store(before.stretches.last().map_or(i64::MAX, |stretch| stretch.ids.1), Ordering::Relaxed);
    let rows = join_all(before.stretches.iter().map(|stretch| count(table, list, stretch.ids))).await;
    let rows: Vec<i64> = rows.into_iter().collect::<Result<_>>()?;
    let mut differences = of(list, after, &before, &rows);
    if !differences.is_empty() {
        let still = of(list, after, &part(table, list, after, BRANCHES_MAX).await?, &rows);
        differences.retain(|difference| still.contains(difference));
    }
    Ok(differences)
}

/// The counts of a part against its rows, by stretch.
fn of(list: List, after: i64, part: &Part, rows: &[i64]) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (shown, added_up) = part.total;
    if after == 0 && shown != added_up {
        differences.push(Difference::new(Kind::ListTotal, list.name(), added_up, shown));
    }
    for (stretch, rows) in part.stretches.iter().zip(rows) {
        let id = format!("{}/{}", list.name(), stretch.ids.0);
        if *rows != stretch.counted {
            differences.push(Difference::new(Kind::ListRows, &id, *rows, stretch.counted));
        }
        let (trunk, leaves) = stretch.rolled;
        if trunk != leaves {
            differences.push(Difference::new(Kind::ListLevels, &id, leaves, trunk));
        }
    }
    differences
}
