//! Taking over the rows of another system: items as the product's own writes leave them, put many at a time, and counted
//! at the end by one transaction.
//!
//! Puts have no conditions, so this is for a table that nobody uses yet: [`begin`] refuses any other. Everything is
//! written again when a load that was cut short is begun again, under the same keys and with the same content; only what
//! the state's `written` says is surely there is left out. Counts are no sums that grow on the way: [`finish`] raises
//! them once, together with the mark that says so. Until then the nightly check of the books rests.

mod count;
mod items;
mod writer;

pub use count::Counts;
pub use items::{Put, Rows};
pub use writer::Writer;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use domain::{Error, Result, Zone};
use serde::{Deserialize, Serialize};

use crate::failure::unexpected;
use crate::keys::{ACCOUNTS_PARTITION, Key, NOTICES_PARTITION, SHOP_PARTITION, TALLY_PARTITION};
use crate::list::{List, numbers, total_name};
use crate::read::entity;
use crate::values::s;
use crate::write::item;
use crate::{Table, books};

/// What a load is made of. Two with the same source write the same items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// A digest of what is read.
    pub digest: String,
    /// How it is read: time zones, and whatever else changes what is written.
    pub options: String,
    /// A digest by the deployment's secret, which tells whether it is the same.
    pub secret: String,
}

/// How far a load has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Of what.
    pub source: Source,
    /// When it first began, in milliseconds since the Unix epoch.
    pub began: i64,
    /// The number of items, from the first on, that are surely there.
    pub written: u64,
    /// When all of it was there and counted, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<i64>,
}

/// What became of the wish to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The table is ready: new, or with the first part of this very load.
    Ready(State),
    /// This load is done.
    Done(State),
    /// The table holds another load, or this one read in another way.
    Other(State),
    /// The table is in use already: so many rows are in its lists.
    InUse(u64),
}

/// Begins a load at `now`, or goes on with it.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn begin(table: &Table, source: &Source, zone: &Zone, now: i64) -> Result<Begun> {
    if let Some(state) = state(table).await? {
        return resumed(table, state, source, (zone, now)).await;
    }
    let rows = rows_there(table).await?;
    if rows > 0 {
        return Ok(Begun::InUse(rows));
    }
    let state = State { source: source.clone(), began: now, written: 0, finished: None };
    let put = table.client.put_item().table_name(&table.name).set_item(Some(item(&Key::import(), &state)?));
    match put.condition_expression("attribute_not_exists(pk)").send().await {
        Ok(_) => {}
        Err(error) if is_there(&error) => {
            let there = self::state(table).await?;
            let there = there.ok_or_else(|| Error::internal("a state that went"))?;
            return resumed(table, there, source, (zone, now)).await;
        }
        Err(error) => return Err(unexpected(error)),
    }
    rest_books(table, zone, now).await?;
    Ok(Begun::Ready(state))
}

/// The state of the load that the table holds.
///
/// # Errors
/// When the table cannot be read.
pub async fn state(table: &Table) -> Result<Option<State>> {
    table.get_all([Key::import()]).await?.remove(&Key::import()).map(entity).transpose()
}

/// No check of the books begins before [`finish`].
///
/// # Errors
/// When the table cannot be written.
async fn rest_books(table: &Table, zone: &Zone, now: i64) -> Result<()> {
    let put = table.client.put_item().table_name(&table.name).set_item(Some(books::at_rest(zone, now)?));
    put.send().await.map(|_| ()).map_err(unexpected)
}

async fn resumed(table: &Table, state: State, source: &Source, (zone, now): (&Zone, i64)) -> Result<Begun> {
    if state.source != *source {
        return Ok(Begun::Other(state));
    }
    if state.finished.is_some() {
        return Ok(Begun::Done(state));
    }
    rest_books(table, zone, now).await?;
    Ok(Begun::Ready(state))
}

fn is_there(error: &SdkError<PutItemError>) -> bool {
    error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception)
}

/// Rows in the lists, accounts, things on sale and notices: whatever people have made. What the site makes by itself,
/// such as limits and checks of the books, is in nobody's way.
async fn rows_there(table: &Table) -> Result<u64> {
    let tally = table.partition(TALLY_PARTITION, None).await?;
    let totals: Vec<String> = List::ALL.into_iter().map(total_name).collect();
    let counted = tally.iter().flat_map(numbers).filter(|(name, _)| totals.iter().any(|total| total == name));
    let mut rows: i64 = counted.map(|(_, count)| count.max(0)).sum();
    for partition in [ACCOUNTS_PARTITION, SHOP_PARTITION, NOTICES_PARTITION] {
        let query = table.client.query().table_name(&table.name).key_condition_expression("pk = :pk").limit(1);
        let found = query.expression_attribute_values(":pk", s(partition)).send().await.map_err(unexpected)?;
        rows += i64::from(found.count);
    }
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// Counts everything, once and for all, lets the check of the books begin anew, and marks the load as done. Returns rows
/// that others have put into the lists meanwhile; there should be none.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn finish(table: &Table, counts: &Counts, zone: &Zone, now: i64) -> Result<u64> {
    let meanwhile = table.partition(TALLY_PARTITION, None).await?;
    let totals: Vec<String> = List::ALL.into_iter().map(total_name).collect();
    let meanwhile = meanwhile.iter().flat_map(numbers).filter(|(name, _)| totals.iter().any(|total| total == name));
    let meanwhile: i64 = meanwhile.map(|(_, count)| count.abs()).sum();
    counts.store_trunks(table).await?;
    let put = table.client.put_item().table_name(&table.name).set_item(Some(books::anew(zone, now)?));
    put.send().await.map_err(unexpected)?;
    counts.raise(table, now).await?;
    Ok(u64::try_from(meanwhile).unwrap_or(0))
}
