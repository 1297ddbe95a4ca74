//! The names of meters, pinned, because amounts are lost with them; in the files beside: sums against a model, beside their
//! writers, after faults, and within the limits of DynamoDB; and the figures of days.

mod days;
mod faults;
mod limits;
mod model;
mod writers;

use std::collections::BTreeMap;

use domain::UpstreamId;

use super::{Group, Meter, read, stamp_name};
use crate::Table;
use crate::failure::Cancelled;
use crate::list::Tally;

/// One of a few meters: three figures of each of some things.
fn meter(number: usize) -> Meter {
    let figure = ["c", "tokens", "n2"][number % 3];
    Meter::new(Group::SPENT, format!("{}", number / 3), figure)
}

/// Raises meters in one transaction.
async fn raise(table: &Table, spread: i64, meters: &[(Meter, i64)]) -> Result<(), Cancelled> {
    let tally = Tally::spread_by(spread);
    let tally = meters.iter().fold(tally, |tally, (meter, by)| tally.meters(meter.clone(), *by));
    table.transact(vec![tally.action(table).unwrap()], None).await
}

/// The sums that are not nothing.
async fn sums(table: &Table) -> BTreeMap<Meter, i64> {
    let mut sums = read(table, Group::SPENT).await.unwrap();
    sums.retain(|_, sum| *sum != 0);
    sums
}

#[test]
fn names_are_what_they_were() {
    let spent = Meter::spent_by(UpstreamId::from_i64(912_359_229_838_370_988).unwrap());
    assert_eq!(spent.tally_name(), "m_s_912359229838370988_c");
    assert_eq!((spent.item_name().as_str(), stamp_name(Group::SPENT).as_str()), ("n_c", "ms_s"));
    assert_eq!(Meter::of_tally("m_s_912359229838370988_c"), Some(spent));
    for group in Group::ALL {
        let fits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        assert!(fits(group.tag) && fits(group.name()));
        let has_this = |other: &&Group| other.tag == group.tag || other.name() == group.name();
        assert_eq!(Group::ALL.iter().filter(has_this).count(), 1);
    }
    for other in ["m_s_1", "m_s", "m_zz_1_c", "ms_s", "g", "v", "n_l", "d_l_1", "s_m"] {
        assert_eq!(Meter::of_tally(other), None, "{other}");
    }
}

/// As while an older version still runs beside a newer one.
#[tokio::test]
async fn meters_of_an_unknown_group_stay_where_they_are() {
    let table = crate::list::tests::field::table();
    let unknown = Group { name: "unknown", tag: "zz", open: None };
    let meters = [(Meter::new(unknown, "1".to_owned(), "c"), 5), (meter(0), 7)];
    raise(&table, 1, &meters).await.unwrap();
    assert_eq!(crate::list::roll_up(&table, 0, true).await.unwrap(), 1);
    assert_eq!(sums(&table).await, BTreeMap::from([(meter(0), 7)]));
    let tally = table.partition("tally", None).await.unwrap();
    assert_eq!(tally[0]["m_zz_1_c"].as_n().unwrap(), "5");
}
