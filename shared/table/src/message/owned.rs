//! A user's messages, whatever the conversation.

use domain::{Page, Result, UserId};

use super::Message;
use crate::Table;
use crate::keys::{message_owner, withdrawn_owner};
use crate::list::{List, Listed};
use crate::owned::{self, Entry};
use crate::read::entity;
use crate::user::User;

/// The newest messages that a user sees, newest first, at most `limit`. They may be some milliseconds old, as the index is.
///
/// # Errors
/// When the table cannot be read.
pub async fn newest(table: &Table, user: UserId, limit: usize) -> Result<Vec<Listed>> {
    let entries = owned::newest(table, &message_owner(user), limit).await?;
    Ok(listed(user, entries))
}

/// How many messages of a user administrators see.
pub const fn count(user: &User) -> u64 {
    user.messages + user.kept_messages
}

/// A page of the messages of a user that administrators see, newest first, found from the nearer end. [`count`] is their
/// number.
///
/// # Errors
/// When the table cannot be read.
pub async fn page(table: &Table, user: &User, page: Page) -> Result<Vec<Listed>> {
    let seen = (message_owner(user.id), user.messages);
    let kept = (withdrawn_owner(user.id), user.kept_messages);
    let entries = owned::page_of_both(table, &seen, &kept, page).await?;
    Ok(listed(user.id, entries))
}

/// The messages themselves, in the same order, in one round trip. One that was deleted meanwhile is left out.
///
/// # Errors
/// When the table cannot be read.
pub async fn read(table: &Table, listed: &[Listed]) -> Result<Vec<Message>> {
    let mut items = table.get_all(listed.iter().map(|row| row.key.clone())).await?;
    listed.iter().filter_map(|row| items.remove(&row.key)).map(entity).collect()
}

fn listed(user: UserId, entries: Vec<Entry>) -> Vec<Listed> {
    let of = |(id, key)| Listed { list: List::MESSAGES, id, user: Some(user), key };
    entries.into_iter().map(of).collect()
}
