//! Statistics: what happens on each business day, in figures.
//!
//! A day's figures are [meters](crate::meter) of the group `days`: whoever writes what they count raises them in the same
//! transaction. What follows from a ledger row is said in one place ([`of_row`]), and whoever writes a row says so with
//! [`Tally::row`]. Four things have no row, and raise their figures themselves: a user who comes to be, a day that is
//! signed, what costs nothing, and being active. A row belongs to the day of its `created`.

mod figure;

pub(crate) use figure::MODEL_PREFIX;
pub use figure::{Charge, Figure, Gift, Loss};

use std::collections::BTreeMap;

use domain::{BusinessDay, Result};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::ledger::{Cause, Row};
use crate::list::Tally;
use crate::meter::{self, Glance, Group};
use crate::values::s;
use crate::write::Change;

/// What a ledger row raises on its day. What an administrator gives or takes, and what ends with an account, is neither a
/// gift of the site nor spending, and stands by itself.
pub(crate) fn of_row(row: &Row) -> Vec<(Figure, i64)> {
    let (given, taken) = (row.amount.max(0), row.amount.min(0).saturating_neg());
    match &row.cause {
        Cause::Register => vec![(Figure::Granted(Gift::Register), given)],
        Cause::Signin { .. } => vec![(Figure::Granted(Gift::Signin), given)],
        Cause::Code { .. } => vec![(Figure::Granted(Gift::Code), given)],
        Cause::Order { .. } => vec![(Figure::Granted(Gift::Order), given)],
        Cause::Adjustment { .. } => {
            vec![(Figure::Granted(Gift::Adjustment), given), (Figure::Taken(Loss::Adjustment), taken)]
        }
        // What happened before the site moved here is no event of a day here.
        Cause::Imported { .. } | Cause::Opening => Vec::new(),
        Cause::Deletion { .. } => vec![(Figure::Taken(Loss::Deletion), taken)],
        Cause::Chat { model, .. } => {
            let spent = (Figure::of_model(model), taken);
            of_delivery(&row.cause, Charge::Charged).into_iter().chain([spent]).collect()
        }
        Cause::Draw { .. } => {
            of_delivery(&row.cause, Charge::Charged).into_iter().chain([(Figure::Drawn, taken)]).collect()
        }
    }
}

/// What a delivered chat or draw raises, whatever it costs. What costs nothing has no row.
pub(crate) fn of_delivery(cause: &Cause, charge: Charge) -> Vec<(Figure, i64)> {
    match cause {
        Cause::Chat { prompt_tokens, completion_tokens, .. } => vec![
            (Figure::Chats(charge), 1),
            (Figure::PromptTokens(charge), number(*prompt_tokens)),
            (Figure::CompletionTokens(charge), number(*completion_tokens)),
        ],
        Cause::Draw { count, .. } => vec![(Figure::Images(charge), i64::from(*count))],
        _ => Vec::new(),
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The last two days on which a user did something themselves: registered, signed in, chatted, drew, redeemed a code or
/// paid. Two, because what began before midnight may be written after what began behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Active {
    last: BusinessDay,
    before: Option<BusinessDay>,
}

impl Active {
    /// That of a user who comes to be on `day` by what they did.
    pub(crate) const fn first(day: BusinessDay) -> Self {
        Self { last: day, before: None }
    }

    /// Whether `day` is one of the two.
    pub(crate) fn has(&self, day: BusinessDay) -> bool {
        self.last == day || self.before == Some(day)
    }

    /// With `day`, which was not counted for this user before; none when it was. One before both days was, or belongs to a
    /// request that took longer than any may.
    fn with(was: Option<Self>, day: BusinessDay) -> Option<Self> {
        match was {
            None => Some(Self::first(day)),
            Some(was) if day > was.last => Some(Self { last: day, before: Some(was.last) }),
            Some(was) if day < was.last && was.before.is_none_or(|before| before < day) => {
                Some(Self { before: Some(day), ..was })
            }
            Some(_) => None,
        }
    }
}

/// What a user does on `day` makes them active: at the first time that day the user's item says so, and the day counts
/// them. That holds only while the item is as known, so nobody is counted twice.
pub(crate) fn acts(change: Change, tally: Tally, was: Option<Active>, day: BusinessDay) -> (Change, Tally) {
    let Some(active) = Active::with(was, day) else { return (change, tally) };
    let change = change.set("active_days = :active").value(":active", s(&String::from(active)));
    let change = match was {
        None => change.when("attribute_not_exists(active_days)"),
        Some(was) => change.when("active_days = :was_active").value(":was_active", s(&String::from(was))),
    };
    (change, tally.figure(day, &Figure::ActiveUsers, 1))
}

impl From<Active> for String {
    fn from(active: Active) -> Self {
        match active.before {
            None => active.last.to_string(),
            Some(before) => format!("{} {before}", active.last),
        }
    }
}

impl TryFrom<String> for Active {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut days = text.split(' ').map(BusinessDay::parse);
        match (days.next().flatten(), days.next(), days.next()) {
            (Some(last), None, None) => Ok(Self { last, before: None }),
            (Some(last), Some(Some(before)), None) if before < last => Ok(Self { last, before: Some(before) }),
            _ => Err("not days of activity"),
        }
    }
}

/// The figures of some days. One that never rose is none of them.
pub type Days = BTreeMap<BusinessDay, BTreeMap<Figure, i64>>;

/// The figures of the days from `first` to `last` at one moment: two round trips after the `glance`, up to some thousand
/// days.
///
/// # Errors
/// When the table cannot be read, or figures moved between all readings.
pub async fn read(table: &Table, glance: Glance, first: BusinessDay, last: BusinessDay) -> Result<Days> {
    let mut days = Days::new();
    for (meter, sum) in meter::range(table, Group::DAYS, glance, &meter::of_day(first), &meter::of_day(last)).await? {
        if let Some((day, figure)) = meter.day()
            && sum != 0
        {
            days.entry(day).or_default().insert(figure, sum);
        }
    }
    Ok(days)
}

#[cfg(test)]
mod tests;
