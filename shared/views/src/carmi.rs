//! What administrators see of redemption codes (卡密) and their batches.

use domain::{BusinessDay, Zone};
use platform::Sealer;
use serde_json::{Value, json};
use table::list::Owned;
use table::redemption::{Batch, Code, Status};
use web::view;

/// The number by which clients call a status.
pub const fn number(status: Status) -> i64 {
    match status {
        Status::Unused => 0,
        Status::Used => 1,
        Status::Void => 2,
    }
}

/// The status that clients call by this number.
pub const fn status(number: i64) -> Option<Status> {
    match number {
        0 => Some(Status::Unused),
        1 => Some(Status::Used),
        2 => Some(Status::Void),
        _ => None,
    }
}

/// A row of the administrator's list.
pub fn row(owned: &Owned<Code>, sealer: &Sealer, zone: &Zone) -> Value {
    let code = &owned.row;
    json!({
        "id": code.id,
        "user_id": code.user,
        "ip": code.ip,
        "key": key(code, sealer),
        "value": code.benefit.number().to_string(),
        "type": code.benefit.kind(),
        "level": code.benefit.level(),
        "end_time": day(code.end_day),
        "status": number(code.status),
        "batch_id": code.batch,
        "create_time": zone.text(code.created),
        "update_time": zone.text(code.updated),
        "user": view::owner(owned.user.as_ref()),
    })
}

/// A row of the administrator's list of batches; `user` is who made it.
pub fn batch(owned: &Owned<Batch>, zone: &Zone) -> Value {
    let batch = &owned.row;
    json!({
        "id": batch.id,
        "remark": batch.remark,
        "user_id": batch.by,
        "type": batch.benefit.kind(),
        "value": batch.benefit.number().to_string(),
        "level": batch.benefit.level(),
        "end_time": day(batch.end_day),
        "count": batch.count,
        "used": batch.used,
        "left": batch.left,
        "status": i32::from(batch.void.is_none()),
        "create_time": zone.text(batch.created),
        "user": view::owner(owned.user.as_ref()),
    })
}

/// The text of a code. One that does not open, because the secret is another than it was, is no reason to show none.
pub fn key(code: &Code, sealer: &Sealer) -> String {
    sealer.open(&code.id.to_string(), &code.sealed).unwrap_or_else(|error| {
        tracing::error!(code = %code.id, %error, "a redemption code cannot be shown");
        String::new()
    })
}

/// A last day; empty when there is none.
pub fn day(day: Option<BusinessDay>) -> String {
    day.map_or_else(String::new, |day| day.to_string())
}
