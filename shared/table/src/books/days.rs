//! The statistics of the day before the check's night: added up from its rows, against the figures that were raised with
//! them. Nothing of that day changes any more, so the sums may take as many steps as there are ledgers.

use std::collections::{BTreeMap, BTreeSet};

use domain::{BusinessDay, MessageId, Result, Zone};
use serde::{Deserialize, Serialize};

use super::Step;
use super::difference::{Difference, Kind};
use super::ledger::Entry;
use super::run::{Phase, Run};
use super::steady::steady;
use crate::Table;
use crate::ledger::Cause;
use crate::list::List;
use crate::list::audit::count;
use crate::meter::glance;
use crate::order::Order;
use crate::stats::{self, Charge, Figure, Gift, Loss};
use crate::user::User;

/// Models that the sums keep apart: their names are whatever people asked for.
const MODELS_MAX: usize = 200;

/// The day that is added up, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Yesterday<'a> {
    pub(super) day: BusinessDay,
    pub(super) zone: &'a Zone,
    /// When the check began, in milliseconds since the Unix epoch.
    pub(super) began: i64,
}

/// Sums of figures by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sums(BTreeMap<String, i64>);

/// The sums of a check.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Day {
    sums: Sums,
    /// Those of users who were deleted while the check was under way: it may have seen them before too.
    again: Sums,
}

impl Sums {
    fn add(&mut self, figure: &Figure, by: i64) {
        if by != 0 {
            self.add_named(&figure.name(), by);
        }
    }

    fn add_named(&mut self, name: &str, by: i64) {
        let others = Figure::Spent(None).name();
        let is_new_model = name.starts_with(&others) && !self.0.contains_key(name);
        let models = self.0.keys().filter(|known| known.starts_with(&others)).count();
        let name = if is_new_model && models >= MODELS_MAX { others } else { name.to_owned() };
        let sum = self.0.entry(name).or_default();
        *sum = sum.saturating_add(by);
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for (name, by) in &other.0 {
            self.add_named(name, *by);
        }
    }

    /// With all that was spent on chats as one sum: for when one side has no room for some models.
    fn without_models(&self) -> Self {
        let others = Figure::Spent(None).name();
        let mut sums = Self::default();
        for (name, by) in &self.0 {
            let name = if name.starts_with(&others) { &others } else { name };
            *sums.0.entry(name.clone()).or_default() += by;
        }
        sums
    }

    fn of(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// A row of a ledger, if it is of the day.
    pub(super) fn add_row(&mut self, of: &Yesterday<'_>, entry: &Entry) {
        if of.zone.day(entry.created) != of.day {
            return;
        }
        match &entry.cause {
            Cause::Register => self.add(&Figure::Granted(Gift::Register), entry.amount),
            Cause::Signin { .. } => self.add(&Figure::Granted(Gift::Signin), entry.amount),
            Cause::Code { .. } => self.add(&Figure::Granted(Gift::Code), entry.amount),
            Cause::Order { .. } => self.add(&Figure::Granted(Gift::Order), entry.amount),
            Cause::Adjustment { .. } if entry.amount > 0 => {
                self.add(&Figure::Granted(Gift::Adjustment), entry.amount);
            }
            Cause::Adjustment { .. } => self.add(&Figure::Taken(Loss::Adjustment), -entry.amount),
            Cause::Imported { .. } | Cause::Opening => {}
            Cause::Deletion { .. } => self.add(&Figure::Taken(Loss::Deletion), -entry.amount),
            Cause::Chat { model, prompt_tokens, completion_tokens, .. } => {
                self.add(&Figure::Chats(Charge::Charged), 1);
                self.add(&Figure::PromptTokens(Charge::Charged), i64::try_from(*prompt_tokens).unwrap_or(i64::MAX));
                let written = i64::try_from(*completion_tokens).unwrap_or(i64::MAX);
                self.add(&Figure::CompletionTokens(Charge::Charged), written);
                self.add(&Figure::of_model(model), -entry.amount);
            }
            Cause::Draw { count, .. } => {
                self.add(&Figure::Images(Charge::Charged), i64::from(*count));
                self.add(&Figure::Drawn, -entry.amount);
            }
        }
    }

    /// A user whose ledger has come to its end. Who did anything has it in their item.
    pub(super) fn add_user(&mut self, of: &Yesterday<'_>, user: &User, did: bool) {
        if did || user.active.is_some_and(|active| active.has(of.day)) {
            self.add(&Figure::ActiveUsers, 1);
        }
    }

    /// A paid order, if it was paid on the day.
    pub(super) fn add_order(&mut self, of: &Yesterday<'_>, order: &Order) {
        if order.paid.is_some_and(|at| of.zone.day(at) == of.day) {
            self.add(&Figure::Orders(order.provider), 1);
            self.add(&Figure::Fen(order.provider), order.amount.number());
        }
    }
}

impl Yesterday<'_> {
    /// Whether a row tells that its user did something on the day.
    pub(super) fn is_deed(&self, entry: &Entry) -> bool {
        let by_others = matches!(
            entry.cause,
            Cause::Adjustment { .. } | Cause::Deletion { .. } | Cause::Imported { .. } | Cause::Opening
        );
        !by_others && self.zone.day(entry.created) == self.day
    }
}

impl Day {
    pub(super) fn extend(&mut self, other: &Self) {
        self.sums.extend(&other.sums);
        self.again.extend(&other.again);
    }

    /// A user's sums, of whom it is known whether the check may have seen them before.
    pub(super) fn take(&mut self, sums: &Sums, maybe_again: bool) {
        if maybe_again { self.again.extend(sums) } else { self.sums.extend(sums) }
    }

    /// The sums of some orders.
    pub(super) fn of_orders(sums: Sums) -> Self {
        Self { sums, again: Sums::default() }
    }
}

/// The end of a check: the sums against the figures.
pub(super) async fn step(table: &Table, run: &Run, of: &Yesterday<'_>) -> Result<Step> {
    let mut step = Step::to(Phase::Through);
    // The day on which counting began may have begun without it.
    if run.counted_since().is_some_and(|since| of.day > since) {
        step.differences = steady(|| look(table, run.day(), of)).await?;
    }
    Ok(step)
}

async fn look(table: &Table, rows: &Day, of: &Yesterday<'_>) -> Result<Vec<Difference>> {
    let mut rows = rows.clone();
    rows.sums.add(&Figure::NewUsers, begun(table, &[List::USERS, List::DELETED_USERS], of).await?);
    rows.sums.add(&Figure::Signins, begun(table, &[List::SIGNINS], of).await?);
    let glance = glance(table).await?;
    let figures = stats::read(table, glance, of.day, of.day).await?.remove(&of.day).unwrap_or_default();
    let mut found = Sums::default();
    for (figure, sum) in figures.iter().filter(|(figure, _)| !figure.is_free()) {
        found.add(figure, *sum);
    }
    let others = Figure::Spent(None).name();
    if [&rows.sums, &rows.again, &found].iter().any(|sums| sums.of(&others) != 0) {
        rows = Day { sums: rows.sums.without_models(), again: rows.again.without_models() };
        found = found.without_models();
    }
    Ok(differences(&rows, &found, of.day))
}

fn differences(rows: &Day, found: &Sums, day: BusinessDay) -> Vec<Difference> {
    let names: BTreeSet<&String> = rows.sums.0.keys().chain(rows.again.0.keys()).chain(found.0.keys()).collect();
    let differs = |name: &&String| {
        let (least, found) = (rows.sums.of(name), found.of(name));
        let most = least.saturating_add(rows.again.of(name));
        let id = format!("{day}/{name}");
        (!(least..=most).contains(&found)).then(|| Difference::new(Kind::Day, &id, least, found))
    };
    names.iter().filter_map(differs).collect()
}

/// How many rows of some lists came to be on the day.
async fn begun(table: &Table, lists: &[List], of: &Yesterday<'_>) -> Result<i64> {
    let first = MessageId::at(of.zone.start(of.day)).as_i64();
    let last = MessageId::at(of.zone.end(of.day)).as_i64() - 1;
    let mut rows = 0;
    for list in lists {
        rows += count(table, *list, (first, last)).await?;
    }
    Ok(rows)
}
