//! What belongs to one user, whatever the partition it stands in: pages from the nearer end of the index `owner`.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Page, Result};

use crate::Table;
use crate::failure::{Item, unexpected};
use crate::keys::Key;
use crate::values::s;

/// A thing of a user, as the index knows it: its id and its key.
pub(crate) type Entry = (i64, Key);

/// A page of the `count` things in this partition of the index, newest first.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn page(table: &Table, owner: &str, count: u64, page: Page) -> Result<Vec<Entry>> {
    let Some((first, last)) = page.ordinals(count) else { return Ok(Vec::new()) };
    let ranks = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (newer, older, wanted) = (ranks(count - last), ranks(first - 1), ranks(last - first + 1));
    if newer <= older {
        return from_end(table, owner, true, newer, wanted).await;
    }
    let mut entries = from_end(table, owner, false, older, wanted).await?;
    entries.reverse();
    Ok(entries)
}

/// `wanted` things after the first `past` ones, from the newest or from the oldest. They may be some milliseconds old, as
/// the index is.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn from_end(
    table: &Table,
    owner: &str,
    newest: bool,
    mut past: usize,
    wanted: usize,
) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut start: Option<Item> = None;
    loop {
        let limit = past.saturating_add(wanted - entries.len());
        let found = table
            .client
            .query()
            .table_name(&table.name)
            .index_name("owner")
            .key_condition_expression("owner_pk = :owner")
            .expression_attribute_values(":owner", s(owner))
            .scan_index_forward(!newest)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(unexpected)?;
        let items = found.items.unwrap_or_default();
        entries.extend(items.iter().skip(past).filter_map(entry));
        past = past.saturating_sub(items.len());
        start = found.last_evaluated_key;
        if start.is_none() || entries.len() >= wanted {
            return Ok(entries);
        }
    }
}

fn entry(item: &Item) -> Option<Entry> {
    let id = item.get("owner_sk").map(AttributeValue::as_n)?.ok()?.parse().ok()?;
    Some((id, Key::of(item)?))
}
