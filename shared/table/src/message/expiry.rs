//! The end of messages that were withdrawn: administrators see them for some days, then the janitor deletes them.

use std::collections::BTreeMap;

use domain::{Clock, MessageId, Result, UserId};

use super::removal::{AT_ONCE, Doomed, Removed, Way, remove_some};
use crate::Table;
use crate::failure::{Item, unexpected};
use crate::keys::{DUE_SHARDS, Key, due_messages_of_shard, message_of};
use crate::list::Spread;
use crate::values::{n, s};

const DAY_SECONDS: i64 = 24 * 3600;
/// Messages that are looked up at once.
const FOUND_MAX: i32 = 180;

/// Deletes the messages that were withdrawn `days` ago or earlier, until the clock says `until` (milliseconds), and returns
/// how many. What one run leaves, the next one does. As the index has the time at which a message was withdrawn, other
/// `days` count at once for all of them.
///
/// # Errors
/// When the table cannot be read or written; messages that fail do not keep the others from being deleted.
pub async fn forget_due(table: &Table, days: u32, clock: &Clock, until: i64) -> Result<usize> {
    let before = clock.millis().div_euclid(1000) - i64::from(days) * DAY_SECONDS;
    let (mut forgotten, mut failure) = (0, None);
    let mut spread = Spread::default();
    for shard in 0..DUE_SHARDS {
        let mut start = None;
        loop {
            let (due, next) = due(table, shard, before, start).await?;
            for (user, some) in &due {
                if clock.millis() >= until {
                    return failure.map_or(Ok(forgotten), Err);
                }
                match forget(table, *user, some.clone()).await {
                    Ok(gone) => {
                        forgotten += gone.len();
                        spread.follow(table, gone.iter().map(|(id, _)| *id), clock.millis()).await?;
                    }
                    Err(error) => {
                        tracing::error!(%user, causes = error.causes(), "could not delete withdrawn messages");
                        failure = Some(error);
                    }
                }
            }
            start = next;
            if start.is_none() {
                break;
            }
        }
    }
    failure.map_or(Ok(forgotten), Err)
}

/// Some messages of one person.
type OfUser = (UserId, Vec<Doomed>);

/// Those of a shard whose time is over, in portions of one transaction each, and where to look on.
async fn due(table: &Table, shard: i64, before: i64, start: Option<Item>) -> Result<(Vec<OfUser>, Option<Item>)> {
    let found = table
        .client
        .query()
        .table_name(&table.name)
        .index_name("due")
        .key_condition_expression("due_pk = :shard AND due_sk <= :before")
        .expression_attribute_values(":shard", s(&due_messages_of_shard(shard)))
        .expression_attribute_values(":before", n(before))
        .limit(FOUND_MAX)
        .set_exclusive_start_key(start);
    let found = found.send().await.map_err(unexpected)?;
    let mut users: BTreeMap<i64, OfUser> = BTreeMap::new();
    for key in found.items().iter().filter_map(Key::of) {
        if let Some((user, id)) = message_of(&key) {
            users.entry(user.as_i64()).or_insert_with(|| (user, Vec::new())).1.push((id, key));
        }
    }
    let portions = users.into_values().flat_map(|(user, some)| {
        let portions: Vec<OfUser> = some.chunks(AT_ONCE).map(|few| (user, few.to_vec())).collect();
        portions
    });
    Ok((portions.collect(), found.last_evaluated_key))
}

/// Deletes these, but those that an administrator has deleted meanwhile; returns what it deleted.
async fn forget(table: &Table, user: UserId, mut some: Vec<Doomed>) -> Result<Vec<Doomed>> {
    while !some.is_empty() {
        match remove_some(table, user, &some, Way::Forgotten, None).await? {
            Removed::All => break,
            Removed::Without(gone) => some.retain(|(id, _): &(MessageId, Key)| *id != gone),
        }
    }
    Ok(some)
}
