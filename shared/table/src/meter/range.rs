//! Reading some items of a group: at one moment, although the group may have had thousands since it began.

use std::collections::BTreeMap;

use domain::Result;

use super::{Group, Meter, READINGS_MAX, gather, stamp_name};
use crate::Table;
use crate::failure::{Item, pause, still_busy, unexpected};
use crate::keys::{Key, TALLY_PARTITION, meter_partition};
use crate::list::numbers;
use crate::values::s;

/// A look at the tally, before items are read. It reads nothing of the group, so it can be taken before anybody knows which
/// items are wanted.
#[derive(Clone, Debug)]
pub struct Glance(Vec<Item>);

/// Takes a look at the tally: one round trip.
///
/// # Errors
/// When the table cannot be read.
pub async fn glance(table: &Table) -> Result<Glance> {
    Ok(Glance(table.partition(TALLY_PARTITION, None).await?))
}

impl Glance {
    /// The stamps of what moved from each item of the tally to the group. Every move makes them larger.
    fn stamps(&self, group: Group) -> BTreeMap<Option<Key>, i64> {
        let name = stamp_name(group);
        let stamp = |item| numbers(item).find(|(found, _)| *found == name).map_or(0, |(_, stamp)| stamp);
        self.0.iter().map(|item| (Key::of(item), stamp(item))).filter(|(_, stamp)| *stamp != 0).collect()
    }
}

/// The sums of a group's meters of the things from `first` to `last`, in the order of their names: two round trips after the
/// `glance`, as long as the items are one megabyte together.
pub(crate) async fn range(
    table: &Table,
    group: Group,
    glance: Glance,
    first: &str,
    last: &str,
) -> Result<BTreeMap<Meter, i64>> {
    let mut before = glance;
    for attempt in 0..READINGS_MAX {
        let items = between(table, group, first, last).await?;
        let after = self::glance(table).await?;
        // No item has changed between the two looks, because only moves change items.
        if before.stamps(group) == after.stamps(group) {
            let mut sums = gather(group, &after.0, &items);
            sums.retain(|meter, _| (first..=last).contains(&meter.item.as_str()));
            return Ok(sums);
        }
        before = after;
        pause(attempt).await;
    }
    Err(still_busy("reading meters"))
}

async fn between(table: &Table, group: Group, first: &str, last: &str) -> Result<Vec<Item>> {
    if first > last {
        return Ok(Vec::new());
    }
    let query = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :meters AND sk BETWEEN :first AND :last")
        .expression_attribute_values(":meters", s(&meter_partition(group)))
        .expression_attribute_values(":first", s(Key::meter(group, first).sk()))
        .expression_attribute_values(":last", s(Key::meter(group, last).sk()))
        .consistent_read(true);
    let items: Result<Vec<Item>, _> = query.into_paginator().items().send().collect().await;
    items.map_err(unexpected)
}
