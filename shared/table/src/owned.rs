//! What belongs to one user, whatever the partition it stands in: by the index `owner`, which may be some milliseconds
//! old.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Page, Result};
use serde::de::DeserializeOwned;

use crate::failure::{Item, unexpected};
use crate::keys::Key;
use crate::read::entity;
use crate::values::s;
use crate::{Table, ends};

/// A thing of a user, as the index knows it: its id and its key.
pub(crate) type Entry = (i64, Key);

/// A page of the `count` things in this partition of the index, newest first.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn page(table: &Table, owner: &str, count: u64, page: Page) -> Result<Vec<Entry>> {
    Ok(entries(&ends::page(&query(table, owner), count, page).await?))
}

/// The same of two partitions together, each with its count.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn page_of_both(
    table: &Table,
    one: &(String, u64),
    other: &(String, u64),
    page: Page,
) -> Result<Vec<Entry>> {
    // Most people have but one of them.
    let alone = match (one.1, other.1) {
        (_, 0) => Some(one),
        (0, _) => Some(other),
        _ => None,
    };
    if let Some((owner, count)) = alone {
        return self::page(table, owner, *count, page).await;
    }
    let queries = [query(table, &one.0), query(table, &other.0)];
    let rank = |item: &Item| entry(item).map(|(id, _)| id);
    Ok(entries(&ends::page_of_both(&queries, rank, one.1 + other.1, page).await?))
}

/// The oldest things of a partition of the table, at most `limit`, up to the one with the key `last`; as of the last commit.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn oldest<T: DeserializeOwned>(
    table: &Table,
    partition: &str,
    last: &Key,
    limit: usize,
) -> Result<Vec<T>> {
    let found = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :pk AND sk <= :last")
        .expression_attribute_values(":pk", s(partition))
        .expression_attribute_values(":last", s(last.sk()))
        .consistent_read(true)
        .limit(i32::try_from(limit).unwrap_or(i32::MAX));
    found.send().await.map_err(unexpected)?.items.unwrap_or_default().into_iter().map(entity).collect()
}

/// The `wanted` newest things.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn newest(table: &Table, owner: &str, wanted: usize) -> Result<Vec<Entry>> {
    Ok(entries(&ends::from_end(&query(table, owner), true, 0, wanted).await?))
}

fn query(table: &Table, owner: &str) -> QueryFluentBuilder {
    let query = table.client.query().table_name(&table.name).index_name("owner");
    query.key_condition_expression("owner_pk = :owner").expression_attribute_values(":owner", s(owner))
}

fn entries(items: &[Item]) -> Vec<Entry> {
    items.iter().filter_map(entry).collect()
}

fn entry(item: &Item) -> Option<Entry> {
    let id = item.get("owner_sk").map(AttributeValue::as_n)?.ok()?.parse().ok()?;
    Some((id, Key::of(item)?))
}
