//! Whatever happens to lists in whatever order: what they show is what a plain map of their rows would.

use std::collections::BTreeMap;

use domain::{BatchId, Page};
use proptest::collection::vec;
use proptest::prelude::*;

use super::field::{self, Row};
use crate::keys::{Key, TALLY_PARTITION};
use crate::list::counts::{numbers, partition};
use crate::list::page::page_past;
use crate::list::rollup::{actions, without_empty_sums};
use crate::list::tally::leaf_of;
use crate::list::{List, counts, find, load, range, roll_up};
use crate::{Table, list};

const LISTS: [List; 4] = [List::MESSAGES, List::CODES_UNUSED, List::CODES_USED, List::CODES_VOID];
/// 2026-01-01 in Shanghai.
const START_MILLIS: i64 = 1_767_225_600_000;
const MINUTE: i64 = 60_000;

#[derive(Clone, Debug)]
enum Step {
    /// Some rows of one time join a list in one transaction.
    Join {
        list: usize,
        when: When,
        rows: u8,
        spread: i64,
    },
    Leave {
        row: usize,
        spread: i64,
    },
    Move {
        row: usize,
        to: usize,
        spread: i64,
    },
    RollUp {
        all: bool,
    },
    /// Only some counts of one shard move, as when a roll-up died half way.
    RollUpSome {
        shard: usize,
        which: u64,
        stamp: i64,
    },
    Minutes(i64),
    Read {
        lists: usize,
        page: Page,
        past_max: i64,
        rolled_up_between: bool,
    },
}

#[derive(Clone, Debug)]
enum When {
    Now,
    /// A late row.
    MinutesAgo(i64),
    /// An id of another house.
    First,
    Last,
}

fn minutes() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0..40_i64, 2 => 0..3000_i64, 1 => 0..2_000_000_i64]
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![6 => Just(When::Now), 3 => minutes().prop_map(When::MinutesAgo), 1 => Just(When::First), 1 => Just(When::Last)]
}

fn step() -> impl Strategy<Value = Step> {
    let page = (1..8_u64, prop_oneof![Just(1_u64), Just(3), Just(10), Just(100)]);
    let read = (0..16_usize, page, prop_oneof![Just(0_i64), Just(2), Just(200)], any::<bool>());
    prop_oneof![
        6 => (0..4_usize, when(), 1..20_u8, 0..40_i64).prop_map(|(list, when, rows, spread)| Step::Join { list, when, rows, spread }),
        3 => (any::<usize>(), 0..40_i64).prop_map(|(row, spread)| Step::Leave { row, spread }),
        3 => (any::<usize>(), 1..4_usize, 0..40_i64).prop_map(|(row, to, spread)| Step::Move { row, to, spread }),
        2 => any::<bool>().prop_map(|all| Step::RollUp { all }),
        2 => (0..16_usize, any::<u64>(), 1..99_i64).prop_map(|(shard, which, stamp)| Step::RollUpSome { shard, which, stamp }),
        4 => minutes().prop_map(Step::Minutes),
        6 => read.prop_map(|(lists, (number, size), past_max, rolled_up_between)| {
            Step::Read { lists, page: Page { number, size }, past_max, rolled_up_between }
        }),
    ]
}

/// A table, and what its lists should hold: ids with their lists.
struct Both {
    table: Table,
    rows: BTreeMap<i64, usize>,
    now: i64,
}

impl Both {
    async fn take(&mut self, step: &Step) {
        match step {
            Step::Join { list, when, rows, spread } => self.join(*list, when, *rows, *spread).await,
            Step::Leave { row, spread } => {
                let Some((row, list)) = self.pick(*row) else { return };
                field::leave(&self.table, LISTS[list], row, *spread).await.unwrap();
                self.rows.remove(&row);
            }
            Step::Move { row, to, spread } => {
                let Some((row, from)) = self.pick(*row).filter(|(_, from)| *from > 0 && from != to) else { return };
                field::move_over(&self.table, (LISTS[from], LISTS[*to]), row, *spread).await.unwrap();
                self.rows.insert(row, *to);
            }
            Step::RollUp { all } => {
                roll_up(&self.table, self.now, *all).await.unwrap();
            }
            Step::RollUpSome { shard, which, stamp } => self.roll_up_some(*shard, *which, *stamp).await,
            Step::Minutes(minutes) => self.now += minutes * MINUTE,
            Step::Read { lists, page, past_max, rolled_up_between } => {
                self.read(*lists, *page, *past_max, *rolled_up_between).await;
            }
        }
    }

    async fn join(&mut self, list: usize, when: &When, rows: u8, spread: i64) {
        let (mut id, step) = match when {
            When::Now => (BatchId::at(self.now).as_i64(), 1),
            When::MinutesAgo(minutes) => (BatchId::at(self.now - minutes * MINUTE).as_i64(), 1),
            When::First => (1, 1),
            When::Last => (i64::MAX, -1),
        };
        let mut new = Vec::new();
        while new.len() < usize::from(rows) {
            if !self.rows.contains_key(&id) {
                new.push(id);
            }
            id += step;
        }
        field::join(&self.table, LISTS[list], &new, spread).await.unwrap();
        self.rows.extend(new.into_iter().map(|id| (id, list)));
    }

    fn pick(&self, row: usize) -> Option<(i64, usize)> {
        let place = row.checked_rem(self.rows.len())?;
        self.rows.iter().nth(place).map(|(id, list)| (*id, *list))
    }

    async fn roll_up_some(&self, shard: usize, which: u64, stamp: i64) {
        let shards = partition(&self.table, TALLY_PARTITION, None).await.unwrap();
        let Some(shard) = shards.get(shard % shards.len().max(1)) else { return };
        let gains = numbers(shard).filter_map(|(name, gain)| leaf_of(name).map(|(list, leaf)| (list, leaf, gain)));
        let some = gains.enumerate().filter(|(place, _)| which >> (place % 64) & 1 == 1).map(|(_, gain)| gain);
        let some = without_empty_sums(&some.take(40).collect::<Vec<_>>());
        if !some.is_empty() {
            let actions = actions(&self.table, &Key::of(shard).unwrap(), &some, stamp).unwrap();
            self.table.transact(actions, None).await.unwrap();
        }
    }

    async fn read(&self, lists: usize, page: Page, past_max: i64, rolled_up_between: bool) {
        let chosen: Vec<usize> = (0..LISTS.len()).filter(|list| lists >> list & 1 == 1).collect();
        let lists: Vec<List> = chosen.iter().map(|list| LISTS[*list]).collect();
        let expected: Vec<i64> =
            self.rows.iter().rev().filter(|(_, list)| chosen.contains(list)).map(|(id, _)| *id).collect();
        let counts = counts(&self.table, &lists).await.unwrap();
        assert_eq!(counts.total(), expected.len() as u64, "the count");
        if rolled_up_between {
            roll_up(&self.table, self.now, true).await.unwrap();
        }
        let found = page_past(&self.table, &counts, page, past_max).await.unwrap();
        let size = usize::try_from(page.size).unwrap();
        let skipped = usize::try_from(page.number - 1).unwrap() * size;
        let wanted: Vec<i64> = expected.iter().skip(skipped).take(size).copied().collect();
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), wanted, "the rows");
        let loaded = load::<Row>(&self.table, &found).await.unwrap();
        assert_eq!(loaded.iter().map(|owned| owned.row.id.as_i64()).collect::<Vec<_>>(), wanted, "the rows as stored");
        if let (Some(newest), Some(oldest)) = (wanted.first(), wanted.last()) {
            let id = |id: i64| BatchId::from_i64(id).unwrap();
            let between = range(&self.table, &lists, id(*oldest), id(*newest)).await.unwrap();
            assert!(between.iter().map(|row| row.id).eq(wanted.iter().rev().copied()), "a range");
            let one = find(&self.table, &LISTS, id(*newest)).await.unwrap().unwrap();
            assert_eq!((one.id, one.list), (*newest, LISTS[self.rows[newest]]), "one row");
        }
    }

    /// Everything once more, when all that can be rolled up is.
    async fn read_all(&mut self) {
        self.now += 30 * MINUTE;
        while roll_up(&self.table, self.now, true).await.unwrap() > 0 {}
        for lists in [0b0001, 0b0010, 0b1010, 0b1110, 0b1111] {
            for past_max in [0, 200] {
                self.read(lists, Page { number: 1, size: 100 }, past_max, false).await;
                self.read(lists, Page { number: 2, size: 10 }, past_max, false).await;
            }
        }
        let left = partition(&self.table, TALLY_PARTITION, None).await.unwrap();
        let open = left.iter().flat_map(numbers).filter_map(|(name, _)| leaf_of(name));
        assert_eq!(open.count(), 0, "a count that no roll-up takes");
        self.rows.clear();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lists_show_what_a_plain_map_would(steps in vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut both = Both { table: field::table(), rows: BTreeMap::new(), now: START_MILLIS };
            for step in &steps {
                both.take(step).await;
            }
            both.read_all().await;
        });
    }
}

#[tokio::test]
async fn a_page_past_the_end_and_an_empty_list_are_empty() {
    let table = field::table();
    for number in [1, 2, u64::MAX] {
        let counts = list::counts(&table, &[List::MESSAGES]).await.unwrap();
        assert_eq!(list::page(&table, &counts, Page { number, size: 100 }).await.unwrap(), []);
    }
    field::join(&table, List::MESSAGES, &[7], 0).await.unwrap();
    let counts = list::counts(&table, &[List::MESSAGES]).await.unwrap();
    for (number, rows) in [(1, 1), (2, 0), (u64::MAX, 0)] {
        assert_eq!(list::page(&table, &counts, Page { number, size: 100 }).await.unwrap().len(), rows);
    }
}
