//! The number of messages that a user's item names, against the index of messages.

use aws_sdk_dynamodb::types::Select;
use domain::{Result, UserId};
use futures_util::future::join_all;

use super::difference::{Difference, Kind, number};
use crate::failure::{Item, unexpected};
use crate::keys::{Key, owner_partition};
use crate::values::s;
use crate::{Table, user};

/// What differs now for some users, and did while it was looked for: the items are read before the messages and after.
pub(super) async fn look(table: &Table, users: &[UserId]) -> Result<Vec<Difference>> {
    let before = counted(table, users).await?;
    let mut differences = Vec::new();
    for ((id, counted), found) in before.iter().zip(join_all(before.iter().map(|(id, _)| count(table, *id))).await) {
        let found = found?;
        if found != *counted {
            differences.push((*id, Difference::new(Kind::Messages, &id, found, *counted)));
        }
    }
    if differences.is_empty() {
        return Ok(Vec::new());
    }
    let differing: Vec<UserId> = differences.iter().map(|(id, _)| *id).collect();
    let after = counted(table, &differing).await?;
    differences.retain(|(id, difference)| after.contains(&(*id, difference.found)));
    Ok(differences.into_iter().map(|(_, difference)| difference).collect())
}

/// The numbers that the users' items name. What cannot be read is told elsewhere.
async fn counted(table: &Table, users: &[UserId]) -> Result<Vec<(UserId, i64)>> {
    let items = table.get_all(users.iter().map(|id| Key::user(*id))).await?;
    let users = items.into_values().filter_map(|item| user::from_item(item).ok());
    Ok(users.map(|user| (user.id, number(user.messages))).collect())
}

/// A user's messages in the index.
async fn count(table: &Table, user: UserId) -> Result<i64> {
    let mut count = 0;
    let mut start: Option<Item> = None;
    loop {
        let query = table
            .client
            .query()
            .table_name(&table.name)
            .index_name("owner")
            .select(Select::Count)
            .key_condition_expression("owner_pk = :owner")
            .expression_attribute_values(":owner", s(&owner_partition(user)))
            .set_exclusive_start_key(start);
        let found = query.send().await.map_err(unexpected)?;
        count += i64::from(found.count);
        start = found.last_evaluated_key;
        if start.is_none() {
            return Ok(count);
        }
    }
}
