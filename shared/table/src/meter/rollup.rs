//! The janitor's part: what an item of the tally has of meters moves into their own items, when it has grown.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::Result;

use super::{Group, Meter, STAMP, raised, stamp_name};
use crate::Table;
use crate::failure::{Cancelled, Item};
use crate::keys::Key;
use crate::list::{bytes, stamp};
use crate::values::n;
use crate::write::{Change, VERSION};

/// Meters are moved from an item of the tally that has this size: every write of it costs a unit more above 1 KB, and
/// the rest is for what a minute adds. Earlier would be dearer, for moving writes the meters' items too: a meter that
/// rises all the time costs nothing where it stands, and idle ones are never written.
pub(super) const FULL_BYTES: usize = 768;
/// Meters that one transaction moves: with an item for each it stays below DynamoDB's 100 actions, and its condition
/// below the 4 KB of an expression.
pub(super) const METERS_MAX: usize = 40;

/// Moves the meters of an item of the tally if it is full, or in any case. Returns how many moved. Safe to run beside
/// everything, itself included: a transaction moves exactly the amounts that it names in its condition, so whoever comes
/// second, or again after an answer that was lost, finds them gone or moves what was raised since.
pub(crate) async fn roll_up(table: &Table, shard: &Item, always: bool) -> Result<usize> {
    let mut meters: Vec<(Meter, i64)> = raised(shard).collect();
    let Some(key) = Key::of(shard).filter(|_| always || bytes(shard) >= FULL_BYTES) else { return Ok(0) };
    meters.sort_unstable();
    let mut moved = 0;
    for few in meters.chunks(METERS_MAX) {
        match table.transact(actions(table, &key, few, stamp()?)?, None).await {
            Ok(()) => moved += few.len(),
            // A meter rose meanwhile, or writers are in the way: the next run sees the amounts as they are then.
            Err(Cancelled::Condition(_) | Cancelled::Busy) => {}
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Ok(moved)
}

/// Takes the amounts from the tally's item and gives them to the meters' items.
pub(super) fn actions(table: &Table, shard: &Key, few: &[(Meter, i64)], stamp: i64) -> Result<Vec<TransactWriteItem>> {
    let mut take = Change::of(shard);
    let mut items: BTreeMap<(Group, &str), Change> = BTreeMap::new();
    for (meter, by) in few {
        let name = meter.tally_name();
        take = take.when(format!("{name} = :{name}")).value(format!(":{name}"), n(*by)).remove(name);
        if *by != 0 {
            let (of, name) = ((meter.group, meter.item.as_str()), meter.item_name());
            let item = items.remove(&of).unwrap_or_else(|| arrival(meter, stamp));
            items.insert(of, item.add(format!("{name} :{name}")).value(format!(":{name}"), n(*by)));
        }
    }
    let mut stamps: BTreeMap<String, i64> = BTreeMap::new();
    for (group, _) in items.keys() {
        *stamps.entry(stamp_name(*group)).or_default() += stamp;
    }
    for (name, sum) in stamps {
        take = take.add(format!("{name} :{name}")).value(format!(":{name}"), n(sum));
    }
    [take].into_iter().chain(items.into_values()).map(|change| change.action(table)).collect()
}

/// The beginning of a change that a move makes to a meter's item.
fn arrival(meter: &Meter, stamp: i64) -> Change {
    let change = Change::of(&Key::meter(meter.group, &meter.item)).set("v = :v").value(":v", n(VERSION));
    change.add(format!("{STAMP} :{STAMP}")).value(format!(":{STAMP}"), n(stamp))
}
