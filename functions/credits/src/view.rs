//! What clients see of credits.

use domain::Zone;
use serde_json::{Value, json};
use table::ledger::Row;

/// A row of a statement.
pub(crate) fn row(row: &Row, zone: &Zone) -> Value {
    let value = match row.days {
        Some(days) => format!("{days}天"),
        None => format!("{}积分", row.amount),
    };
    let updated = row.corrections.last().map_or(row.created, |correction| correction.at);
    json!({
        "id": row.id,
        "user_id": row.user,
        "value": value,
        "describe": row.describe,
        "create_time": zone.text(row.created),
        "update_time": zone.text(updated),
    })
}
