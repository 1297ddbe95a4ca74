//! One user's ledger, added up row by row. A row never changes its amount, ordinal and total, so a walk can pause
//! between two rows for as long as it likes.

mod causes;
mod rows;

use std::collections::BTreeSet;

use domain::{Credits, Result, UserId};
use serde::{Deserialize, Serialize};

use super::days::{Sums, Yesterday};
use super::difference::{Difference, Kind, number};
use super::steady::steady;
use crate::Table;
use crate::user::{User, find_or_remains};
use causes::Causes;
pub(super) use rows::Entry;
use rows::Page;

/// Pages of one ledger in one step.
const PAGES_MAX: usize = 4;
/// Rows of one step whose causes are looked up with a call of their own.
const LOOKUPS_MAX: usize = 100;

/// How far a walk through a ledger has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Walk {
    user: UserId,
    /// Where the next page begins, less one: rows that cannot be read are passed by too.
    read: u64,
    /// The last row's ordinal.
    ordinal: u64,
    /// The last row's total.
    total: Credits,
    /// The sum of all amounts so far.
    sum: Credits,
    /// The sums of yesterday's rows so far.
    #[serde(default)]
    day: Sums,
    /// Whether one of them tells that the user did something.
    #[serde(default)]
    did: bool,
}

/// What one step of a walk has seen.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Whose ledger it was; none when nothing was looked at.
    pub(super) user: Option<UserId>,
    /// What is left for the next step.
    pub(super) left: Option<Walk>,
    pub(super) rows: u64,
    pub(super) differences: Vec<Difference>,
    /// Yesterday's sums of a ledger that has come to its end.
    pub(super) day: Sums,
}

impl Walked {
    pub(super) fn nothing_but(difference: Difference) -> Self {
        Self { differences: vec![difference], ..Self::default() }
    }
}

impl Walk {
    pub(super) fn of(user: UserId) -> Self {
        Self { user, read: 0, ordinal: 0, total: 0, sum: 0, day: Sums::default(), did: false }
    }

    pub(super) fn user(&self) -> UserId {
        self.user
    }

    /// The next row that is there, against those before it.
    fn add(&mut self, entry: &Entry) -> Vec<Difference> {
        let differs = |kind, expected, found| Difference::of_row(kind, self.user, entry.ordinal, expected, found);
        let mut differences = Vec::new();
        if entry.ordinal != self.ordinal + 1 {
            differences.push(differs(Kind::RowMissing, number(self.ordinal + 1), number(entry.ordinal)));
        } else if entry.total != self.total.saturating_add(entry.amount) {
            differences.push(differs(Kind::RowTotal, self.total.saturating_add(entry.amount), entry.total));
        }
        if entry.user != self.user || !entry.is_in_place() {
            differences.push(Difference::of_row(Kind::RowPlace, self.user, entry.ordinal, 1, 0));
        }
        // On with what the row says, so that one wrong row is told once and not with each row behind it.
        (self.ordinal, self.total) = (entry.ordinal, entry.total);
        self.sum = self.sum.saturating_add(entry.amount);
        differences
    }
}

/// Goes on with a walk up to the rows that the user's item, read before, says there are.
pub(super) async fn walk(table: &Table, user: &User, mut walk: Walk, yesterday: &Yesterday<'_>) -> Result<Walked> {
    let mut walked = Walked { user: Some(user.id), ..Walked::default() };
    let mut hidden = Hidden::of(table, user).await?;
    let mut causes = Causes::default();
    let mut beyond = Vec::new();
    for _ in 0..PAGES_MAX {
        // One more than there should be: a row that nobody counts is seen by that.
        let Page { entries, unreadable, last, more } = rows::page(table, user.id, walk.read + 1, user.rows + 1).await?;
        walk.read = last;
        for ordinal in unreadable {
            walked.differences.push(Difference::of_row(Kind::Unreadable, user.id, ordinal, 1, 0));
        }
        let (entries, new): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.ordinal <= user.rows);
        beyond.extend(new.iter().map(|entry| entry.ordinal));
        for entry in &entries {
            walked.rows += 1;
            walked.differences.extend(walk.add(entry));
            walk.day.add_row(yesterday, entry);
            walk.did |= yesterday.is_deed(entry);
        }
        walked.differences.extend(hidden.judge(table, &entries).await?);
        walked.differences.extend(causes.judge(table, user.id, &entries).await?);
        if !more || last > user.rows {
            walked.differences.extend(end(table, user, &walk, beyond).await?);
            walk.day.add_user(yesterday, user, walk.did);
            walked.day = walk.day;
            return Ok(walked);
        }
        if causes.lookups() >= LOOKUPS_MAX {
            break;
        }
    }
    walked.left = Some(walk);
    Ok(walked)
}

/// All rows are added up: what the item says must be the same.
async fn end(table: &Table, user: &User, walk: &Walk, beyond: Vec<u64>) -> Result<Vec<Difference>> {
    let mut differences = Vec::new();
    if walk.ordinal < user.rows {
        let (last, missing) = (number(walk.ordinal), walk.ordinal + 1);
        differences.push(Difference::of_row(Kind::RowMissing, user.id, missing, number(user.rows), last));
    }
    if walk.sum != user.total() {
        differences.push(Difference::new(Kind::Sum, &user.id, walk.sum, user.total()));
    }
    if !beyond.is_empty() {
        // A row that came meanwhile has raised the number of rows with it.
        let rows = find_or_remains(table, user.id).await?.map_or(u64::MAX, |user| user.rows);
        let strays = beyond.into_iter().filter(|ordinal| *ordinal > rows);
        differences.extend(
            strays.map(|ordinal| Difference::of_row(Kind::RowBeyond, user.id, ordinal, number(rows), number(ordinal))),
        );
    }
    if user.hidden > 0 {
        differences.extend(steady(|| hidden_count(table, user.id)).await?);
    }
    Ok(differences)
}

async fn hidden_count(table: &Table, id: UserId) -> Result<Vec<Difference>> {
    let Some(user) = find_or_remains(table, id).await? else { return Ok(Vec::new()) };
    let ordinals = rows::hidden(table, id).await?;
    let (marked, counted) = (number(ordinals.range(..=user.rows).count()), number(user.hidden));
    Ok((marked != counted).then(|| Difference::new(Kind::HiddenCount, &id, marked, counted)).into_iter().collect())
}

/// The set of hidden rows, as of before the rows are read: what is in it is hidden in them.
struct Hidden {
    user: UserId,
    ordinals: BTreeSet<u64>,
}

impl Hidden {
    async fn of(table: &Table, user: &User) -> Result<Self> {
        let ordinals = if user.hidden == 0 { BTreeSet::new() } else { rows::hidden(table, user.id).await? };
        Ok(Self { user: user.id, ordinals })
    }

    async fn judge(&mut self, table: &Table, entries: &[Entry]) -> Result<Vec<Difference>> {
        if entries.iter().any(|entry| entry.is_hidden() && !self.ordinals.contains(&entry.ordinal)) {
            // Hidden meanwhile, and in the set since the same moment.
            self.ordinals = rows::hidden(table, self.user).await?;
            let still = entries.iter().filter(|entry| entry.is_hidden() && !self.ordinals.contains(&entry.ordinal));
            return Ok(still
                .map(|entry| Difference::of_row(Kind::RowHidden, self.user, entry.ordinal, 0, 1))
                .collect());
        }
        let shown = entries.iter().filter(|entry| !entry.is_hidden() && self.ordinals.contains(&entry.ordinal));
        Ok(shown.map(|entry| Difference::of_row(Kind::RowHidden, self.user, entry.ordinal, 1, 0)).collect())
    }
}
