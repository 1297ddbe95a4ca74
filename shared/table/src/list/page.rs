//! Finding the rows of a page.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Id, Page, Result, UserId};
use futures_util::future::join_all;

use super::counts::{Counts, leaves_of};
use super::{BRANCH_BITS, LEAF_BITS, List};
use crate::Table;
use crate::failure::{Item, unexpected};
use crate::keys::{Key, list_partition};
use crate::values::{n, s};

/// Rows of the index that are read past rather than spending a round trip on finding a nearer boundary.
const PAST_MAX: i64 = 200;

/// A row of a list, as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which list.
    pub list: List,
    /// The row's id.
    pub id: i64,
    /// Whose it is; an unused code is nobody's.
    pub user: Option<UserId>,
    pub(crate) key: Key,
}

/// The rows of a page, newest first. They may be some milliseconds behind the counts, as the index is.
///
/// # Errors
/// When the table cannot be read.
pub async fn page(table: &Table, counts: &Counts, page: Page) -> Result<Vec<Listed>> {
    page_past(table, counts, page, PAST_MAX).await
}

/// The rows of a page, by a finer boundary when the way to them leads past more than `past_max` others.
pub(super) async fn page_past(table: &Table, counts: &Counts, page: Page, past_max: i64) -> Result<Vec<Listed>> {
    let total = i128::from(counts.total);
    let first = i128::from(page.number - 1) * i128::from(page.size);
    if first >= total {
        return Ok(Vec::new());
    }
    let ranks = |number: i128| i64::try_from(number).unwrap_or(i64::MAX);
    let wanted = Wanted { first: ranks(first), end: ranks((first + i128::from(page.size)).min(total)) };

    let mut segments = segments(counts);
    let mut way = wanted.way(&segments);
    if way.past > past_max {
        refine(table, counts, &mut segments, wanted).await?;
        way = wanted.way(&segments);
    }
    walk(table, &counts.lists, way, wanted.end - wanted.first).await
}

/// The row with this id in one of the lists. What the index says may be some milliseconds old: name what you rely on in
/// the condition of the write.
///
/// # Errors
/// When the table cannot be read.
pub async fn find<K>(table: &Table, lists: &[List], id: Id<K>) -> Result<Option<Listed>> {
    Ok(range(table, lists, id, id).await?.into_iter().next())
}

/// The rows with ids from `first` to `last`, oldest first. Give it bounds that few rows lie between.
///
/// # Errors
/// When the table cannot be read.
pub async fn range<K>(table: &Table, lists: &[List], first: Id<K>, last: Id<K>) -> Result<Vec<Listed>> {
    let bounds = Bounds { sort: "list_sk BETWEEN :from AND :to", from: first.as_i64(), to: Some(last.as_i64()) };
    let reads = lists.iter().map(|list| read(table, *list, bounds, true, i64::MAX));
    merged(join_all(reads).await, |row| row.id)
}

/// Up to `limit` rows of some lists as one, newest first, whose ids are in `ids` (both ends included). They may be some
/// milliseconds old, as the index is.
///
/// The lists are read one after the other, as they are given, so that no row is missed that moves on from a list to
/// one behind it at that moment. Where rows move both ways, name a list twice.
///
/// # Errors
/// When the table cannot be read.
pub async fn newest(table: &Table, lists: &[List], ids: (i64, i64), limit: usize) -> Result<Vec<Listed>> {
    // The table refuses a range that ends before it begins.
    if ids.0 > ids.1 {
        return Ok(Vec::new());
    }
    let bounds = Bounds { sort: "list_sk BETWEEN :from AND :to", from: ids.0, to: Some(ids.1) };
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut reads = Vec::new();
    for list in lists {
        reads.push(read(table, *list, bounds, false, most).await);
    }
    let mut rows = merged(reads, |row| -row.id)?;
    rows.truncate(limit);
    Ok(rows)
}

/// Ranks, from 0 at the newest row: from `first` to before `end`.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    first: i64,
    end: i64,
}

/// A way to the rows: from an id on (that one too) towards older or newer ones, past some that are not wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    from: i64,
    towards_newer: bool,
    past: i64,
}

/// Lowest ids of ranges and the number of rows in them, by which each range ends where the next one begins.
type Segments = BTreeMap<i64, i64>;

fn segments(counts: &Counts) -> Segments {
    let rolled = counts.branches.iter().map(|(branch, counts)| (branch << BRANCH_BITS, counts.values().sum()));
    let mut segments: Segments = rolled.collect();
    // What is open in a branch that is rolled up in part cannot be told apart by leaf without the branch's item.
    for (leaf, count) in &counts.open {
        let branch = leaf >> (BRANCH_BITS - LEAF_BITS);
        let start = if counts.branches.contains_key(&branch) { branch << BRANCH_BITS } else { leaf << LEAF_BITS };
        *segments.entry(start).or_default() += count;
    }
    segments
}

impl Wanted {
    /// The cheapest way: the nearest known boundary on either side.
    fn way(self, segments: &Segments) -> Way {
        let mut way = Way { from: i64::MAX, towards_newer: false, past: self.first };
        let mut rank = 0;
        for (start, count) in segments.iter().rev() {
            // The boundary below this segment has `rank` rows above it.
            rank += count;
            let candidate = if rank <= self.first {
                Way { from: start - 1, towards_newer: false, past: self.first - rank }
            } else if rank >= self.end {
                Way { from: *start, towards_newer: true, past: rank - self.end }
            } else {
                continue;
            };
            if candidate.past < way.past {
                way = candidate;
            }
        }
        way
    }
}

/// Replaces the segments that the wanted rows begin and end in by their leaves, as far as their branches are rolled up.
async fn refine(table: &Table, counts: &Counts, segments: &mut Segments, wanted: Wanted) -> Result<()> {
    let ends = [wanted.first, wanted.end - 1];
    let mut rank = 0;
    let mut coarse = Vec::new();
    for (start, count) in segments.iter().rev() {
        let branch = start >> BRANCH_BITS;
        if ends.iter().any(|end| (rank..rank + count).contains(end)) && counts.branches.contains_key(&branch) {
            coarse.push(branch);
        }
        rank += count;
    }
    let keys = coarse.iter().flat_map(|branch| counts.lists.iter().map(|list| Key::branch(*list, *branch)));
    let keys: Vec<Key> = keys.collect();
    let items = table.get_all(keys).await?;
    for branch in coarse {
        if let Some(leaves) = leaves(counts, branch, &items) {
            segments.remove(&(branch << BRANCH_BITS));
            for (leaf, count) in leaves {
                *segments.entry(leaf << LEAF_BITS).or_default() += count;
            }
        }
    }
    Ok(())
}

/// What each leaf of a branch holds. None when a roll-up came between the two readings, which changes the sum of a branch
/// whatever it moves: the coarse numbers are right by themselves.
fn leaves(counts: &Counts, branch: i64, items: &HashMap<Key, Item>) -> Option<BTreeMap<i64, i64>> {
    let mut leaves: BTreeMap<i64, i64> = BTreeMap::new();
    for list in &counts.lists {
        let item = items.get(&Key::branch(*list, branch));
        let rolled: Vec<(i64, i64)> = item.into_iter().flat_map(|item| leaves_of(branch, item)).collect();
        let known = counts.branches.get(&branch)?.get(list).copied().unwrap_or(0);
        if rolled.iter().map(|(_, count)| count).sum::<i64>() != known {
            return None;
        }
        for (leaf, count) in rolled {
            *leaves.entry(leaf).or_default() += count;
        }
    }
    let first = branch << (BRANCH_BITS - LEAF_BITS);
    for (leaf, count) in counts.open.range(first..first + (1 << (BRANCH_BITS - LEAF_BITS))) {
        *leaves.entry(*leaf).or_default() += count;
    }
    Some(leaves)
}

/// Goes the way in each list's index and takes `count` rows of what they hold together, newest first.
async fn walk(table: &Table, lists: &[List], way: Way, count: i64) -> Result<Vec<Listed>> {
    let sort = if way.towards_newer { "list_sk >= :from" } else { "list_sk <= :from" };
    let bounds = Bounds { sort, from: way.from, to: None };
    let reads = lists.iter().map(|list| read(table, *list, bounds, way.towards_newer, way.past + count));
    let direction = if way.towards_newer { 1 } else { -1 };
    let rows = merged(join_all(reads).await, |row| direction * row.id)?;
    let (past, count) = (usize::try_from(way.past).unwrap_or(0), usize::try_from(count).unwrap_or(0));
    let mut rows: Vec<Listed> = rows.into_iter().skip(past).take(count).collect();
    rows.sort_by_key(|row| -row.id);
    Ok(rows)
}

fn merged(reads: Vec<Result<Vec<Listed>>>, order: impl Fn(&Listed) -> i64) -> Result<Vec<Listed>> {
    let lists: Result<Vec<Vec<Listed>>> = reads.into_iter().collect();
    let mut rows: Vec<Listed> = lists?.into_iter().flatten().collect();
    rows.sort_by_key(order);
    // A row on its way from one list to another may stand in both for a moment.
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) sort: &'static str,
    pub(super) from: i64,
    pub(super) to: Option<i64>,
}

/// Up to `limit` rows of one list's index, in the direction asked for.
pub(super) async fn read(
    table: &Table,
    list: List,
    bounds: Bounds,
    ascending: bool,
    limit: i64,
) -> Result<Vec<Listed>> {
    let mut rows = Vec::new();
    let mut start: Option<Item> = None;
    loop {
        let rest = limit - i64::try_from(rows.len()).unwrap_or(limit);
        let query = table
            .client
            .query()
            .table_name(&table.name)
            .index_name("list")
            .key_condition_expression(format!("list_pk = :list AND {}", bounds.sort))
            .expression_attribute_values(":list", s(&list_partition(list)))
            .expression_attribute_values(":from", n(bounds.from))
            .scan_index_forward(ascending)
            .limit(i32::try_from(rest).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let query = match bounds.to {
            Some(to) => query.expression_attribute_values(":to", n(to)),
            None => query,
        };
        let found = query.send().await.map_err(unexpected)?;
        rows.extend(found.items.unwrap_or_default().iter().filter_map(|item| listed(list, item)));
        start = found.last_evaluated_key;
        if start.is_none() || i64::try_from(rows.len()).unwrap_or(limit) >= limit {
            return Ok(rows);
        }
    }
}

fn listed(list: List, item: &Item) -> Option<Listed> {
    let id = item.get("list_sk").map(AttributeValue::as_n)?.ok()?.parse().ok()?;
    let user = item.get("user").and_then(|user| UserId::parse(user.as_s().ok()?));
    Some(Listed { list, id, user, key: Key::of(item)? })
}
