//! Many writers, roll-ups and readers at once: no count is lost, none is ever wrong.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use domain::{BatchId, Page};
use futures_util::future::join_all;

use super::field;
use crate::Table;
use crate::failure::{Cancelled, pause};
use crate::keys::TALLY_PARTITION;
use crate::list::counts::{are_of_one_moment, gather, partition, trunks};
use crate::list::{List, counts, page, roll_up};

const LISTS: [List; 2] = [List::CODES_UNUSED, List::CODES_USED];
const START_MILLIS: i64 = 1_767_225_600_000;
const WRITERS: i64 = 8;
const ROUNDS: i64 = 3;
const ROWS: i64 = 24;

/// Until it is done: a transaction that meets another is done by none of the two.
async fn surely<F: Future<Output = Result<(), Cancelled>>>(write: impl Fn() -> F) {
    for attempt in 0.. {
        match write().await {
            Ok(()) => return,
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// Some rows join, most of them move on, and some leave, each with counts in another shard than before.
async fn write(table: &Table, writer: i64, round: i64, rows: &RefCell<BTreeSet<i64>>) {
    for row in 0..ROWS {
        // Ids over some hours, so that leaves end and branches border on each other.
        let millis = START_MILLIS + (round * ROWS + row) * 7 * 60_000;
        let id = BatchId::at(millis).as_i64() + writer;
        let ids = [id];
        surely(|| field::join(table, LISTS[0], &ids, writer)).await;
        rows.borrow_mut().insert(id);
        if row % 3 > 0 {
            surely(|| field::move_over(table, (LISTS[0], LISTS[1]), id, row)).await;
        }
        if row % 3 == 2 {
            surely(|| field::leave(table, LISTS[1], id, writer + row)).await;
            rows.borrow_mut().remove(&id);
        }
    }
}

async fn roll_ups(table: &Table, running: &Cell<bool>) -> usize {
    let mut moved = 0;
    while running.get() {
        moved += roll_up(table, START_MILLIS, true).await.unwrap();
    }
    moved
}

/// What may be said of each reading while writers write: it is of one moment, and nowhere are fewer rows than none.
async fn readings(table: &Table, running: &Cell<bool>) -> usize {
    let mut readings = 0;
    while running.get() {
        for lists in [&LISTS[..1], &LISTS[1..], &LISTS[..]] {
            let counts = counts(table, lists).await.unwrap();
            assert!(counts.add_up(), "{counts:?}");
            assert!(counts.total >= 0);
            let found = page(table, &counts, Page { number: 2, size: 10 }).await.unwrap();
            assert!(found.len() <= 10 && found.is_sorted_by(|newer, older| newer.id > older.id));
            readings += 1;
        }
    }
    readings
}

async fn all_rows(table: &Table, lists: &[List]) -> Vec<i64> {
    let counts = counts(table, lists).await.unwrap();
    let mut rows = Vec::new();
    for number in 1..=counts.total().div_ceil(100) {
        rows.extend(page(table, &counts, Page { number, size: 100 }).await.unwrap().into_iter().map(|row| row.id));
    }
    assert_eq!(rows.len() as u64, counts.total(), "the count is the number of rows");
    rows
}

#[tokio::test]
async fn writers_readers_and_roll_ups_do_not_disturb_each_other() {
    let (table, rows) = (field::table(), RefCell::new(BTreeSet::new()));
    for round in 0..ROUNDS {
        let running = Cell::new(true);
        let writers = async {
            join_all((0..WRITERS).map(|writer| write(&table, writer, round, &rows))).await;
            running.set(false);
        };
        let roll_ups = async { tokio::join!(roll_ups(&table, &running), roll_ups(&table, &running)) };
        let ((), (one, other), readings) = tokio::join!(writers, roll_ups, readings(&table, &running));
        assert!(one + other > 0 && readings > 0, "nothing ran beside the writers");
        let expected: Vec<i64> = rows.borrow().iter().rev().copied().collect();
        assert_eq!(all_rows(&table, &LISTS).await, expected);
        let singly = all_rows(&table, &LISTS[..1]).await.len() + all_rows(&table, &LISTS[1..]).await.len();
        assert_eq!(singly, expected.len());
    }
}

/// A row that joined and one that left, whose counts move at once: `apart` milliseconds are between their ids.
async fn one_more_and_one_less(apart: i64) -> Table {
    let (table, list) = (field::table(), LISTS[0]);
    let [old, new] = [START_MILLIS, START_MILLIS + apart].map(|millis| BatchId::at(millis).as_i64());
    let (olds, news) = ([old, old + 1], [new]);
    surely(|| field::join(&table, list, &olds, 0)).await;
    while roll_up(&table, 0, true).await.unwrap() > 0 {}
    surely(|| field::leave(&table, list, old, 1)).await;
    surely(|| field::join(&table, list, &news, 1)).await;
    table
}

#[tokio::test]
async fn a_roll_up_between_two_readings_is_noticed_though_it_adds_up_to_nothing() {
    let table = one_more_and_one_less(3 * 365 * 86_400_000).await;
    let read =
        async || (partition(&table, TALLY_PARTITION, None).await.unwrap(), trunks(&table, &LISTS).await.unwrap());
    let before = read().await;
    assert_eq!(roll_up(&table, 0, true).await.unwrap(), 2);
    let after = read().await;
    assert!(gather(&LISTS, &before.0, &after.1).add_up(), "the numbers tell nothing");
    for (tally, trunks, is_one) in
        [(&before, &before, true), (&after, &after, true), (&before, &after, false), (&after, &before, false)]
    {
        assert_eq!(are_of_one_moment(&LISTS, &tally.0, &trunks.1), is_one);
    }
}

#[tokio::test]
async fn nothing_in_sum_never_moves_into_one_branch() {
    let table = one_more_and_one_less(60 * 60_000).await;
    for moved in [1, 1, 0] {
        assert_eq!(roll_up(&table, 0, true).await.unwrap(), moved);
    }
}
