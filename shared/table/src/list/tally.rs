//! The counts as writers change them.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{BusinessDay, Id, Result, UserId};

use super::{LEAF_BITS, List};
use crate::Table;
use crate::failure::Item;
use crate::keys::Key;
use crate::ledger::Row;
use crate::meter::Meter;
use crate::stats::{self, Figure};
use crate::values::n;
use crate::write::{Change, VERSION};

/// Items that the changes of counts are spread over, so that transactions of different users seldom meet in one.
pub(crate) const SHARDS: i64 = 16;

/// What one transaction does to the counts of all lists and to meters: one action.
#[derive(Debug)]
pub(crate) struct Tally {
    shard: i64,
    totals: BTreeMap<List, i64>,
    leaves: BTreeMap<(List, i64), i64>,
    meters: BTreeMap<Meter, i64>,
}

impl Tally {
    /// Changes caused by a user. Only contention depends on whom it is: counts are sums over all shards.
    pub(crate) fn of(user: UserId) -> Self {
        Self::spread_by(user.as_i64())
    }

    /// Changes spread by any number that differs between those who write at once.
    pub(crate) fn spread_by(number: i64) -> Self {
        let shard = number.rem_euclid(SHARDS);
        Self { shard, totals: BTreeMap::new(), leaves: BTreeMap::new(), meters: BTreeMap::new() }
    }

    /// A row joins a list.
    pub(crate) fn joins<K>(self, list: List, id: Id<K>) -> Self {
        self.changes(list, id, 1)
    }

    /// A row leaves a list.
    pub(crate) fn leaves<K>(self, list: List, id: Id<K>) -> Self {
        self.changes(list, id, -1)
    }

    /// A row joins the ledger: its list, and the figures of `day`, the business day of its `created`.
    pub(crate) fn row(self, row: &Row, day: BusinessDay) -> Self {
        let tally = self.joins(List::LEDGER, row.id);
        stats::of_row(row).into_iter().fold(tally, |tally, (figure, by)| tally.figure(day, &figure, by))
    }

    /// A figure of a day rises by so much.
    pub(crate) fn figure(self, day: BusinessDay, figure: &Figure, by: i64) -> Self {
        self.meters(Meter::of_day(day, figure), by)
    }

    /// A meter rises by so much.
    pub(crate) fn meters(mut self, meter: Meter, by: i64) -> Self {
        if by != 0 {
            let sum = self.meters.entry(meter).or_default();
            *sum = sum.saturating_add(by);
        }
        self
    }

    fn changes<K>(mut self, list: List, id: Id<K>, by: i64) -> Self {
        *self.totals.entry(list).or_default() += by;
        *self.leaves.entry((list, leaf(id))).or_default() += by;
        self
    }

    /// The changes as one action of a transaction. It has no condition, so it never speaks against the others.
    ///
    /// Attributes go by their place: by their names, ninety rows of as many quarter hours would not fit into the 4 KB of
    /// an expression.
    pub(crate) fn action(self, table: &Table) -> Result<TransactWriteItem> {
        let totals = self.totals.into_iter().map(|(list, by)| (total_name(list), by));
        let leaves = self.leaves.into_iter().map(|((list, leaf), by)| (leaf_name(list, leaf), by));
        let meters = self.meters.into_iter().map(|(meter, by)| (meter.tally_name(), by));
        let change = Change::of(&Key::tally(self.shard)).set("v = :v").value(":v", n(VERSION));
        let gains = totals.chain(leaves).chain(meters).enumerate();
        let gain = |change: Change, (place, (name, by)): (usize, (String, i64))| {
            let (attribute, value) = (format!("#{place}"), format!(":{place}"));
            change.add(format!("{attribute} {value}")).name(attribute, name).value(value, n(by))
        };
        gains.fold(change, gain).action(table)
    }
}

/// What DynamoDB counts an item of the tally as: names and texts by their bytes, a number by a byte for two digits and one
/// or two more. <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
pub(crate) fn bytes(item: &Item) -> usize {
    let of = |value: &AttributeValue| match value {
        AttributeValue::N(number) => number.len().div_ceil(2) + 2,
        AttributeValue::S(text) => text.len(),
        _ => 0,
    };
    item.iter().map(|(name, value)| name.len() + of(value)).sum()
}

/// The leaf that an id is counted in.
pub(crate) fn leaf<K>(id: Id<K>) -> i64 {
    id.as_i64() >> LEAF_BITS
}

/// The attribute with a list's number of rows.
pub(crate) fn total_name(list: List) -> String {
    format!("n_{}", list.tag)
}

/// The attribute with the stamps of the roll-ups that took counts of a list from here.
pub(super) fn stamp_name(list: List) -> String {
    format!("s_{}", list.tag)
}

/// The attribute with what a leaf of a list has gained since its last roll-up.
pub(crate) fn leaf_name(list: List, leaf: i64) -> String {
    format!("d_{}_{leaf}", list.tag)
}

/// The list and leaf that an attribute of a tally is about.
pub(super) fn leaf_of(name: &str) -> Option<(List, i64)> {
    let (tag, leaf) = name.strip_prefix("d_")?.rsplit_once('_')?;
    let list = List::ALL.into_iter().find(|list| list.tag == tag)?;
    Some((list, leaf.parse().ok()?))
}
