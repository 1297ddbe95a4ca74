//! The ledger: one row for every change of a user's credits, numbered without gaps.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Credits, Error, MessageId, Page, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::failure::unexpected;
use crate::keys::{Key, ledger_partition, ledger_sort};
use crate::values::s;

/// One change of a user's credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The id.
    pub id: MessageId,
    /// Whose credits.
    pub user: UserId,
    /// Its place in the user's ledger, from 1.
    pub ordinal: u64,
    /// The change.
    pub amount: Credits,
    /// The user's credits after it, those set aside included: the sum of all rows up to this one.
    pub total: Credits,
    /// What the person reads.
    pub describe: String,
    /// What caused it.
    pub cause: Cause,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
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
    },
}

/// A page of a user's ledger, newest first; `count` is the user's number of rows.
///
/// # Errors
/// When the table cannot be read.
pub async fn page(table: &Table, user: UserId, count: u64, page: Page) -> Result<Vec<Row>> {
    match page.ordinals(count) {
        Some((first, last)) => between(table, user, first, last).await,
        None => Ok(Vec::new()),
    }
}

/// The rows with these ordinals, newest first.
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
        .send()
        .await
        .map_err(unexpected)?;
    serde_dynamo::aws_sdk_dynamodb_1::from_items(rows.items.unwrap_or_default()).map_err(Error::internal)
}

/// Writes a row, as one action of the transaction that changes the credits.
pub(crate) fn put(table: &Table, row: &Row) -> Result<TransactWriteItem> {
    table.put_new(&Key::ledger_row(row.user, row.ordinal), row)
}
