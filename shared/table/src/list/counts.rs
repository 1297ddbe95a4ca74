//! The counts as readers see them: the tally and the trunks, at one moment.

use std::collections::BTreeMap;

use domain::Result;
use futures_util::future::{join_all, try_join};

use super::tally::{leaf_of, stamp_name, total_name};
use super::{BRANCH_BITS, LEAF_BITS, List, TRUNK_BITS};
use crate::Table;
use crate::failure::{Item, unexpected};
use crate::keys::{TALLY_PARTITION, TRUNK_PREFIX, list_partition};
use crate::values::s;

/// Readings of tally and trunks until they are of one moment. They are not only while a roll-up commits between the two.
const READINGS_MAX: usize = 4;

/// How many rows some lists hold together, and where.
#[derive(Clone, Debug)]
pub struct Counts {
    pub(super) lists: Vec<List>,
    pub(super) total: i64,
    /// Rolled up, by branch.
    pub(super) branches: BTreeMap<i64, BTreeMap<List, i64>>,
    /// Not rolled up yet, by leaf.
    pub(super) open: BTreeMap<i64, i64>,
}

impl Counts {
    /// The number of rows at the moment of reading.
    pub fn total(&self) -> u64 {
        u64::try_from(self.total).unwrap_or(0)
    }

    pub(super) fn add_up(&self) -> bool {
        let rolled: i64 = self.branches.values().flat_map(BTreeMap::values).sum();
        rolled + self.open.values().sum::<i64>() == self.total
    }
}

/// Reads the counts of `lists`, as one list: one round trip.
///
/// # Errors
/// When the table cannot be read.
pub async fn counts(table: &Table, lists: &[List]) -> Result<Counts> {
    let mut counts = Counts { lists: lists.to_vec(), total: 0, branches: BTreeMap::new(), open: BTreeMap::new() };
    for _ in 0..READINGS_MAX {
        let (tally, trunks) = try_join(partition(table, TALLY_PARTITION, None), trunks(table, lists)).await?;
        counts = gather(lists, &tally, &trunks);
        if are_of_one_moment(lists, &tally, &trunks) {
            if !counts.add_up() {
                // Pages are still right where the counts are; the books check names what differs.
                tracing::error!(lists = ?names(lists), "counts of a list do not add up");
            }
            return Ok(counts);
        }
    }
    // The number is right all the same, for it stands in the tally alone; rows of a page may be some places off.
    tracing::warn!(lists = ?names(lists), "roll-ups came between all readings of a list's counts");
    Ok(counts)
}

fn names(lists: &[List]) -> Vec<&'static str> {
    lists.iter().map(|list| list.name()).collect()
}

/// Each roll-up adds one random number to the stamps of both sides. Comparing the counts instead would miss a roll-up
/// whose numbers add up to nothing.
pub(super) fn are_of_one_moment(lists: &[List], tally: &[Item], trunks: &[Vec<Item>]) -> bool {
    let sum = |items: &[Item], stamp: &str| -> i64 {
        items.iter().flat_map(numbers).filter(|(name, _)| *name == stamp).map(|(_, value)| value).sum()
    };
    lists.iter().zip(trunks).all(|(list, trunks)| sum(tally, &stamp_name(*list)) == sum(trunks, STAMP))
}

/// The trunks of each list.
pub(super) async fn trunks(table: &Table, lists: &[List]) -> Result<Vec<Vec<Item>>> {
    let partitions: Vec<String> = lists.iter().map(|list| list_partition(*list)).collect();
    let reads = partitions.iter().map(|pk| partition(table, pk, Some(TRUNK_PREFIX)));
    join_all(reads).await.into_iter().collect()
}

pub(super) fn gather(lists: &[List], tally: &[Item], trunks: &[Vec<Item>]) -> Counts {
    let mut counts = Counts { lists: lists.to_vec(), total: 0, branches: BTreeMap::new(), open: BTreeMap::new() };
    for (name, value) in tally.iter().flat_map(numbers) {
        if lists.iter().any(|list| total_name(*list) == name) {
            counts.total += value;
        } else if let Some((list, leaf)) = leaf_of(name)
            && lists.contains(&list)
        {
            *counts.open.entry(leaf).or_default() += value;
        }
    }
    for (list, trunks) in lists.iter().zip(trunks) {
        for (branch, value) in trunks.iter().flat_map(branches_of) {
            *counts.branches.entry(branch).or_default().entry(*list).or_default() += value;
        }
    }
    counts
}

/// The branches that a trunk item counts.
pub(super) fn branches_of(item: &Item) -> impl Iterator<Item = (i64, i64)> {
    let trunk = item.get("sk").and_then(|sk| sk.as_s().ok()?.strip_prefix(TRUNK_PREFIX)?.parse::<i64>().ok());
    numbers(item).filter_map(move |(name, value)| Some((child_of(trunk?, name)?, value)))
}

/// Children of a node are counted by their place in it: short names in an item that is read for each page.
fn child_of(trunk: i64, name: &str) -> Option<i64> {
    let place: i64 = name.strip_prefix("c_")?.parse().ok()?;
    Some((trunk << (TRUNK_BITS - BRANCH_BITS)) + place)
}

/// The attribute of a trunk with the stamps of its roll-ups.
pub(super) const STAMP: &str = "s";

/// The attribute of a trunk or branch that counts one of its children.
pub(crate) fn child_name(child: i64, parent_bits: u32, child_bits: u32) -> String {
    format!("c_{}", child & ((1 << (parent_bits - child_bits)) - 1))
}

/// The leaves that a branch item counts.
pub(super) fn leaves_of(branch: i64, item: &Item) -> impl Iterator<Item = (i64, i64)> {
    numbers(item).filter_map(move |(name, value)| {
        let place: i64 = name.strip_prefix("c_")?.parse().ok()?;
        Some(((branch << (BRANCH_BITS - LEAF_BITS)) + place, value))
    })
}

/// The attributes of an item that are numbers.
pub(crate) fn numbers(item: &Item) -> impl Iterator<Item = (&str, i64)> {
    item.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_n().ok()?.parse().ok()?)))
}

/// All items of a small partition, or those with a prefix.
pub(super) async fn partition(table: &Table, pk: &str, prefix: Option<&str>) -> Result<Vec<Item>> {
    let query =
        table.client.query().table_name(&table.name).expression_attribute_values(":pk", s(pk)).consistent_read(true);
    let query = match prefix {
        None => query.key_condition_expression("pk = :pk"),
        Some(prefix) => query
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":prefix", s(prefix)),
    };
    let items: Result<Vec<Item>, _> = query.into_paginator().items().send().collect().await;
    items.map_err(unexpected)
}
