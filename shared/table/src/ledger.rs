//! The ledger: one row for every change of a user's credits, numbered without gaps.

mod correction;
mod hidden;

pub use correction::{RowText, TEXT_CHARS_MAX, correct};
pub use hidden::hide;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{ApiKeyId, BatchId, BusinessDay, CodeId, Credits, MessageId, OrderId, Page, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::failure::{Item, unexpected};
use crate::keys::{Key, Place, ledger_partition, ledger_sort};
use crate::list::{self, List};
use crate::read::entity;
use crate::user::{Standing, User};
use crate::values::{n, s};
use crate::write::Change;

/// One change of a user's credits or memberships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The id.
    pub id: MessageId,
    /// Whose credits.
    pub user: UserId,
    /// Its place in the user's ledger, from 1.
    pub ordinal: u64,
    /// The change of the credits; 0 for a row about days.
    pub amount: Credits,
    /// The user's credits after it, those set aside included: the sum of all rows up to this one.
    pub total: Credits,
    /// Days of membership that it gave.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub days: Option<u32>,
    /// What the person reads.
    pub describe: String,
    /// What caused it.
    pub cause: Cause,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// What administrators did to its text, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub corrections: Vec<Correction>,
    /// Who took it off the lists, and when. It still counts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hidden: Option<Hidden>,
}

/// A change of a row's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The administrator.
    pub by: UserId,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// The request, drawn once for it.
    pub request: MessageId,
    /// The text before.
    pub was: String,
}

/// The end of a row on the lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// The administrator.
    pub by: UserId,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// The request, drawn once for it.
    pub request: MessageId,
}

/// What caused a row. One cause has one row, forever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Cause {
    /// The account came to be.
    Register,
    /// A chat turn was delivered.
    Chat {
        /// The reservation that paid it.
        hold: String,
        /// The model that answered.
        model: String,
        /// Tokens of the prompt.
        prompt_tokens: u64,
        /// Tokens of the answer.
        completion_tokens: u64,
        /// Whether we counted the tokens, for want of sane numbers from the upstream.
        estimated: bool,
        /// The upstream key that answered.
        upstream: String,
        /// The API key that asked, if a program did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api_key: Option<ApiKeyId>,
    },
    /// Pictures were drawn.
    Draw {
        /// The reservation that paid them.
        hold: String,
        /// Who drew: the word for it in requests.
        drawn_by: String,
        /// The model that was named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// How many there are.
        count: u32,
        /// The upstream key that drew them.
        upstream: String,
        /// The API key that asked, if a program did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api_key: Option<ApiKeyId>,
    },
    /// A day was signed.
    Signin {
        /// Which.
        day: BusinessDay,
    },
    /// A redemption code was used.
    Code {
        /// Which.
        code: CodeId,
        /// Its batch.
        batch: BatchId,
    },
    /// An order was paid.
    Order {
        /// Which.
        order: OrderId,
    },
    /// An administrator changed the credits.
    Adjustment {
        /// Which one.
        by: UserId,
        /// The request, drawn once for it.
        request: MessageId,
    },
    /// A row of the system that the site ran on before, taken over as it was.
    Imported {
        /// Its id, there and here.
        row: MessageId,
    },
    /// What the rows that were taken over do not tell of the credits that were taken over.
    Opening,
    /// An administrator deleted the user, whose credits end with them.
    Deletion {
        /// Which one.
        by: UserId,
    },
}

impl Row {
    /// The next row of a user's ledger.
    pub(crate) fn next(
        user: UserId,
        standing: Standing,
        id: MessageId,
        amount: Credits,
        describe: &str,
        cause: Cause,
        created: i64,
    ) -> Self {
        let (ordinal, total) = (standing.rows + 1, standing.total.saturating_add(amount));
        Self::at(user, id, (ordinal, amount, total), describe, cause, created)
    }

    /// The first row of a user who comes to be with credits.
    pub(crate) fn first(user: &User, id: MessageId, describe: &str, cause: Cause) -> Self {
        Self::at(user.id, id, (1, user.balance, user.balance), describe, cause, user.created)
    }

    fn at(
        user: UserId,
        id: MessageId,
        (ordinal, amount, total): (u64, Credits, Credits),
        describe: &str,
        cause: Cause,
        created: i64,
    ) -> Self {
        let describe = describe.to_owned();
        let (days, corrections, hidden) = (None, Vec::new(), None);
        Self { id, user, ordinal, amount, total, days, describe, cause, created, corrections, hidden }
    }
}

/// A page of a user's ledger, newest first, and the number of rows that are not hidden.
///
/// # Errors
/// When the table cannot be read.
pub async fn page(table: &Table, user: &User, page: Page) -> Result<(u64, Vec<Row>)> {
    let mut hidden = if user.hidden == 0 { BTreeSet::new() } else { hidden::ordinals(table, user.id).await? };
    // Rows that came and went since the user was read are another page's.
    hidden.retain(|ordinal| *ordinal <= user.rows);
    let count = user.rows - u64::try_from(hidden.len()).unwrap_or(user.rows).min(user.rows);
    let Some((first, last)) = page.ordinals(count) else { return Ok((count, Vec::new())) };
    let (first, last) = (hidden::ordinal_of(&hidden, first), hidden::ordinal_of(&hidden, last));
    let mut rows = if hidden.range(first..=last).next().is_none() {
        between(table, user.id, first, last).await?
    } else {
        // There may be thousands of hidden rows between the others.
        these(table, user.id, (first..=last).filter(|ordinal| !hidden.contains(ordinal))).await?
    };
    rows.retain(|row| row.hidden.is_none());
    Ok((count, rows))
}

/// The row with this id; none when it is hidden. A row of the last milliseconds may not be found yet.
///
/// # Errors
/// When the table cannot be read.
pub async fn find(table: &Table, id: MessageId) -> Result<Option<Row>> {
    let Some(listed) = list::find(table, &[List::LEDGER], id).await? else { return Ok(None) };
    Ok(read(table, &listed.key).await?.filter(|row| row.hidden.is_none()))
}

/// The row with this key, hidden or not, as of the last commit.
async fn read(table: &Table, key: &Key) -> Result<Option<Row>> {
    table.get_all([key.clone()]).await?.remove(key).map(entity).transpose()
}

/// The rows with these ordinals, newest first.
async fn these(table: &Table, user: UserId, ordinals: impl Iterator<Item = u64>) -> Result<Vec<Row>> {
    let items = table.get_all(ordinals.map(|ordinal| Key::ledger_row(user, ordinal))).await?;
    let mut rows = items.into_values().map(entity).collect::<Result<Vec<Row>>>()?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.ordinal));
    Ok(rows)
}

/// The rows with ordinals from `first` to `last`, newest first.
pub(crate) async fn between(table: &Table, user: UserId, first: u64, last: u64) -> Result<Vec<Row>> {
    if first > last {
        return Ok(Vec::new());
    }
    let rows = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :ledger AND sk BETWEEN :first AND :last")
        .expression_attribute_values(":ledger", s(&ledger_partition(user)))
        .expression_attribute_values(":first", s(&ledger_sort(first)))
        .expression_attribute_values(":last", s(&ledger_sort(last)))
        .scan_index_forward(false)
        .consistent_read(true)
        .into_paginator()
        .items()
        .send();
    let items: Result<Vec<Item>, _> = rows.collect().await;
    items.map_err(unexpected)?.into_iter().map(entity).collect()
}

/// Writes a row, as one action of the transaction that changes the credits. It joins [`List::LEDGER`] and raises figures of
/// its day: say so with [`Tally::row`](crate::list::Tally::row).
pub(crate) fn put(table: &Table, row: &Row) -> Result<TransactWriteItem> {
    table.put_new(&Key::ledger_row(row.user, row.ordinal), row, &[Place::listed(List::LEDGER, row.id)])
}

/// What a row asks of its user's item: the ordinal, which is taken only while nobody else took it. While `rows` stands,
/// so does the sum of the ledger, which the row's total is reckoned from.
pub(crate) fn takes(change: Change, row: &Row) -> Change {
    change
        .set("#rows = :ordinal")
        .when("#rows = :before")
        .name("#rows", "rows")
        .value(":ordinal", n(row.ordinal))
        .value(":before", n(row.ordinal - 1))
}

#[cfg(test)]
mod tests;
