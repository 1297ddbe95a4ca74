//! What the books check reads of a list: its rows in order, how many lie between two ids, and how many there should be.

use std::collections::BTreeMap;

use domain::Result;

use super::counts::{counts, leaves_of};
use super::page::{Bounds, Listed, read};
use super::{BRANCH_BITS, LEAF_BITS, List};
use crate::Table;
use crate::failure::Item;
use crate::keys::{Key, list_partition};
use crate::values::{n, s};

/// Rows of several branches that are counted at once; one branch alone may have more.
const ROWS_MAX: i64 = 100_000;

/// A stretch of a list that ends where a branch ends and begins where the one before ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Its lowest and its highest id.
    pub(crate) ids: (i64, i64),
    /// Rows that the counts know in it.
    pub(crate) counted: i64,
    /// Those of them that the trunk has, and that the branch's item has by leaf: the same number.
    pub(crate) rolled: (i64, i64),
}

/// What the counts say of a part of a list.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The list's number of rows, as it is shown and as its parts add up.
    pub(crate) total: (i64, i64),
    /// The part's stretches, oldest first, without a hole between them.
    pub(crate) stretches: Vec<Stretch>,
}

/// The rows behind `after`, oldest first, at most `limit`.
pub(crate) async fn rows(table: &Table, list: List, after: i64, limit: i64) -> Result<Vec<Listed>> {
    read(table, list, Bounds { sort: "list_sk > :from", from: after, to: None }, true, limit).await
}

/// How many rows the index has between two ids, both included.
pub(crate) async fn count(table: &Table, list: List, ids: (i64, i64)) -> Result<i64> {
    let query = table
        .client
        .query()
        .table_name(&table.name)
        .index_name("list")
        .key_condition_expression("list_pk = :list AND list_sk BETWEEN :from AND :to")
        .expression_attribute_values(":list", s(&list_partition(list)))
        .expression_attribute_values(":from", n(ids.0))
        .expression_attribute_values(":to", n(ids.1));
    crate::read::count(query).await
}

/// The counts of up to `branches` branches behind `after`. The last stretch of a list goes up to the last of all
/// ids, so that a row that no count knows is in some stretch.
pub(crate) async fn part(table: &Table, list: List, after: i64, branches: usize) -> Result<Part> {
    let counts = counts(table, &[list]).await?;
    let mut known: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (branch, lists) in &counts.branches {
        let rolled = lists.values().sum();
        known.insert(*branch, (rolled, rolled));
    }
    for (leaf, open) in &counts.open {
        known.entry(leaf >> (BRANCH_BITS - LEAF_BITS)).or_default().0 += open;
    }
    let total = (counts.total, known.values().map(|(count, _)| count).sum());
    let ahead: Vec<(i64, (i64, i64))> = known.into_iter().filter(|(branch, _)| last_of(*branch) > after).collect();
    let (now, later) = ahead.split_at(few(&ahead, branches));
    let items = table.get_all(now.iter().map(|(branch, _)| Key::branch(list, *branch))).await?;

    let mut stretches = Vec::new();
    let mut first = after + 1;
    for (branch, (counted, rolled)) in now {
        let leaves = items.get(&Key::branch(list, *branch)).map_or(0, |item| sum(*branch, item));
        stretches.push(Stretch { ids: (first, last_of(*branch)), counted: *counted, rolled: (*rolled, leaves) });
        first = last_of(*branch).saturating_add(1);
    }
    if later.is_empty() {
        stretches.push(Stretch { ids: (first, i64::MAX), counted: 0, rolled: (0, 0) });
    }
    Ok(Part { total, stretches })
}

/// How many of the branches ahead are few enough to count their rows at once.
fn few(ahead: &[(i64, (i64, i64))], most: usize) -> usize {
    let mut rows = 0_i64;
    let few = ahead.iter().take(most).take_while(|(_, (counted, _))| {
        rows = rows.saturating_add(*counted);
        rows <= ROWS_MAX
    });
    few.count().max(1).min(ahead.len())
}

/// The highest id of a branch.
fn last_of(branch: i64) -> i64 {
    (branch << BRANCH_BITS) | ((1 << BRANCH_BITS) - 1)
}

fn sum(branch: i64, item: &Item) -> i64 {
    leaves_of(branch, item).map(|(_, count)| count).sum()
}
