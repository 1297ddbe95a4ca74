//! The figures of days: a year of them in a few round trips, at one moment, and within the limits however many models
//! people name.

use std::cell::Cell;
use std::collections::BTreeMap;

use domain::{BusinessDay, Provider};
use testkit::round_trips;

use super::raise;
use crate::Table;
use crate::failure::pause;
use crate::keys::{TALLY_PARTITION, meter_partition};
use crate::list::tests::field;
use crate::list::tests::limits::{START_MILLIS, fill, row_of_leaf};
use crate::list::{ENDED_LEAVES, List, Tally, bytes, roll_up};
use crate::meter::rollup::OPEN_MAX;
use crate::meter::{Group, Meter, glance};
use crate::stats::{self, Charge, Days, Figure, Gift};

fn day(number: u32) -> BusinessDay {
    BusinessDay::parse("2026-01-01").unwrap().plus(number)
}

/// All figures of days between two.
async fn read(table: &Table, first: u32, last: u32) -> Days {
    let before = glance(table).await.unwrap();
    stats::read(table, before, day(first), day(last)).await.unwrap()
}

fn spent(day: BusinessDay, model: &str, by: i64) -> (Meter, i64) {
    (Meter::of_day(day, &Figure::of_model(model)), by)
}

/// What a busy day raises: every figure but those of providers that the site does not use.
fn busy(day: BusinessDay, models: &[&str]) -> Vec<(Meter, i64)> {
    let figures = [
        Figure::NewUsers,
        Figure::ActiveUsers,
        Figure::Signins,
        Figure::Chats(Charge::Charged),
        Figure::Chats(Charge::Free),
        Figure::PromptTokens(Charge::Charged),
        Figure::PromptTokens(Charge::Free),
        Figure::CompletionTokens(Charge::Charged),
        Figure::CompletionTokens(Charge::Free),
        Figure::Images(Charge::Charged),
        Figure::Drawn,
        Figure::Granted(Gift::Register),
        Figure::Granted(Gift::Signin),
        Figure::Granted(Gift::Code),
        Figure::Granted(Gift::Order),
        Figure::Orders(Provider::Epay),
        Figure::Fen(Provider::Epay),
    ];
    let figures = figures.into_iter().map(|figure| (Meter::of_day(day, &figure), 100_000));
    figures.chain(models.iter().map(|model| spent(day, model, 100_000))).collect()
}

#[tokio::test]
async fn days_are_read_apart_moved_or_not() {
    let table = field::table();
    for number in [0, 1, 5, 400] {
        raise(&table, i64::from(number), &[spent(day(number), "gpt-4", 3), spent(day(number), "gpt-4", 4)])
            .await
            .unwrap();
    }
    for _ in 0..2 {
        let days = read(&table, 1, 5).await;
        assert_eq!(days.keys().copied().collect::<Vec<_>>(), [day(1), day(5)]);
        assert_eq!(days[&day(5)], BTreeMap::from([(Figure::of_model("gpt-4"), 7)]));
        assert_eq!(read(&table, 0, 400).await.len(), 4);
        assert!(read(&table, 6, 399).await.is_empty() && read(&table, 5, 1).await.is_empty());
        roll_up(&table, START_MILLIS, true).await.unwrap();
    }
}

/// The most that a day can hold, on each of 366 days.
#[tokio::test]
async fn a_year_of_full_days_takes_three_round_trips() {
    let (table, wire) = field::table_and_wire();
    let names: Vec<String> = (0..OPEN_MAX).map(|number| format!("{number:040}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for number in 0..366 {
        for few in busy(day(number), &names).chunks(30) {
            raise(&table, 3, few).await.unwrap();
        }
        roll_up(&table, START_MILLIS, true).await.unwrap();
    }
    wire.take_log();
    let days = read(&table, 0, 365).await;
    assert_eq!((days.len(), days[&day(365)].len()), (366, 17 + OPEN_MAX));
    let calls = wire.take_log();
    assert_eq!((calls.len(), round_trips(&calls)), (3, 3));
}

/// People make up names of models: a day keeps some of them, and the sum of the others.
#[tokio::test]
async fn a_day_has_room_for_so_many_models_and_loses_no_credit() {
    let table = field::table();
    let names: Vec<String> = (0..3 * OPEN_MAX).map(|number| format!("made-up-{number:03}")).collect();
    for (number, few) in (0..).zip(names.chunks(30)) {
        let meters: Vec<_> = few.iter().map(|name| spent(day(0), name, 1)).collect();
        raise(&table, number, &meters).await.unwrap();
        roll_up(&table, START_MILLIS, true).await.unwrap();
    }
    // One that has its place keeps it.
    raise(&table, 1, &[spent(day(0), "made-up-003", 5), spent(day(1), "made-up-110", 9)]).await.unwrap();
    roll_up(&table, START_MILLIS, true).await.unwrap();
    let days = read(&table, 0, 1).await;
    let sum: i64 = days[&day(0)].values().sum();
    assert_eq!((days[&day(0)].len(), sum), (OPEN_MAX + 1, i64::try_from(names.len()).unwrap() + 5));
    assert_eq!(days[&day(0)][&Figure::Spent(None)], i64::try_from(2 * OPEN_MAX).unwrap());
    assert_eq!(days[&day(0)][&Figure::of_model("made-up-003")], 6);
    assert_eq!(days[&day(1)], BTreeMap::from([(Figure::of_model("made-up-110"), 9)]));
    let items = table.partition(&meter_partition(Group::DAYS), None).await.unwrap();
    assert!(items.iter().all(|item| bytes(item) < 2_800));
}

/// Each minute everything happens that happens on a busy site, to one item of the tally: it seldom takes a unit more.
#[tokio::test]
async fn an_item_of_the_tally_stays_below_one_kilobyte_on_a_busy_day() {
    let table = field::table();
    fill(&table, 3).await;
    let leaves = i64::try_from(ENDED_LEAVES).unwrap() - 1;
    let mut most = 0;
    for minute in 0..40 {
        // A leaf of six lists ends every seventeen minutes.
        let lists = [List::LEDGER, List::MESSAGES, List::SIGNINS, List::USERS, List::CODES_USED, List::ORDERS_PAID];
        let leaf = leaves - minute / 17;
        let tally = lists.iter().fold(Tally::spread_by(3), |tally, list| tally.joins(*list, row_of_leaf(leaf)));
        table.transact(vec![tally.action(&table).unwrap()], None).await.unwrap();
        raise(&table, 3, &busy(day(0), &["gpt-4o", "gpt-4o-mini", "gpt-3.5-turbo"])).await.unwrap();
        let shard = table.partition(TALLY_PARTITION, None).await.unwrap().remove(0);
        most = most.max(bytes(&shard));
        roll_up(&table, START_MILLIS, false).await.unwrap();
    }
    println!("an item of the tally on a busy day: {most} bytes");
    assert!((700..=1024).contains(&most), "{most} bytes");
}

/// Figures rise and move while they are read: each reading is of one moment.
#[tokio::test]
async fn a_range_is_never_torn() {
    let (table, done) = (field::table(), Cell::new(0_i64));
    let running = Cell::new(true);
    let writer = async {
        for round in 0..120_u32 {
            raise(&table, i64::from(round % 3), &[spent(day(round % 7), "m", 10)]).await.unwrap_or_default();
            done.set(done.get() + 10);
        }
        running.set(false);
    };
    let mover = async {
        while running.get() {
            roll_up(&table, START_MILLIS, true).await.unwrap();
            pause(0).await;
        }
    };
    let reader = async {
        let (mut readings, mut last) = (0, 0);
        while running.get() {
            let before = glance(&table).await.unwrap();
            // Under so many moves all its tries may meet one; then it says so, and tells nothing wrong.
            let Ok(days) = stats::read(&table, before, day(0), day(9)).await else { continue };
            let sum: i64 = days.values().flat_map(BTreeMap::values).sum();
            assert!(sum >= last && sum <= done.get() + 10, "{last} <= {sum} <= {}", done.get() + 10);
            (readings, last) = (readings + 1, sum);
        }
        readings
    };
    let ((), (), readings) = tokio::join!(writer, mover, reader);
    assert!(readings > 0);
    let whole: i64 = read(&table, 0, 9).await.values().flat_map(BTreeMap::values).sum();
    assert!(whole <= done.get() && whole > 0);
}
