//! What of a person's is to be deleted and takes more than one request: the janitor does it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{ImageId, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::failure::unexpected;
use crate::keys::{DUE_ERASURES, Key, Place};
use crate::read::entity;
use crate::values::{n, s};
use crate::write::{Change, VERSION, delete};

/// What is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What a deleted person put up and said.
    Account,
    /// The pictures up to [`Erasure::newest`].
    Images,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Images => "images",
        }
    }
}

/// Something of a person's that is to be deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Erasure {
    /// Whose.
    pub user: UserId,
    /// What.
    pub part: Part,
    /// Of pictures: the id of the newest that is to be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<i64>,
}

/// Has the janitor delete what a person leaves who is deleted at `now` (milliseconds), as one action of that transaction.
pub(crate) fn of_account(table: &Table, user: UserId, now: i64) -> Result<TransactWriteItem> {
    let erasure = Erasure { user, part: Part::Account, newest: None };
    table.put_new(&erasure.key(), &erasure, &[Place::due_erasure(now.div_euclid(1000))])
}

/// Has the janitor delete the pictures of a person up to `newest`, from `now` (milliseconds) on.
///
/// # Errors
/// When the table cannot be written.
pub async fn order_images(table: &Table, user: UserId, newest: ImageId, now: i64) -> Result<()> {
    let part = Part::Images;
    let order = Change::of(&Key::erasure(user, part.name()))
        .set("#user = :user, part = :part, newest = :newest, v = :v")
        // An earlier order of more than this stands.
        .when("(attribute_not_exists(newest) OR newest < :newest)")
        .name("#user", "user")
        .value(":user", s(&user.to_string()))
        .value(":part", s(part.name()))
        .value(":newest", n(newest.as_i64()))
        .value(":v", n(VERSION))
        .placed(&Place::due_erasure(now.div_euclid(1000)));
    table.commit(vec![order.action(table)?], "ordering the deletion of pictures").await.map(|_| ())
}

/// What is due at `now` (seconds), at most `limit`.
///
/// # Errors
/// When the table cannot be read.
pub async fn due(table: &Table, now: i64, limit: i32) -> Result<Vec<Erasure>> {
    let due = table
        .client
        .query()
        .table_name(&table.name)
        .index_name("due")
        .key_condition_expression("due_pk = :erasures AND due_sk <= :now")
        .expression_attribute_values(":erasures", s(DUE_ERASURES))
        .expression_attribute_values(":now", n(now))
        .limit(limit);
    let keys: Vec<Key> = due.send().await.map_err(unexpected)?.items().iter().filter_map(Key::of).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    table.get_all(keys).await?.into_values().map(entity).collect()
}

/// Nothing is left of it, unless more has been ordered meanwhile.
///
/// # Errors
/// When the table cannot be written.
pub async fn finish(table: &Table, erasure: &Erasure) -> Result<()> {
    let remove = table.remove(&erasure.key());
    let remove = match erasure.newest {
        Some(newest) => {
            remove.condition_expression("newest = :newest").expression_attribute_values(":newest", n(newest))
        }
        None => remove.condition_expression("attribute_exists(pk)"),
    };
    table.commit(vec![delete(remove)?], "finishing a deletion").await.map(|_| ())
}

impl Erasure {
    fn key(&self) -> Key {
        Key::erasure(self.user, self.part.name())
    }
}
