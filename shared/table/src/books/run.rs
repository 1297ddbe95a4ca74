//! How far a check has come, kept in the table; and what the last one found.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{BusinessDay, Error, Result, Zone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::days::{Day, Yesterday};
use super::people::People;
use super::{Difference, Progress, Step};
use crate::Table;
use crate::failure::{Cancelled, Item, pause, still_busy};
use crate::keys::Key;
use crate::read::entity;
use crate::values::n;
use crate::write::{Change, VERSION, item};

/// The hour of the business night from which a check begins, in milliseconds after midnight.
const NIGHT_MILLIS: i64 = 3 * 3600 * 1000;
/// Differences that are kept; the others are counted.
const DIFFERENCES_MAX: usize = 50;
/// Days for which no check begins while rows of another system are taken over: more than any takes.
const RESTING_DAYS: u32 = 36_500;
/// Tries to keep a state before the next run goes on from the last one.
const TRIES_MAX: u32 = 3;

/// What a check does next.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub(super) enum Phase {
    /// Users, then deleted ones, with their ledgers.
    People(People),
    /// The lists' counts, one list after the other.
    Counts {
        /// Its place among all.
        list: usize,
        /// The last id looked at.
        after: i64,
    },
    /// Used redemption codes.
    Codes {
        /// The last id looked at.
        after: i64,
    },
    /// Batches of codes.
    Batches {
        /// The last id looked at.
        after: i64,
    },
    /// Paid orders.
    PaidOrders {
        /// The last id looked at.
        after: i64,
    },
    /// Orders that wait for their payment.
    OpenOrders {
        /// The last id looked at.
        after: i64,
    },
    /// The statistics of the day before.
    Day,
    /// Nothing more.
    Through,
}

/// A check under way.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Run {
    night: BusinessDay,
    /// Steps kept so far, over all nights: kept beside the rest, for the condition of the next one.
    #[serde(skip)]
    step: u64,
    phase: Phase,
    users: u64,
    rows: u64,
    /// All differences, also those that are not kept.
    number: u64,
    differences: Vec<Difference>,
    /// When it began, in milliseconds since the Unix epoch.
    #[serde(default)]
    began: i64,
    /// The night of the first check that knew of statistics. Without it, one that did not know of them began this check.
    #[serde(default)]
    counted_since: Option<BusinessDay>,
    /// The sums of the day before the night.
    #[serde(default)]
    day: Day,
}

/// A check to begin at `now` as if none had been before: days up to that of `now` are not compared.
pub(crate) fn anew(zone: &Zone, now: i64) -> Result<Item> {
    stored(&Run::new(zone.day(now), 0, Some(zone.day(now)), now))
}

/// A state in which no check begins.
pub(crate) fn at_rest(zone: &Zone, now: i64) -> Result<Item> {
    let never = zone.day(now).plus(RESTING_DAYS);
    stored(&Run { phase: Phase::Through, ..Run::new(never, 0, None, now) })
}

fn stored(run: &Run) -> Result<Item> {
    item(&Key::books("run"), &json!({"books": run}))
}

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// When it came to its end, in milliseconds since the Unix epoch.
    pub checked_at: i64,
    /// Users looked at.
    pub users: u64,
    /// Ledger rows looked at.
    pub rows: u64,
    /// All differences.
    pub number: u64,
    /// The first fifty of them.
    pub differences: Vec<Difference>,
}

/// The books as an administrator sees them.
#[derive(Clone, Debug)]
pub struct Books {
    /// What the last check found, when there was one.
    pub outcome: Option<Outcome>,
    /// Whether a check is under way.
    pub running: bool,
}

/// The last check's outcome and whether one is under way: one round trip.
///
/// # Errors
/// When the table cannot be read.
pub async fn read(table: &Table) -> Result<Books> {
    let mut items = table.get_all([Key::books("run"), Key::books("result")]).await?;
    let outcome = items.remove(&Key::books("result")).map(entity::<Stored<Outcome>>).transpose()?;
    let run = items.remove(&Key::books("run")).and_then(run_of);
    Ok(Books { outcome: outcome.map(|stored| stored.books), running: run.is_some_and(|run| !run.is_through()) })
}

/// An entity as one attribute, which one clause of a change sets.
#[derive(Deserialize)]
struct Stored<T> {
    books: T,
}

/// None for a state of another version of the product: the check begins anew.
fn run_of(item: Item) -> Option<Run> {
    entity::<Stored<Run>>(item).ok().map(|stored| stored.books)
}

/// The check to go on with, or to begin, at `now`.
pub(super) async fn due(table: &Table, zone: &Zone, now: i64) -> Result<Option<Run>> {
    let item = table.get_all([Key::books("run")]).await?.remove(&Key::books("run"));
    let step = item.as_ref().and_then(|item| item.get("step")?.as_n().ok()?.parse().ok()).unwrap_or(0);
    match item.and_then(run_of) {
        Some(run) if !run.is_through() => Ok(Some(Run { step, ..run })),
        Some(run) => {
            let night = night(zone, now).filter(|night| *night > run.night);
            Ok(night.map(|night| Run::new(night, step, run.counted_since, now)))
        }
        None => Ok(night(zone, now).map(|night| Run::new(night, step, None, now))),
    }
}

/// The night whose hour has come; none between midnight and then.
fn night(zone: &Zone, now: i64) -> Option<BusinessDay> {
    let today = zone.day(now);
    (now - zone.start(today) >= NIGHT_MILLIS).then_some(today)
}

impl Run {
    fn new(night: BusinessDay, step: u64, counted_since: Option<BusinessDay>, began: i64) -> Self {
        let phase = Phase::People(People::first());
        let (counted_since, day) = (counted_since.or(Some(night)), Day::default());
        let differences = Vec::new();
        Self { night, step, phase, users: 0, rows: 0, number: 0, differences, began, counted_since, day }
    }

    /// The day whose statistics are added up.
    pub(super) fn yesterday<'a>(&self, zone: &'a Zone) -> Yesterday<'a> {
        Yesterday { day: self.night.yesterday(), zone, began: self.began }
    }

    pub(super) fn counted_since(&self) -> Option<BusinessDay> {
        self.counted_since
    }

    pub(super) fn day(&self) -> &Day {
        &self.day
    }

    pub(super) fn phase(&self) -> &Phase {
        &self.phase
    }

    pub(super) fn is_through(&self) -> bool {
        matches!(self.phase, Phase::Through)
    }

    pub(super) fn progress(&self) -> Progress {
        let (night, is_through) = (self.night, self.is_through());
        Progress { night, is_through, users: self.users, rows: self.rows, differences: self.number }
    }

    /// Adds what a step has seen. The first difference is told at once, and before it is kept: a function killed between
    /// the two tells it twice rather than never.
    pub(super) fn take(&mut self, step: Step) {
        let new = u64::try_from(step.differences.len()).unwrap_or(u64::MAX);
        if self.number == 0 && new > 0 {
            let kinds: BTreeSet<_> = step.differences.iter().map(|difference| difference.kind).collect();
            let kinds = serde_json::to_string(&kinds).unwrap_or_default();
            tracing::error!(differences = new, kinds, "the books differ");
        }
        self.number = self.number.saturating_add(new);
        let free = DIFFERENCES_MAX.saturating_sub(self.differences.len());
        self.differences.extend(step.differences.into_iter().take(free));
        self.users += step.users;
        self.rows += step.rows;
        self.day.extend(&step.day);
        self.phase = step.next;
    }

    /// Keeps the state, and with the last step the outcome, in one transaction. False when another run has come further.
    pub(super) async fn save(&mut self, table: &Table, now: i64) -> Result<bool> {
        let actions = self.actions(table, now)?;
        for attempt in 0..TRIES_MAX {
            match table.transact(actions.clone(), None).await {
                Ok(()) => {
                    self.step += 1;
                    return Ok(true);
                }
                Err(Cancelled::Condition(_)) => return Ok(false),
                Err(Cancelled::Busy) => pause(attempt).await,
                Err(Cancelled::Failed(error)) => return Err(error),
            }
        }
        Err(still_busy("books check"))
    }

    fn actions(&self, table: &Table, now: i64) -> Result<Vec<TransactWriteItem>> {
        let keep =
            |key: &Key| Change::of(key).set("v = :v, #books = :books").name("#books", "books").value(":v", n(VERSION));
        let run = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(self).map_err(Error::internal)?;
        let run = keep(&Key::books("run")).set("#step = :step").name("#step", "step").value(":books", run);
        let run = run.value(":step", n(self.step + 1));
        let run = match self.step {
            0 => run.when("attribute_not_exists(#step)"),
            before => run.when("#step = :before").value(":before", n(before)),
        };
        let mut actions = vec![run.action(table)?];
        if self.is_through() {
            let (users, rows, number) = (self.users, self.rows, self.number);
            let outcome = Outcome { checked_at: now, users, rows, number, differences: self.differences.clone() };
            let outcome = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(outcome).map_err(Error::internal)?;
            actions.push(keep(&Key::books("result")).value(":books", outcome).action(table)?);
        }
        Ok(actions)
    }
}
