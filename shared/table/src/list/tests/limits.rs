//! What the counts ask of DynamoDB stays within its documented limits and within one write unit:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::BatchId;

use super::field;
use crate::Table;
use crate::keys::{Key, TALLY_PARTITION};
use crate::list::counts::{numbers, partition};
use crate::list::rollup::{ENDED_LEAVES, LEAVES_MAX, actions, roll_up};
use crate::list::tally::{SHARDS, Tally, bytes, leaf, leaf_name, leaf_of, stamp_name, total_name};
use crate::list::{BRANCH_BITS, LEAF_BITS, List};
use crate::values::n;
use crate::write::{Change, VERSION};

const ACTIONS_MAX: usize = 100;
const EXPRESSION_BYTES_MAX: usize = 4096;
const OPERATORS_MAX: usize = 300;
/// 2026-01-01 in Shanghai.
pub(crate) const START_MILLIS: i64 = 1_767_225_600_000;

/// Whether DynamoDB takes a transaction of updates.
pub(crate) fn check(actions: &[TransactWriteItem]) {
    assert!(actions.len() <= ACTIONS_MAX, "{} actions", actions.len());
    for update in actions.iter().map(|action| action.update().unwrap()) {
        for text in [update.update_expression(), condition(update)] {
            assert!(text.len() <= EXPRESSION_BYTES_MAX, "{} bytes: {text}", text.len());
            // A comma stands between two clauses, each of which is an operation.
            let operators = text.matches([',', '=']).count() + text.matches(" AND ").count() + 1;
            assert!(operators <= OPERATORS_MAX, "{operators} operators: {text}");
        }
    }
}

fn condition(update: &Update) -> &str {
    update.condition_expression().unwrap_or_default()
}

#[test]
fn the_largest_roll_up_is_within_the_limits() {
    let table = field::table();
    let last = i64::MAX >> LEAF_BITS;
    let branches = 1 << (BRANCH_BITS - LEAF_BITS);
    for apart in [1, branches, branches * 512] {
        // Long names, long numbers; all in one branch, in one trunk, or each in a trunk of its own.
        let few: Vec<(List, i64, i64)> = (0..i64::try_from(LEAVES_MAX).unwrap())
            .map(|leaf| (List::CODES_UNUSED, (last - leaf * apart).max(leaf), -999_999_999))
            .collect();
        check(&actions(&table, &Key::tally(SHARDS - 1), &few, 1 << 24).unwrap());
    }
}

/// A site of ten million rows in each list, rolled up a million times.
pub(crate) async fn fill(table: &Table, shard: i64) {
    let full = Change::of(&Key::tally(shard)).set("v = :v").value(":v", n(VERSION));
    let full = full.value(":total", n(10_000_000)).value(":stamp", n(8_388_608_000_000_i64));
    let full = List::ALL
        .into_iter()
        .fold(full, |full, list| full.set(format!("{} = :total, {} = :stamp", total_name(list), stamp_name(list))));
    table.transact(vec![full.action(table).unwrap()], None).await.unwrap();
}

/// A row that many leaves ago.
pub(crate) fn row_of_leaf(ago: i64) -> BatchId {
    BatchId::at(START_MILLIS - (ago << (LEAF_BITS - 22)))
}

#[tokio::test]
async fn an_item_of_the_tally_stays_below_one_kilobyte() {
    let table = field::table();
    fill(&table, 3).await;
    // What a minute adds before the janitor comes again, in the busiest way: each row in a leaf that nobody touched.
    let mut tally = Tally::spread_by(3);
    for row in 0..i64::try_from(ENDED_LEAVES).unwrap() + 12 {
        let list = List::ALL[usize::try_from(row).unwrap() % List::ALL.len()];
        tally = tally.joins(list, row_of_leaf(row));
    }
    table.transact(vec![tally.action(&table).unwrap()], None).await.unwrap();
    let fullest = partition(&table, TALLY_PARTITION, None).await.unwrap();
    let bytes = fullest.iter().map(bytes).max().unwrap();
    assert!(bytes <= 1024, "{bytes} bytes: {fullest:?}");
    assert!(roll_up(&table, START_MILLIS, false).await.unwrap() >= ENDED_LEAVES);
    let after = partition(&table, TALLY_PARTITION, None).await.unwrap();
    assert!(after.iter().flat_map(numbers).filter_map(|(name, _)| leaf_of(name)).count() <= List::ALL.len());
}

/// What an import made over years ends in one transaction: each code in a quarter hour of its own.
#[tokio::test]
async fn rows_of_as_many_quarter_hours_as_a_transaction_has_actions_are_counted() {
    let table = field::table();
    let rows = 0..97;
    let moved = rows
        .clone()
        .map(row_of_leaf)
        .fold(Tally::spread_by(3), |tally, row| tally.leaves(List::CODES_UNUSED, row).joins(List::CODES_VOID, row));
    table.transact(vec![moved.action(&table).unwrap()], None).await.unwrap();
    let tally = partition(&table, TALLY_PARTITION, None).await.unwrap();
    let counted: Vec<_> = tally.iter().flat_map(numbers).collect();
    for row in rows.map(row_of_leaf) {
        for (list, by) in [(List::CODES_UNUSED, -1), (List::CODES_VOID, 1)] {
            let name = leaf_name(list, leaf(row));
            assert!(counted.contains(&(name.as_str(), by)), "{name}");
        }
    }
    assert!(counted.contains(&(total_name(List::CODES_VOID).as_str(), 97)));
}
