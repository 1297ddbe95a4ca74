//! What meters ask of DynamoDB stays within its limits, and their place in the tally within one write unit.

use std::collections::BTreeSet;

use domain::BusinessDay;

use super::{Meter, raise, sums};
use crate::Table;
use crate::keys::{Key, TALLY_PARTITION};
use crate::list::tests::field;
use crate::list::tests::limits::{START_MILLIS, check, fill, row_of_leaf};
use crate::list::{ENDED_LEAVES, List, Tally, bytes, roll_up};
use crate::meter::rollup::{METERS_MAX, actions};
use crate::meter::{Group, raised};
use crate::stats::Figure;
use crate::values::n;
use crate::write::Change;

/// A meter with as long a name as any.
fn long(number: usize) -> Meter {
    Meter::new(Group::SPENT, format!("9{number:018}"), "registrations")
}

#[test]
fn the_largest_roll_up_is_within_the_limits() {
    let table = field::table();
    let few: Vec<(Meter, i64)> = (0..METERS_MAX).map(|number| (long(number), i64::MIN)).collect();
    check(&actions(&table, &Key::tally(15), &few, &BTreeSet::new(), 1 << 24).unwrap());

    let few: Vec<(Meter, i64)> = (0..METERS_MAX).map(|number| (of_model(number), i64::MAX)).collect();
    let homeless: BTreeSet<Meter> = few.iter().take(METERS_MAX / 2).map(|(meter, _)| meter.clone()).collect();
    check(&actions(&table, &Key::tally(15), &few, &homeless, 1 << 24).unwrap());
}

/// What was spent on a model with as long a name as any that has a figure of its own, each on a day of its own.
fn of_model(number: usize) -> Meter {
    let day = BusinessDay::parse("2026-01-01").unwrap().plus(u32::try_from(number).unwrap());
    let figure = Figure::of_model(&format!("{number:040}"));
    assert_ne!(figure, Figure::Spent(None));
    Meter::of_day(day, &figure)
}

async fn shard(table: &Table) -> crate::failure::Item {
    table.partition(TALLY_PARTITION, None).await.unwrap().remove(0)
}

/// A busy site's, with as many counts of ended leaves as are kept.
async fn busy_shard() -> Table {
    let table = field::table();
    fill(&table, 3).await;
    let stamped = |key: &Key, stamp: &str| {
        Change::of(key)
            .set(format!("{stamp} = :stamp"))
            .value(":stamp", n(8_388_608_000_000_i64))
            .action(&table)
            .unwrap()
    };
    let stamps = [stamped(&Key::tally(3), "ms_s"), stamped(&Key::meter(Group::SPENT, "1"), "s")];
    let ended = i64::try_from(ENDED_LEAVES).unwrap();
    let tally = (1..ended).fold(Tally::spread_by(3), |tally, leaf| tally.joins(List::CODES_USED, row_of_leaf(leaf)));
    table.transact(vec![tally.action(&table).unwrap()], None).await.unwrap();
    table.transact(stamps.into(), None).await.unwrap();
    table
}

/// Twenty keys that everybody uses, or many figures a day: each minute raises ten new ones, then the janitor runs.
#[tokio::test]
async fn an_item_of_the_tally_stays_below_one_kilobyte() {
    let table = busy_shard().await;
    let mut most = 0;
    for minute in 0..30 {
        let meters: Vec<(Meter, i64)> =
            (0..10).map(|more| (long(minute * 10 + more), 1_000_000)).map(|(meter, by)| (short(&meter), by)).collect();
        raise(&table, 3, &meters).await.unwrap();
        most = most.max(bytes(&shard(&table).await));
        roll_up(&table, START_MILLIS, false).await.unwrap();
    }
    assert!((700..=1024).contains(&most), "{most} bytes");
    assert_eq!(sums(&table).await.len(), 300);
}

/// The same under a name as long as that of a key.
fn short(meter: &Meter) -> Meter {
    Meter { figure: "c".to_owned(), ..meter.clone() }
}

/// What fits is left where it is: moving it would cost more than it weighs.
#[tokio::test]
async fn few_meters_are_never_moved_however_often_they_rise() {
    let table = field::table();
    for _ in 0..20 {
        let meters: Vec<(Meter, i64)> = (0..10).map(|number| (short(&long(number)), 1_000_000)).collect();
        raise(&table, 3, &meters).await.unwrap();
        assert_eq!(roll_up(&table, START_MILLIS, false).await.unwrap(), 0);
    }
    assert_eq!(raised(&shard(&table).await).count(), 10);
    assert_eq!(roll_up(&table, START_MILLIS, true).await.unwrap(), 10);
    assert_eq!(raised(&shard(&table).await).count(), 0);
    assert_eq!(roll_up(&table, START_MILLIS, true).await.unwrap(), 0);
}
