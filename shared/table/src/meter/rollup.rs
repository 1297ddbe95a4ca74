//! The janitor's part: what an item of the tally has of meters moves into their own items, when it has grown.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::Result;

use super::{FIGURE_PREFIX, Group, Meter, STAMP, raised, stamp_name};
use crate::Table;
use crate::failure::{Cancelled, Item};
use crate::keys::Key;
use crate::list::{bytes, numbers, stamp};
use crate::values::n;
use crate::write::{Change, VERSION};

/// Meters are moved from an item of the tally that has this size: every write of it costs a unit more above 1 KB, and
/// the rest is for what a minute adds. Earlier would be dearer, for moving writes the meters' items too: a meter that
/// rises all the time costs nothing where it stands, and idle ones are never written.
pub(crate) const FULL_BYTES: usize = 768;
/// Meters that one transaction moves: with an item for each it stays below DynamoDB's 100 actions, and its condition
/// below the 4 KB of an expression.
pub(super) const METERS_MAX: usize = 32;
/// Figures of one item whose names people make up. A year of days with so many is one answer of DynamoDB, 1 MB.
pub(super) const OPEN_MAX: usize = 40;

/// Moves the meters of an item of the tally if it is full, or in any case. Returns how many moved. Safe to run beside
/// everything, itself included: a transaction moves exactly the amounts that it names in its condition, so whoever comes
/// second, or again after an answer that was lost, finds them gone or moves what was raised since.
pub(crate) async fn roll_up(table: &Table, shard: &Item, always: bool) -> Result<usize> {
    let mut meters: Vec<(Meter, i64)> = raised(shard).collect();
    let Some(key) = Key::of(shard).filter(|_| always || bytes(shard) >= FULL_BYTES) else { return Ok(0) };
    meters.sort_unstable();
    let homeless = homeless(table, &meters).await?;
    let mut moved = 0;
    for few in meters.chunks(METERS_MAX) {
        match table.transact(actions(table, &key, few, &homeless, stamp()?)?, None).await {
            Ok(()) => moved += few.len(),
            // A meter rose meanwhile, or writers are in the way: the next run sees the amounts as they are then.
            Err(Cancelled::Condition(_) | Cancelled::Busy) => {}
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Ok(moved)
}

/// The meters that their items have no room for. Runs side by side may each let some in: the bound is about the size of an
/// item, not about a number.
async fn homeless(table: &Table, meters: &[(Meter, i64)]) -> Result<BTreeSet<Meter>> {
    let open: Vec<&Meter> = meters.iter().map(|(meter, _)| meter).filter(|meter| meter.others().is_some()).collect();
    if open.is_empty() {
        return Ok(BTreeSet::new());
    }
    let items = table.get_all(open.iter().map(|meter| Key::meter(meter.group, &meter.item))).await?;
    let mut there: BTreeMap<(Group, &str), BTreeSet<&str>> = BTreeMap::new();
    let mut homeless = BTreeSet::new();
    for meter in open {
        let known = there.entry((meter.group, &meter.item)).or_insert_with(|| {
            let item = items.get(&Key::meter(meter.group, &meter.item));
            let figures = item.into_iter().flat_map(numbers).filter_map(|(name, _)| name.strip_prefix(FIGURE_PREFIX));
            let prefix = meter.group.open.unwrap_or_default();
            figures.filter(|figure| figure.starts_with(prefix) && *figure != prefix).collect()
        });
        if known.len() < OPEN_MAX || known.contains(meter.figure.as_str()) {
            known.insert(&meter.figure);
        } else {
            homeless.insert(meter.clone());
        }
    }
    Ok(homeless)
}

/// Takes the amounts from the tally's item and gives them to the meters' items, those of `homeless` ones to the others.
pub(super) fn actions(
    table: &Table,
    shard: &Key,
    few: &[(Meter, i64)],
    homeless: &BTreeSet<Meter>,
    stamp: i64,
) -> Result<Vec<TransactWriteItem>> {
    let mut take = Change::of(shard);
    let mut items: BTreeMap<(Group, &str), BTreeMap<String, i64>> = BTreeMap::new();
    for (meter, by) in few {
        let name = meter.tally_name();
        take = take.when(format!("{name} = :{name}")).value(format!(":{name}"), n(*by)).remove(name);
        if *by != 0 {
            let others = meter.others().filter(|_| homeless.contains(meter));
            let figures = items.entry((meter.group, &meter.item)).or_default();
            let sum: &mut i64 = figures.entry(others.as_ref().unwrap_or(meter).item_name()).or_default();
            *sum = sum.saturating_add(*by);
        }
    }
    let mut stamps: BTreeMap<String, i64> = BTreeMap::new();
    for (group, _) in items.keys() {
        *stamps.entry(stamp_name(*group)).or_default() += stamp;
    }
    for (name, sum) in stamps {
        take = take.add(format!("{name} :{name}")).value(format!(":{name}"), n(sum));
    }
    let arrivals = items.into_iter().map(|((group, item), figures)| arrival(group, item, figures, stamp));
    [take].into_iter().chain(arrivals).map(|change| change.action(table)).collect()
}

/// What a move changes of a meter's item.
fn arrival(group: Group, item: &str, figures: BTreeMap<String, i64>, stamp: i64) -> Change {
    let change = Change::of(&Key::meter(group, item)).set("v = :v").value(":v", n(VERSION));
    let change = change.add(format!("{STAMP} :{STAMP}")).value(format!(":{STAMP}"), n(stamp));
    figures
        .into_iter()
        .fold(change, |change, (name, by)| change.add(format!("{name} :{name}")).value(format!(":{name}"), n(by)))
}
