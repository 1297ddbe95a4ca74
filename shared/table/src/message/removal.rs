//! Messages go for good: each in the transaction that lowers the counts of its list and of its user.

use std::collections::BTreeSet;

use domain::{ConversationId, Error, MessageId, Result, UserId};
use serde_json::{Value, json};

use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{Item, pause, unexpected};
use crate::keys::{Key, message_owner, message_partition};
use crate::list::{List, Listed, Spread, Tally};
use crate::values::{n, s};
use crate::write::{Change, Committed, delete};

/// Messages of one transaction. So many of the longest answers stay below the 4 MB that a transaction may touch, and
/// the index does not tell how long they are.
const AT_ONCE: usize = 18;

/// A message to delete.
type Doomed = (MessageId, Key);

/// What became of a transaction.
enum Removed {
    All,
    /// Nothing was done, because this one had gone before.
    Without(MessageId),
}

/// Deletes one message for an administrator; false when it had gone before. The record does not keep what was said.
///
/// # Errors
/// When the table cannot be written.
pub async fn remove(table: &Table, listed: &Listed, audit: &Audit) -> Result<bool> {
    let id = MessageId::from_i64(listed.id).zip(listed.user);
    let (id, user) = id.ok_or_else(|| Error::internal("a message that is nobody's"))?;
    let note = Note::of(format!("message {id}"), [("user_id", json!(user), Value::Null)]);
    let removed = remove_some(table, user, &[(id, listed.key.clone())], Some((audit, &note))).await?;
    Ok(matches!(removed, Removed::All))
}

/// Deletes the messages of one conversation of a user, or of all of them, oldest first, and returns how many. Give it a
/// time limit: what is done by then stays done, and the next call goes on. `now` is in milliseconds.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn remove_all(table: &Table, user: UserId, conversation: Option<&ConversationId>, now: i64) -> Result<u64> {
    let (mut removed, mut conflicts) = (0, 0);
    let mut spread = Spread::default();
    let mut after = MessageId::at(0);
    // Deleted by others, while the index still has them.
    let mut gone = BTreeSet::new();
    loop {
        let mut some = match conversation {
            Some(conversation) => next_of_conversation(table, user, conversation, after).await?,
            None => next_of_user(table, user, after).await?,
        };
        let Some(last) = some.last().map(|(id, _)| *id) else { return Ok(removed) };
        some.retain(|(id, _)| !gone.contains(id));
        if !some.is_empty() {
            if let Removed::Without(id) = remove_some(table, user, &some, None).await? {
                gone.insert(id);
                // Somebody else is deleting here: most of the others have gone too by the next look.
                pause(conflicts).await;
                conflicts += 1;
                continue;
            }
            removed += u64::try_from(some.len()).unwrap_or(0);
            spread.follow(table, some.iter().map(|(id, _)| *id), now).await?;
        }
        (after, conflicts) = (last, 0);
    }
}

/// Deletes all of these, or none.
async fn remove_some(table: &Table, user: UserId, some: &[Doomed], record: Option<(&Audit, &Note)>) -> Result<Removed> {
    let number = i64::try_from(some.len()).unwrap_or(i64::MAX);
    let mut tally = Tally::of(user);
    let mut actions = Vec::with_capacity(some.len() + 4);
    for (id, key) in some {
        actions.push(delete(table.remove(key).condition_expression("attribute_exists(pk)"))?);
        tally = tally.leaves(List::MESSAGES, *id);
    }
    // A count below zero would make the user unreadable, and lock them out.
    let lower = Change::of(&Key::user(user)).add("messages :less").when("messages >= :number");
    actions.push(lower.value(":less", n(-number)).value(":number", n(number)).action(table)?);
    match record {
        Some((audit, note)) => actions.extend(audit.record(table, note, Some(tally))?),
        None => actions.push(tally.action(table)?),
    }
    match table.commit(actions, "deleting messages").await? {
        Committed::Done => Ok(Removed::All),
        Committed::Not(index) => {
            let gone = some.get(index).ok_or_else(|| Error::internal("a user has more messages than they count"))?;
            Ok(Removed::Without(gone.0))
        }
    }
}

/// The oldest messages of a conversation after one, as of the last commit.
async fn next_of_conversation(
    table: &Table,
    user: UserId,
    conversation: &ConversationId,
    after: MessageId,
) -> Result<Vec<Doomed>> {
    let found = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :conversation AND sk > :after")
        .expression_attribute_values(":conversation", s(&message_partition(user, conversation)))
        .expression_attribute_values(":after", s(Key::message(user, conversation, after).sk()))
        .projection_expression("pk, sk")
        .consistent_read(true)
        .limit(i32::try_from(AT_ONCE).unwrap_or(i32::MAX));
    Ok(doomed(found.send().await.map_err(unexpected)?.items()))
}

/// The oldest messages of a user after one, as the index knows them.
async fn next_of_user(table: &Table, user: UserId, after: MessageId) -> Result<Vec<Doomed>> {
    let found = table
        .client
        .query()
        .table_name(&table.name)
        .index_name("owner")
        .key_condition_expression("owner_pk = :owner AND owner_sk > :after")
        .expression_attribute_values(":owner", s(&message_owner(user)))
        .expression_attribute_values(":after", n(after.as_i64()))
        .limit(i32::try_from(AT_ONCE).unwrap_or(i32::MAX));
    Ok(doomed(found.send().await.map_err(unexpected)?.items()))
}

fn doomed(items: &[Item]) -> Vec<Doomed> {
    let keys = items.iter().filter_map(Key::of);
    keys.filter_map(|key| Some((MessageId::parse(key.sk())?, key))).collect()
}
