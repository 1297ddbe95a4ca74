//! The janitor's part: counts of leaves that have ended move from the tally into branches and trunks.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{MessageId, Result};

use super::counts::{child_name, numbers, partition};
use super::tally::leaf_of;
use super::{BRANCH_BITS, LEAF_BITS, List, TRUNK_BITS};
use crate::Table;
use crate::failure::{Cancelled, Item};
use crate::keys::{Key, TALLY_PARTITION};
use crate::values::n;
use crate::write::{Change, VERSION};

/// Leaves that one transaction moves: with two nodes each it stays below DynamoDB's 100 actions.
const LEAVES_MAX: usize = 40;
/// A shard is rolled up when it holds this many ended leaves; an item of the tally stays below 1 KB by that, which is what
/// every write of it costs.
const ENDED_LEAVES: usize = 12;

/// Rolls up what is worth it at `now` (milliseconds), or all that can be. Returns how many counts moved. Safe to run
/// beside everything, itself included: a transaction moves exactly the numbers that it names in its conditions.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn roll_up(table: &Table, now: i64, all: bool) -> Result<usize> {
    let current = MessageId::at(now).as_i64() >> LEAF_BITS;
    let mut moved = 0;
    for shard in partition(table, TALLY_PARTITION, None).await? {
        let mut ended: Vec<(List, i64, i64)> = numbers(&shard)
            .filter_map(|(name, value)| leaf_of(name).map(|(list, leaf)| (list, leaf, value)))
            // The one that runs is written all the time, and would only come back.
            .filter(|(_, leaf, _)| *leaf != current)
            .collect();
        ended.sort_unstable();
        let old = ended.iter().any(|(_, leaf, _)| current - leaf > 3 || *leaf > current);
        if all || ended.len() >= ENDED_LEAVES || old {
            for few in ended.chunks(LEAVES_MAX) {
                moved += move_few(table, &shard, few).await?;
            }
        }
    }
    Ok(moved)
}

async fn move_few(table: &Table, shard: &Item, few: &[(List, i64, i64)]) -> Result<usize> {
    let Some(key) = Key::of(shard) else { return Ok(0) };
    match table.transact(actions(table, &key, few)?, None).await {
        Ok(()) => Ok(few.len()),
        // A late row changed one of the numbers, or writers are in the way: the next run sees them as they are then.
        Err(Cancelled::Condition(_) | Cancelled::Busy) => Ok(0),
        Err(Cancelled::Failed(error)) => Err(error),
    }
}

fn actions(table: &Table, shard: &Key, few: &[(List, i64, i64)]) -> Result<Vec<TransactWriteItem>> {
    let mut take = Change::of(shard);
    let mut nodes: BTreeMap<(List, Node), BTreeMap<String, i64>> = BTreeMap::new();
    for (list, leaf, value) in few {
        let name = super::tally::leaf_name(*list, *leaf);
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
    let mut actions = vec![take.action(table)?];
    for ((list, node), children) in nodes {
        let key = match node {
            Node::Branch(branch) => Key::branch(list, branch),
            Node::Trunk(trunk) => Key::trunk(list, trunk),
        };
        let mut give = Change::of(&key).set("v = :v").value(":v", n(VERSION));
        for (name, value) in children {
            give = give.add(format!("{name} :{name}")).value(format!(":{name}"), n(value));
        }
        actions.push(give.action(table)?);
    }
    Ok(actions)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Branch(i64),
    Trunk(i64),
}
