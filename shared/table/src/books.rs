//! The books check: once a night every sum and every count is added up again from the rows it stands for.
//!
//! A check goes through the table in steps and keeps after each how far it has come, so that it goes on in the next
//! run wherever the last one ended, at any size of the table. It is exact although the site runs meanwhile: a user's
//! rows are append-only and the item's `rows` says up to which of them its credits are the sum; what is read from an
//! index, which may be some milliseconds behind, counts as different only when several looks in a row see the very same
//! difference ([`steady`]).

mod codes;
mod counts;
mod days;
mod difference;
mod ledger;
mod orders;
mod owned;
mod people;
mod run;
mod steady;

pub use difference::{Difference, Kind};
pub use run::{Books, Outcome, read};
pub(crate) use run::{anew, at_rest};

use domain::{BusinessDay, Clock, Result, Zone};

use crate::Table;
use days::Day;
use run::{Phase, Run};

/// How far a check has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The night that it is for.
    pub night: BusinessDay,
    /// Whether it has come to its end.
    pub is_through: bool,
    /// Users looked at.
    pub users: u64,
    /// Ledger rows looked at.
    pub rows: u64,
    /// Differences found.
    pub differences: u64,
}

/// Goes on with tonight's check, or begins it, until it is through or `deadline` (milliseconds) is over; one step at
/// least. None when nothing is to do: before the night's hour, or once tonight's check is through. Two at once do no
/// harm: each step counts for one of them, and the other stops.
///
/// # Errors
/// When the table cannot be read or written. What was done is kept.
pub async fn check(table: &Table, clock: &Clock, zone: &Zone, deadline: i64) -> Result<Option<Progress>> {
    let Some(mut run) = run::due(table, zone, clock.millis()).await? else { return Ok(None) };
    loop {
        let step = step(table, zone, &run, clock.millis()).await?;
        run.take(step);
        if !run.save(table, clock.millis()).await? || run.is_through() || clock.millis() >= deadline {
            return Ok(Some(run.progress()));
        }
    }
}

/// What one step has seen, and where the next one begins.
#[derive(Debug)]
struct Step {
    next: Phase,
    users: u64,
    rows: u64,
    differences: Vec<Difference>,
    /// Of yesterday's statistics.
    day: Day,
}

impl Step {
    fn to(next: Phase) -> Self {
        Self { next, users: 0, rows: 0, differences: Vec::new(), day: Day::default() }
    }
}

async fn step(table: &Table, zone: &Zone, run: &Run, now: i64) -> Result<Step> {
    let yesterday = run.yesterday(zone);
    match run.phase() {
        Phase::People(people) => people::step(table, people, &yesterday, now).await,
        Phase::Counts { list, after } => counts::step(table, *list, *after).await,
        Phase::Codes { after } => codes::step(table, *after).await,
        Phase::Batches { after } => codes::step_of_batches(table, *after).await,
        Phase::PaidOrders { after } => orders::step(table, *after, &yesterday).await,
        Phase::OpenOrders { after } => orders::step_of_open(table, *after).await,
        Phase::Day => days::step(table, run, &yesterday).await,
        Phase::Through => Ok(Step::to(Phase::Through)),
    }
}
