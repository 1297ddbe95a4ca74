//! The numbers of messages, pictures and files put up that a user's item names, against the index `owner`.

use domain::{Result, UserId};
use futures_util::future::join_all;

use super::difference::{Difference, Kind, number};

use crate::keys::{Key, image_owner, message_owner, upload_owner, withdrawn_owner};
use crate::user::User;
use crate::values::s;
use crate::{Table, user};

/// Something that users own.
struct Owned {
    /// How a difference is called.
    kind: Kind,
    /// Where the index has it.
    owner: fn(UserId) -> String,
    /// What the item says.
    counted: fn(&User) -> u64,
}

const OWNED: [Owned; 4] = [
    Owned { kind: Kind::Messages, owner: message_owner, counted: |user| user.messages },
    Owned { kind: Kind::KeptMessages, owner: withdrawn_owner, counted: |user| user.kept_messages },
    Owned { kind: Kind::Images, owner: image_owner, counted: |user| user.images },
    Owned { kind: Kind::Uploads, owner: upload_owner, counted: |user| user.uploads },
];

/// What differs now for some users, and did while it was looked for: the items are read before the index and after.
pub(super) async fn look(table: &Table, users: &[UserId]) -> Result<Vec<Difference>> {
    let before = read(table, users).await?;
    let mut differences = Vec::new();
    for Owned { kind, owner, counted } in OWNED {
        let found = join_all(before.iter().map(|user| count(table, owner(user.id)))).await;
        for (user, found) in before.iter().zip(found) {
            let (found, counted) = (found?, number(counted(user)));
            if found != counted {
                differences.push((user.id, counted, Difference::new(kind, &user.id, found, counted)));
            }
        }
    }
    if differences.is_empty() {
        return Ok(Vec::new());
    }
    let differing: Vec<UserId> = differences.iter().map(|(id, ..)| *id).collect();
    let after = read(table, &differing).await?;
    let says = |user: &User, kind: Kind| {
        let owned = OWNED.iter().find(|owned| owned.kind == kind);
        owned.map_or(0, |owned| number((owned.counted)(user)))
    };
    differences.retain(|(id, counted, difference)| {
        after.iter().any(|user| user.id == *id && says(user, difference.kind) == *counted)
    });
    Ok(differences.into_iter().map(|(.., difference)| difference).collect())
}

/// The users. What cannot be read is told elsewhere.
async fn read(table: &Table, users: &[UserId]) -> Result<Vec<User>> {
    let items = table.get_all(users.iter().map(|id| Key::user(*id))).await?;
    Ok(items.into_values().filter_map(|item| user::from_item(item).ok()).collect())
}

/// How much a partition of the index holds.
async fn count(table: &Table, owner: String) -> Result<i64> {
    let query = table.client.query().table_name(&table.name).index_name("owner");
    let query = query.key_condition_expression("owner_pk = :owner").expression_attribute_values(":owner", s(&owner));
    crate::read::count(query).await
}
