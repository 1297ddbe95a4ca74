//! What clients see of credits.

use domain::Zone;
use serde_json::{Value, json};
use table::ledger::Row;
use table::signin::Signin;
use table::user::User;

/// A row of a statement.
pub fn row(row: &Row, zone: &Zone) -> Value {
    let updated = row.corrections.last().map_or(row.created, |correction| correction.at);
    json!({
        "id": row.id,
        "user_id": row.user,
        "value": value(row),
        "describe": row.describe,
        "create_time": zone.text(row.created),
        "update_time": zone.text(updated),
    })
}

/// What a row did, with its sign and unit.
pub fn value(row: &Row) -> String {
    match row.days {
        Some(days) => format!("{days}天"),
        None => format!("{}积分", row.amount),
    }
}

/// A sign-in.
pub fn signin(signin: &Signin, zone: &Zone) -> Value {
    json!({
        "id": signin.id,
        "user_id": signin.user,
        "ip": signin.ip,
        "status": 1,
        "create_time": zone.text(signin.created),
        "update_time": zone.text(signin.created),
    })
}

/// A row of an administrator's list, with the person it belongs to.
pub fn owned(mut row: Value, user: Option<&User>) -> Value {
    if let Some(fields) = row.as_object_mut() {
        fields.insert("user".to_owned(), web::view::owner(user));
    }
    row
}
