//! The number of messages that a user's item names, against the index of messages.

use aws_sdk_dynamodb::types::Select;
use domain::{Result, UserId};
use futures_util::future::join_all;

use super::difference::{Difference, Kind, number};
use crate::failure::{Item, unexpected};
use crate::keys::{Key, owner_partition};
use crate::values::s;
use crate::{Table, user};

/// What differs at this moment for some users.
pub(super) async fn look(table: &Table, users: &[UserId]) -> Result<Vec<Difference>> {
    let mut items = table.get_all(users.iter().map(|id| Key::user(*id))).await?;
    let found = join_all(users.iter().map(|id| count(table, *id))).await;
    let mut differences = Vec::new();
    for (id, found) in users.iter().zip(found) {
        let found = found?;
        // What cannot be read is told elsewhere.
        let Some(user) = items.remove(&Key::user(*id)).and_then(|item| user::from_item(item).ok()) else { continue };
        if number(user.messages) != found {
            differences.push(Difference::new(Kind::Messages, *id, found, number(user.messages)));
        }
    }
    Ok(differences)
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
