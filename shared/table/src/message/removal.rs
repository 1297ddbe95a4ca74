//! Messages that go: out of their person's sight, or for good. Each does so in the transaction that changes the counts of
//! its user, and of its list when it goes for good.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{ConversationId, Error, MessageId, Result, UserId};
use serde_json::{Value, json};

use super::withdrawn_places;
use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{Item, pause, unexpected};
use crate::keys::{Key, message_owner, message_partition};
use crate::list::{List, Listed, Spread, Tally};
use crate::values::{n, s};
use crate::write::{Change, Committed, delete};

/// Messages of one transaction. So many of the longest answers stay below the 4 MB that a transaction may touch, and
/// the index does not tell how long they are.
pub(super) const AT_ONCE: usize = 18;

/// A message that goes.
pub(super) type Doomed = (MessageId, Key);

/// How messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// For good, those that their person sees.
    Deleted,
    /// Out of their person's sight, at this time (milliseconds).
    Withdrawn(i64),
    /// For good, those that were withdrawn.
    Forgotten,
}

/// What became of a transaction.
pub(super) enum Removed {
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
    let some = [(id, listed.key.clone())];
    // Its person may have withdrawn it; none comes back from there.
    for way in [Way::Deleted, Way::Forgotten] {
        if let Removed::All = remove_some(table, user, &some, way, Some((audit, &note))).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the messages of one conversation of a user, or of all of them, out of their person's sight, oldest first, and
/// returns how many. They are kept for administrators for `days`; without any they are deleted. Give it a time limit: what
/// is done by then stays done, and the next call goes on. `now` is in milliseconds.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn take_away(
    table: &Table,
    user: UserId,
    conversation: Option<&ConversationId>,
    days: u32,
    now: i64,
) -> Result<u64> {
    let way = if days == 0 { Way::Deleted } else { Way::Withdrawn(now) };
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
            if let Removed::Without(id) = remove_some(table, user, &some, way, None).await? {
                gone.insert(id);
                // Somebody else is deleting here: most of the others have gone too by the next look.
                pause(conflicts).await;
                conflicts += 1;
                continue;
            }
            removed += u64::try_from(some.len()).unwrap_or(0);
            if way == Way::Deleted {
                spread.follow(table, some.iter().map(|(id, _)| *id), now).await?;
            }
        }
        (after, conflicts) = (last, 0);
    }
}

/// Takes all of these away, or none.
pub(super) async fn remove_some(
    table: &Table,
    user: UserId,
    some: &[Doomed],
    way: Way,
    record: Option<(&Audit, &Note)>,
) -> Result<Removed> {
    let number = i64::try_from(some.len()).unwrap_or(i64::MAX);
    let mut actions = Vec::with_capacity(some.len() + 4);
    for (id, key) in some {
        actions.push(goes(table, user, *id, key, way)?);
    }
    actions.push(counted(user, number, way).action(table)?);
    let tally = (!matches!(way, Way::Withdrawn(_)))
        .then(|| some.iter().fold(Tally::of(user), |tally, (id, _)| tally.leaves(List::MESSAGES, *id)));
    match (record, tally) {
        (Some((audit, note)), tally) => actions.extend(audit.record(table, note, tally)?),
        (None, Some(tally)) => actions.push(tally.action(table)?),
        (None, None) => {}
    }
    match table.commit(actions, "taking messages away").await? {
        Committed::Done => Ok(Removed::All),
        Committed::Not(index) => {
            let gone = some.get(index).ok_or_else(|| Error::internal("a user has more messages than they count"))?;
            Ok(Removed::Without(gone.0))
        }
    }
}

/// What becomes of one message.
fn goes(table: &Table, user: UserId, id: MessageId, key: &Key, way: Way) -> Result<TransactWriteItem> {
    let seen = "attribute_exists(pk) AND attribute_not_exists(withdrawn)";
    match way {
        Way::Deleted => delete(table.remove(key).condition_expression(seen)),
        Way::Forgotten => delete(table.remove(key).condition_expression("attribute_exists(withdrawn)")),
        Way::Withdrawn(now) => {
            let change = Change::of(key).set("withdrawn = :now").when(seen).value(":now", n(now));
            let places = withdrawn_places(user, id, now);
            places.iter().fold(change, Change::placed).action(table)
        }
    }
}

/// What becomes of the user's numbers. A count below zero would make the user unreadable, and lock them out.
fn counted(user: UserId, number: i64, way: Way) -> Change {
    let change = Change::of(&Key::user(user)).value(":less", n(-number)).value(":number", n(number));
    match way {
        Way::Deleted => change.add("messages :less").when("messages >= :number"),
        Way::Forgotten => change.add("kept_messages :less").when("kept_messages >= :number"),
        Way::Withdrawn(_) => change.add("messages :less").add("kept_messages :number").when("messages >= :number"),
    }
}

/// The oldest messages of a conversation after one that its person sees, as of the last commit.
async fn next_of_conversation(
    table: &Table,
    user: UserId,
    conversation: &ConversationId,
    after: MessageId,
) -> Result<Vec<Doomed>> {
    let query = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :conversation AND sk > :after")
        .filter_expression("attribute_not_exists(withdrawn)")
        .expression_attribute_values(":conversation", s(&message_partition(user, conversation)))
        .expression_attribute_values(":after", s(Key::message(user, conversation, after).sk()))
        .projection_expression("pk, sk")
        .consistent_read(true);
    // Withdrawn ones may come first, and many: past those it goes by the megabyte.
    let (mut limit, mut start): (Option<i32>, Option<Item>) = (i32::try_from(AT_ONCE).ok(), None);
    loop {
        let found = query.clone().set_limit(limit).set_exclusive_start_key(start).send().await.map_err(unexpected)?;
        let mut some = doomed(found.items());
        some.truncate(AT_ONCE);
        (limit, start) = (None, found.last_evaluated_key);
        if !some.is_empty() || start.is_none() {
            return Ok(some);
        }
    }
}

/// The oldest messages of a user after one that they see, as the index knows them.
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
