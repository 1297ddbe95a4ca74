//! How many rows of which list lie where: what transactions would have raised row by row.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Error, Id, Result};

use super::Put;
use crate::Table;
use crate::keys::Key;
use crate::list::{BRANCH_BITS, LEAF_BITS, List, TRUNK_BITS, child_name, leaf, leaf_name, total_name};
use crate::values::n;
use crate::write::{Change, Committed, VERSION};

/// Counts of leaves that one item of the tally takes: an expression of DynamoDB's has 4 KB.
const LEAVES_MAX: usize = 40;

/// The number of rows of each list, by leaf.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    leaves: BTreeMap<(List, i64), i64>,
    /// Leaves of the present, which the product's own rows come into too: they go the way that those go.
    open: BTreeSet<i64>,
}

impl Counts {
    pub(super) fn joins<K>(&mut self, list: List, id: Id<K>) {
        *self.leaves.entry((list, leaf(id))).or_default() += 1;
    }

    /// A row that comes to be with the load.
    pub(super) fn joins_now<K>(&mut self, list: List, id: Id<K>) {
        self.open.insert(leaf(id));
        self.joins(list, id);
    }

    /// How many rows a list has.
    pub fn of(&self, list: List) -> u64 {
        u64::try_from(self.totals().get(&list).copied().unwrap_or(0)).unwrap_or(0)
    }

    fn totals(&self) -> BTreeMap<List, i64> {
        let mut totals = BTreeMap::new();
        for ((list, _), count) in &self.leaves {
            *totals.entry(*list).or_default() += count;
        }
        totals
    }

    fn ended(&self) -> impl Iterator<Item = (List, i64, i64)> {
        let ended = self.leaves.iter().filter(|((_, leaf), _)| !self.open.contains(leaf));
        ended.map(|((list, leaf), count)| (*list, *leaf, *count))
    }

    /// The branches, to be put like the rows.
    ///
    /// # Errors
    /// Never for counts; the signature of what makes items allows it.
    pub fn branches(&self) -> Result<Vec<Put>> {
        let mut branches: BTreeMap<(List, i64), BTreeMap<String, i64>> = BTreeMap::new();
        for (list, leaf, count) in self.ended() {
            let counts = branches.entry((list, leaf >> (BRANCH_BITS - LEAF_BITS))).or_default();
            *counts.entry(child_name(leaf, BRANCH_BITS, LEAF_BITS)).or_default() += count;
        }
        branches.iter().map(|((list, branch), counts)| Put::of(&Key::branch(*list, *branch), counts, &[])).collect()
    }

    /// Stores what trunks say of these branches. What they say of others stays: janitors may have come by.
    pub(super) async fn store_trunks(&self, table: &Table) -> Result<()> {
        let mut trunks: BTreeMap<(List, i64), BTreeMap<String, i64>> = BTreeMap::new();
        for (list, leaf, count) in self.ended() {
            let counts = trunks.entry((list, leaf >> (TRUNK_BITS - LEAF_BITS))).or_default();
            let branch = child_name(leaf >> (BRANCH_BITS - LEAF_BITS), TRUNK_BITS, BRANCH_BITS);
            *counts.entry(branch).or_default() += count;
        }
        for ((list, trunk), counts) in trunks {
            let counts: Vec<(String, i64)> = counts.into_iter().collect();
            // An expression of DynamoDB's has 4 KB.
            for some in counts.chunks(LEAVES_MAX) {
                let change = Change::of(&Key::trunk(list, trunk)).set("v = :v").value(":v", n(VERSION));
                let change = some.iter().fold(change, |change, (name, count)| {
                    change.set(format!("{name} = :{name}")).value(format!(":{name}"), n(*count))
                });
                table.commit(vec![change.action(table)?], "counting what was taken over").await?;
            }
        }
        Ok(())
    }

    /// Raises the totals, and the counts of open leaves, in the transaction that marks the load as done at `now`.
    pub(super) async fn raise(&self, table: &Table, now: i64) -> Result<()> {
        let mark = Change::of(&Key::import())
            .set("finished = :now")
            .when("attribute_exists(pk) AND attribute_not_exists(finished)")
            .value(":now", n(now));
        let mut actions = vec![mark.action(table)?];
        let totals = self.totals().into_iter().map(|(list, count)| (total_name(list), count));
        let open = self.leaves.iter().filter(|((_, leaf), _)| self.open.contains(leaf));
        let open = open.map(|((list, leaf), count)| (leaf_name(*list, *leaf), *count));
        let raised: Vec<(String, i64)> = totals.chain(open).collect();
        for (shard, some) in (0_i64..).zip(raised.chunks(LEAVES_MAX)) {
            let change = Change::of(&Key::tally(shard)).set("v = :v").value(":v", n(VERSION));
            let change = some.iter().fold(change, |change, (name, by)| {
                change.add(format!("{name} :{name}")).value(format!(":{name}"), n(*by))
            });
            actions.push(change.action(table)?);
        }
        match table.commit(actions, "marking a load as done").await? {
            Committed::Done => Ok(()),
            Committed::Not(_) => Err(Error::internal("the load was marked as done by another importer")),
        }
    }
}
