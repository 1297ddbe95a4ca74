//! Many writers, roll-ups and readers at once: no amount is lost or counted twice, at any moment.

use std::cell::Cell;
use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::{meter, raise, sums};
use crate::Table;
use crate::failure::{Cancelled, pause};
use crate::list::roll_up;
use crate::list::tests::field;

const WRITERS: i64 = 8;
const RAISES: i64 = 60;

/// What writers have begun to add and what they know to be added, in all.
#[derive(Default)]
struct Total {
    begun: Cell<i64>,
    done: Cell<i64>,
}

async fn write(table: &Table, writer: i64, total: &Total) {
    for round in 0..RAISES {
        let meters = [0, 1, 2].map(|more| meter(usize::try_from((writer * round + more) % 40).unwrap()));
        let meters: Vec<_> = meters.into_iter().zip([1, 10, 100]).collect();
        total.begun.set(total.begun.get() + 111);
        for attempt in 0.. {
            match raise(table, writer % 3, &meters).await {
                Ok(()) => break,
                Err(Cancelled::Busy) => pause(attempt).await,
                Err(other) => panic!("{other:?}"),
            }
        }
        total.done.set(total.done.get() + 111);
    }
}

async fn roll_ups(table: &Table, running: &Cell<bool>) -> usize {
    let mut moved = 0;
    while running.get() {
        moved += roll_up(table, 0, true).await.unwrap();
        pause(0).await;
    }
    moved
}

async fn readings(table: &Table, total: &Total, running: &Cell<bool>) -> usize {
    let mut readings = 0;
    while running.get() {
        let least = total.done.get();
        let sum: i64 = sums(table).await.into_values().sum();
        assert!((least..=total.begun.get()).contains(&sum), "{least} <= {sum} <= {}", total.begun.get());
        readings += 1;
    }
    readings
}

#[tokio::test]
async fn writers_readers_and_roll_ups_do_not_disturb_each_other() {
    let (table, total, running) = (field::table(), Total::default(), Cell::new(true));
    let writers = async {
        join_all((0..WRITERS).map(|writer| write(&table, writer, &total))).await;
        running.set(false);
    };
    let roll_ups = async { tokio::join!(roll_ups(&table, &running), roll_ups(&table, &running)) };
    let ((), (one, other), readings) = tokio::join!(writers, roll_ups, readings(&table, &total, &running));
    assert!(one + other > 0 && readings > 0, "nothing ran beside the writers: {one} {other} {readings}");
    let mut expected = BTreeMap::new();
    for (writer, round) in (0..WRITERS).flat_map(|writer| (0..RAISES).map(move |round| (writer, round))) {
        for (more, by) in [(0, 1), (1, 10), (2, 100)] {
            *expected.entry(meter(usize::try_from((writer * round + more) % 40).unwrap())).or_default() += by;
        }
    }
    assert_eq!(sums(&table).await, expected);
}
