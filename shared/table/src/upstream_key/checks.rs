//! What checks find out about keys, and the order to check them all.

use domain::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Asked, Health, Stopped, TRIES_MAX, UpstreamKey, commit, edit, read, store};
use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{pause, still_busy};
use crate::keys::Key;
use crate::values::n;
use crate::write::{delete, put};

/// What a check of a key found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It works.
    Works {
        /// Its limit and its usage in millionths of a dollar, where the provider tells.
        money: Option<(i64, i64)>,
        /// Whether this makes a stopped key usable again, and what is then known of its health: nothing.
        restart: Option<Health>,
    },
    /// It will not work until somebody does something about it.
    Fails {
        /// What the administrator reads.
        reason: String,
    },
    /// Nobody could tell.
    Unknown,
}

/// Stores what a check found out about `asked`, done at `now` (milliseconds). Returns the row as it is then; `None` when
/// it has gone, or has got another host or secret since it was asked. An administrator who asked comes with `by`, and
/// leaves a record when the check stops the key or lets it be used again.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn record_check(
    table: &Table,
    asked: &UpstreamKey,
    found: &Found,
    now: i64,
    by: Option<Asked<'_>>,
) -> Result<Option<UpstreamKey>> {
    let is_asked = |row: &UpstreamKey| row.host == asked.host && row.sealed == asked.sealed;
    let mut row = Some(asked.clone());
    for attempt in 0..TRIES_MAX {
        let Some(there) = row.filter(is_asked) else { return Ok(None) };
        let (found_row, health) = after_check(there.clone(), found, now);
        let stored = match by {
            Some(by) => edit(table, &there, found_row, health, by).await?,
            None => store(table, found_row, health).await?,
        };
        if let Some(stored) = stored {
            return Ok(Some(stored));
        }
        pause(attempt).await;
        row = read(table, &Key::upstream(asked.id)).await?;
    }
    Err(still_busy("storing the check of an upstream key"))
}

fn after_check(row: UpstreamKey, found: &Found, now: i64) -> (UpstreamKey, Option<&Health>) {
    let row = UpstreamKey { checked: Some(now), ..row };
    match found {
        Found::Unknown => (row, None),
        Found::Fails { reason } => {
            let stopped = row.stopped.clone().filter(|stopped| stopped.reason == *reason);
            let stopped = stopped.unwrap_or_else(|| Stopped { reason: reason.clone(), at: now });
            (UpstreamKey { stopped: Some(stopped), ..row }, None)
        }
        Found::Works { money, restart } => {
            let (limit, usage) = money.unwrap_or((row.limit, row.usage));
            let stopped = if restart.is_some() { None } else { row.stopped };
            (UpstreamKey { stopped, limit, usage, ..row }, restart.as_ref())
        }
    }
}

/// Asks the janitor at `now` (milliseconds) to check all keys.
///
/// # Errors
/// When the table cannot be written.
pub async fn order_check(table: &Table, now: i64, audit: &Audit) -> Result<()> {
    let note = Note::of("token".to_owned(), [("check", Value::Null, json!("all"))]);
    let mut actions = vec![put(table.put_over(&Key::job(CHECK), &Order { ordered: now })?)?];
    actions.extend(audit.record(table, &note, None)?);
    commit(table, actions, "ordering a check of all upstream keys").await.map(|_| ())
}

/// The check ordered at `ordered` is done; a later order stays.
///
/// # Errors
/// When the table cannot be written.
pub async fn end_check(table: &Table, ordered: i64) -> Result<()> {
    let order = table.remove(&Key::job(CHECK)).condition_expression("ordered = :ordered");
    let actions = vec![delete(order.expression_attribute_values(":ordered", n(ordered)))?];
    commit(table, actions, "ending a check of all upstream keys").await.map(|_| ())
}

/// The job's name.
pub(crate) const CHECK: &str = "check-keys";

/// A job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) ordered: i64,
}
