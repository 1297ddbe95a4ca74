//! Meters: sums that rise in transactions which happen anyway, such as what an upstream key has cost.
//!
//! Whoever changes a [`Tally`](crate::list) can raise meters in the same action: nothing more is written, and no item that
//! all transactions meet in. What is raised stands in an attribute of the tally until that item has grown; the janitor
//! then moves it into the meter's own item ([`rollup`]). A meter's sum is what is there and in all items of the tally.
//!
//! | item | attribute | holds |
//! |---|---|---|
//! | `tally`, shard | `m_<tag of the group>_<item>_<figure>` | what was raised since it was last moved |
//! | | `ms_<tag of the group>` | the stamps of what moved from here |
//! | `meter#<group>`, item | `n_<figure>` | what was moved |
//! | | `s` | the stamps of what moved here |
//!
//! Several figures of one thing share an item, so that moving many of them is one write.
//!
//! **No sum is torn.** Tally and items are two readings, and something may move between them, in whichever order they are
//! made: it would count twice or not at all. As with [lists](crate::list), each move adds a random stamp to both sides, once
//! for each item it writes; readings with different sums of stamps are thrown away. That needs all items of the group. Who
//! wants some of them only reads the tally before them and after ([`range`]): without a move between, it has the same stamps.
//!
//! Where figures have names that people make up, such as those of models, an item keeps a bounded number of them: a move adds
//! the others up in one figure.

mod range;
mod rollup;

pub(crate) use range::range;
pub use range::{Glance, glance};

pub(crate) use rollup::{FULL_BYTES, roll_up};

use std::collections::BTreeMap;

use domain::{BusinessDay, Result, UpstreamId};
use futures_util::future::try_join;

use crate::Table;
use crate::failure::{Item, pause, still_busy};
use crate::keys::{Key, TALLY_PARTITION, meter_partition};
use crate::list::numbers;
use crate::stats::{Figure, MODEL_PREFIX};

/// Readings until they are of one moment. With the pauses they outlast a whole run of the janitor.
const READINGS_MAX: u32 = 6;

/// Meters that are read together: declared once, here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    name: &'static str,
    /// Stands for the name in the attributes of the tally, whose size every write pays.
    tag: &'static str,
    /// What figures begin with whose names people make up; alone, it is the figure of those that an item has no room for.
    open: Option<&'static str>,
}

impl Group {
    /// What upstream keys have probably cost, in millionths of a dollar.
    pub const SPENT: Self = Self { name: "spent", tag: "s", open: None };
    /// What happened on each business day: see [`stats`](crate::stats).
    pub const DAYS: Self = Self { name: "days", tag: "d", open: Some(MODEL_PREFIX) };

    /// Every group there is.
    const ALL: [Self; 2] = [Self::SPENT, Self::DAYS];

    /// The name in keys.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// The name of a sum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Meter {
    group: Group,
    /// What is measured: letters and digits.
    item: String,
    /// What of it: letters, digits and `_`.
    figure: String,
}

impl Meter {
    /// What an upstream key has probably cost, in millionths of a dollar. It outlives the key, whose id never comes again.
    pub fn spent_by(key: UpstreamId) -> Self {
        Self::new(Group::SPENT, key.to_string(), "c")
    }

    /// A figure of a day.
    pub(crate) fn of_day(day: BusinessDay, figure: &Figure) -> Self {
        Self::new(Group::DAYS, of_day(day), &figure.name())
    }

    /// The day and the figure, of a meter of [`Group::DAYS`].
    pub(crate) fn day(&self) -> Option<(BusinessDay, Figure)> {
        let (year, month_and_day) = self.item.split_at_checked(4)?;
        let (month, day) = month_and_day.split_at_checked(2)?;
        let day = BusinessDay::parse(&format!("{year}-{month}-{day}"))?;
        Some((day, Figure::parse(&self.figure)?)).filter(|_| self.group == Group::DAYS)
    }

    /// The meter that this one is added to when its item has no room for it; none for one that always has its place.
    fn others(&self) -> Option<Self> {
        let prefix = self.group.open?;
        (self.figure.starts_with(prefix) && self.figure != prefix)
            .then(|| Self { figure: prefix.to_owned(), ..self.clone() })
    }

    /// Short names: they stand in the tally, whose size every write pays.
    fn new(group: Group, item: String, figure: &str) -> Self {
        Self { group, item, figure: figure.to_owned() }
    }

    /// The attribute of the tally.
    pub(crate) fn tally_name(&self) -> String {
        format!("m_{}_{}_{}", self.group.tag, self.item, self.figure)
    }

    /// The attribute of the meter's own item.
    fn item_name(&self) -> String {
        format!("{FIGURE_PREFIX}{}", self.figure)
    }

    /// The meter that an attribute of the tally is about. One of a group that this version does not know stays there.
    pub(crate) fn of_tally(name: &str) -> Option<Self> {
        let (tag, rest) = name.strip_prefix("m_")?.split_once('_')?;
        let (item, figure) = rest.split_once('_')?;
        let group = Group::ALL.into_iter().find(|group| group.tag == tag)?;
        Some(Self { group, item: item.to_owned(), figure: figure.to_owned() })
    }
}

/// The name of a day as a thing that is measured: its digits.
pub(crate) fn of_day(day: BusinessDay) -> String {
    day.to_string().replace('-', "")
}

const FIGURE_PREFIX: &str = "n_";
/// The attribute of a meter's item with the stamps of what moved there.
const STAMP: &str = "s";

/// The attribute of a tally's item with the stamps of what moved from there to a group.
fn stamp_name(group: Group) -> String {
    format!("ms_{}", group.tag)
}

/// All sums of a group at the moment of reading; a meter that never rose is none of them. One round trip.
///
/// # Errors
/// When the table cannot be read, or something moved between all readings.
pub async fn read(table: &Table, group: Group) -> Result<BTreeMap<Meter, i64>> {
    let partition = meter_partition(group);
    for attempt in 0..READINGS_MAX {
        let reads = try_join(table.partition(TALLY_PARTITION, None), table.partition(&partition, None));
        let (tally, items) = reads.await?;
        if are_of_one_moment(group, &tally, &items) {
            return Ok(gather(group, &tally, &items));
        }
        pause(attempt).await;
    }
    Err(still_busy("reading meters"))
}

/// Comparing the amounts instead would miss moves that add up to nothing, and could not tell a move from a raise.
fn are_of_one_moment(group: Group, tally: &[Item], items: &[Item]) -> bool {
    let sum = |items: &[Item], stamp: &str| -> i64 {
        items.iter().flat_map(numbers).filter(|(name, _)| *name == stamp).map(|(_, value)| value).sum()
    };
    sum(tally, &stamp_name(group)) == sum(items, STAMP)
}

fn gather(group: Group, tally: &[Item], items: &[Item]) -> BTreeMap<Meter, i64> {
    let raised = tally.iter().flat_map(raised).filter(|(meter, _)| meter.group == group);
    let moved = items.iter().flat_map(|item| moved(group, item));
    raised.chain(moved).fold(BTreeMap::new(), |mut sums, (meter, by)| {
        let sum: &mut i64 = sums.entry(meter).or_default();
        *sum = sum.saturating_add(by);
        sums
    })
}

/// What an item of the tally has of meters.
fn raised(shard: &Item) -> impl Iterator<Item = (Meter, i64)> {
    numbers(shard).filter_map(|(name, value)| Some((Meter::of_tally(name)?, value)))
}

/// What a meter's item has.
fn moved(group: Group, item: &Item) -> impl Iterator<Item = (Meter, i64)> {
    let key = Key::of(item);
    numbers(item).filter_map(move |(name, value)| {
        let (figure, item) = (name.strip_prefix(FIGURE_PREFIX)?, key.as_ref()?.sk());
        Some((Meter { group, item: item.to_owned(), figure: figure.to_owned() }, value))
    })
}

#[cfg(test)]
mod tests;
