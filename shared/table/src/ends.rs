//! Pages of items that stand in one order and whose number is known: read from the nearer end.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::{Page, Result};

use crate::failure::{Item, unexpected};

/// A page of the `count` items that `query` finds, the last of its order first: one round trip for each megabyte of items
/// between, which is some thousand.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn page(query: &QueryFluentBuilder, count: u64, page: Page) -> Result<Vec<Item>> {
    let Some((first, last)) = page.ordinals(count) else { return Ok(Vec::new()) };
    let ranks = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (newer, older, wanted) = (ranks(count - last), ranks(first - 1), ranks(last - first + 1));
    if newer <= older {
        return from_end(query, true, newer, wanted).await;
    }
    let mut items = from_end(query, false, older, wanted).await?;
    items.reverse();
    Ok(items)
}

/// `wanted` items after the first `past` ones, from the newest or from the oldest.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn from_end(
    query: &QueryFluentBuilder,
    newest: bool,
    mut past: usize,
    wanted: usize,
) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut start: Option<Item> = None;
    loop {
        let limit = past.saturating_add(wanted - items.len());
        let query = query.clone().scan_index_forward(!newest).limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let found = query.set_exclusive_start_key(start).send().await.map_err(unexpected)?;
        let some = found.items.unwrap_or_default();
        let read = some.len();
        items.extend(some.into_iter().skip(past));
        past = past.saturating_sub(read);
        start = found.last_evaluated_key;
        if start.is_none() || items.len() >= wanted {
            return Ok(items);
        }
    }
}
