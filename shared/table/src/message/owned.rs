//! A user's messages, whatever the conversation.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Page, Result, UserId};

use super::Message;
use crate::Table;
use crate::failure::{Item, unexpected};
use crate::keys::{Key, owner_partition};
use crate::list::{List, Listed};
use crate::read::entity;
use crate::user::User;
use crate::values::s;

/// The newest messages of a user, newest first, at most `limit`. They may be some milliseconds old, as the index is.
///
/// # Errors
/// When the table cannot be read.
pub async fn newest(table: &Table, user: UserId, limit: usize) -> Result<Vec<Listed>> {
    from_end(table, user, true, 0, limit).await
}

/// A page of a user's messages, newest first, found from the nearer end. [`User::messages`] is their number.
///
/// # Errors
/// When the table cannot be read.
pub async fn page(table: &Table, user: &User, page: Page) -> Result<Vec<Listed>> {
    let Some((first, last)) = page.ordinals(user.messages) else { return Ok(Vec::new()) };
    let ranks = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (newer, older, wanted) = (ranks(user.messages - last), ranks(first - 1), ranks(last - first + 1));
    if newer <= older {
        return from_end(table, user.id, true, newer, wanted).await;
    }
    let mut listed = from_end(table, user.id, false, older, wanted).await?;
    listed.reverse();
    Ok(listed)
}

/// The messages themselves, in the same order, in one round trip. One that was deleted meanwhile is left out.
///
/// # Errors
/// When the table cannot be read.
pub async fn read(table: &Table, listed: &[Listed]) -> Result<Vec<Message>> {
    let mut items = table.get_all(listed.iter().map(|row| row.key.clone())).await?;
    listed.iter().filter_map(|row| items.remove(&row.key)).map(entity).collect()
}

/// `wanted` messages after the first `past` ones, from the newest or from the oldest.
async fn from_end(table: &Table, user: UserId, newest: bool, mut past: usize, wanted: usize) -> Result<Vec<Listed>> {
    let mut listed = Vec::new();
    let mut start: Option<Item> = None;
    loop {
        let limit = past.saturating_add(wanted - listed.len());
        let found = table
            .client
            .query()
            .table_name(&table.name)
            .index_name("owner")
            .key_condition_expression("owner_pk = :owner")
            .expression_attribute_values(":owner", s(&owner_partition(user)))
            .scan_index_forward(!newest)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(unexpected)?;
        let items = found.items.unwrap_or_default();
        listed.extend(items.iter().skip(past).filter_map(|item| entry(user, item)));
        past = past.saturating_sub(items.len());
        start = found.last_evaluated_key;
        if start.is_none() || listed.len() >= wanted {
            return Ok(listed);
        }
    }
}

fn entry(user: UserId, item: &Item) -> Option<Listed> {
    let id = item.get("owner_sk").map(AttributeValue::as_n)?.ok()?.parse().ok()?;
    Some(Listed { list: List::MESSAGES, id, user: Some(user), key: Key::of(item)? })
}
