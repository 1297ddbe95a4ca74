//! The janitor's part: counts of leaves that have ended move from the tally into branches and trunks, and what meters
//! have gained into their items.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{MessageId, Result};

use super::counts::{STAMP, child_name, numbers, partition};
use super::tally::{bytes, leaf_name, leaf_of, stamp_name};
use super::{BRANCH_BITS, LEAF_BITS, List, TRUNK_BITS};
use crate::failure::{Cancelled, Item};
use crate::keys::{Key, TALLY_PARTITION};
use crate::values::n;
use crate::write::{Change, VERSION};
use crate::{Table, meter};

/// Leaves that one transaction moves: with two nodes each it stays below DynamoDB's 100 actions.
pub(super) const LEAVES_MAX: usize = 40;
/// A shard is rolled up when it holds this many counts of ended leaves: an item of the tally stays below 1 KB by that,
/// which is what every write of it costs. Earlier would be dearer, and no page reads better for it.
pub(crate) const ENDED_LEAVES: usize = 24;

/// What one leaf of one list has gained.
type Gain = (List, i64, i64);

/// Rolls up what is worth it at `now` (milliseconds), or all that can be at once. Returns how many numbers moved: after
/// a call that moves none, nothing is left to. Safe to run beside everything, itself included: a transaction moves
/// exactly the numbers that it names in its conditions.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn roll_up(table: &Table, now: i64, all: bool) -> Result<usize> {
    let current = MessageId::at(now).as_i64() >> LEAF_BITS;
    let mut moved = 0;
    for shard in partition(table, TALLY_PARTITION, None).await? {
        let gains = numbers(&shard).filter_map(|(name, value)| leaf_of(name).map(|(list, leaf)| (list, leaf, value)));
        // The one that runs is written all the time, and would only come back.
        let mut ended: Vec<Gain> = gains.filter(|(_, leaf, _)| *leaf != current).collect();
        ended.sort_unstable();
        // Before it takes a unit more at each write, fewer of them are worth it.
        let is_full = bytes(&shard) >= meter::FULL_BYTES && ended.len() >= ENDED_LEAVES / 2;
        if all || is_full || ended.len() >= ENDED_LEAVES {
            for few in ended.chunks(LEAVES_MAX) {
                moved += move_few(table, &shard, &without_empty_sums(few)).await?;
            }
        }
        moved += meter::roll_up(table, &shard, all).await?;
    }
    Ok(moved)
}

/// Leaves one out where the rest of a branch would add up to nothing: readers tell by the sums of a branch whether a
/// roll-up came between two of their readings. The next run takes it.
pub(super) fn without_empty_sums(few: &[Gain]) -> Vec<Gain> {
    let branch = |list: List, leaf: i64| (list, leaf >> (BRANCH_BITS - LEAF_BITS));
    let mut sums: BTreeMap<(List, i64), i64> = BTreeMap::new();
    for (list, leaf, value) in few {
        *sums.entry(branch(*list, *leaf)).or_default() += value;
    }
    let mut few = few.to_vec();
    few.retain(|(list, leaf, value)| *value == 0 || sums.remove(&branch(*list, *leaf)) != Some(0));
    few
}

async fn move_few(table: &Table, shard: &Item, few: &[Gain]) -> Result<usize> {
    let Some(key) = Key::of(shard).filter(|_| !few.is_empty()) else { return Ok(0) };
    match table.transact(actions(table, &key, few, stamp()?)?, None).await {
        Ok(()) => Ok(few.len()),
        // A late row changed one of the numbers, or writers are in the way: the next run sees them as they are then.
        Err(Cancelled::Condition(_) | Cancelled::Busy) => Ok(0),
        Err(Cancelled::Failed(error)) => Err(error),
    }
}

/// Small enough for a million roll-ups in few bytes, and random, so that two of them never look like two others.
pub(crate) fn stamp() -> Result<i64> {
    let [a, b, c] = domain::random()?;
    Ok(i64::from(u32::from_le_bytes([a, b, c, 0])) + 1)
}

/// Takes the numbers from the tally and gives them to branches and trunks.
pub(super) fn actions(table: &Table, shard: &Key, few: &[Gain], stamp: i64) -> Result<Vec<TransactWriteItem>> {
    let mut take = Change::of(shard);
    let mut nodes: BTreeMap<(List, Node), BTreeMap<String, i64>> = BTreeMap::new();
    for (list, leaf, value) in few {
        let name = leaf_name(*list, *leaf);
        take = take.when(format!("{name} = :{name}")).value(format!(":{name}"), n(*value)).remove(name);
        if *value == 0 {
            continue;
        }
        let branch = leaf >> (BRANCH_BITS - LEAF_BITS);
        let trunk = leaf >> (TRUNK_BITS - LEAF_BITS);
        let leaf_count = child_name(*leaf, BRANCH_BITS, LEAF_BITS);
        let branch_count = child_name(branch, TRUNK_BITS, BRANCH_BITS);
        *nodes.entry((*list, Node::Branch(branch))).or_default().entry(leaf_count).or_default() += value;
        *nodes.entry((*list, Node::Trunk(trunk))).or_default().entry(branch_count).or_default() += value;
    }
    let mut stamps: BTreeMap<List, i64> = BTreeMap::new();
    let mut actions = Vec::new();
    for ((list, node), mut counts) in nodes {
        let key = match node {
            Node::Branch(branch) => Key::branch(list, branch),
            Node::Trunk(trunk) => {
                counts.insert(STAMP.to_owned(), stamp);
                *stamps.entry(list).or_default() += stamp;
                Key::trunk(list, trunk)
            }
        };
        actions.push(gain(Change::of(&key).set("v = :v").value(":v", n(VERSION)), counts).action(table)?);
    }
    let stamps = stamps.into_iter().map(|(list, stamp)| (stamp_name(list), stamp));
    actions.insert(0, gain(take, stamps).action(table)?);
    Ok(actions)
}

fn gain(change: Change, counts: impl IntoIterator<Item = (String, i64)>) -> Change {
    counts
        .into_iter()
        .fold(change, |change, (name, by)| change.add(format!("{name} :{name}")).value(format!(":{name}"), n(by)))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Branch(i64),
    Trunk(i64),
}
