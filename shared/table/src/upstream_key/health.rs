//! What is known of the health of keys. Chats write it, each on the condition that nobody has since.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Result, UpstreamId};
use serde::{Deserialize, Serialize};

use super::commit;
use crate::Table;
use crate::keys::Key;
use crate::values::n;
use crate::write::{delete, put};

/// How long it is kept at most. The longest wait is an hour.
const HEALTH_SECONDS: i64 = 7 * 24 * 3600;

/// What is known of a key's health, as the pool of the upstream crate writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The pool's state, as JSON.
    pub state: String,
    /// When it was changed, in milliseconds since the Unix epoch; grows with each change.
    pub changed: i64,
}

impl Health {
    /// Stores it whatever is there, as one action of a transaction.
    pub(super) fn put(&self, table: &Table, id: UpstreamId) -> Result<TransactWriteItem> {
        put(table.put_over(&Key::health(id), &Stored::of(self))?)
    }
}

/// Stores what is known of a key's health, if what is stored was changed at `from` (0: nothing is stored). Returns
/// whether it did.
///
/// # Errors
/// When the table cannot be written.
pub async fn store_health(table: &Table, id: UpstreamId, health: &Health, from: i64) -> Result<bool> {
    let over = table.put_over(&Key::health(id), &Stored::of(health))?;
    let over = match from {
        0 => over.condition_expression("attribute_not_exists(pk)"),
        from => over.condition_expression("changed = :from").expression_attribute_values(":from", n(from)),
    };
    commit(table, vec![put(over)?], "storing the health of an upstream key").await
}

/// Forgets what is known of a key's health, if it was changed at `from`. Returns whether it did.
///
/// # Errors
/// When the table cannot be written.
pub async fn clear_health(table: &Table, id: UpstreamId, from: i64) -> Result<bool> {
    let health = table.remove(&Key::health(id)).condition_expression("changed = :from");
    let actions = vec![delete(health.expression_attribute_values(":from", n(from)))?];
    commit(table, actions, "forgetting the health of an upstream key").await
}

/// Health as it is stored: it ends by itself, so that what was stored beside a deletion does not stay.
#[derive(Serialize)]
struct Stored<'a> {
    state: &'a str,
    changed: i64,
    ttl: i64,
}

impl<'a> Stored<'a> {
    fn of(health: &'a Health) -> Self {
        let ttl = health.changed.div_euclid(1000) + HEALTH_SECONDS;
        Self { state: &health.state, changed: health.changed, ttl }
    }
}
