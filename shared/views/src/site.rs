//! What clients see of settings and notices.

use domain::Zone;
use domain::settings::Definition;
use serde_json::{Value, json};
use table::audit::Record;
use table::notice::Notice;
use table::setting::Setting;
use table::user::User;

/// A setting; `place` is its place among all, from 0. One that nobody has set has no times.
pub fn setting(place: usize, definition: &Definition, stored: Option<&Setting>, zone: &Zone) -> Value {
    // Those of the first version have no times either.
    let time = |millis: Option<i64>| millis.filter(|millis| *millis > 0).map_or_else(String::new, |at| zone.text(at));
    json!({
        "id": (place + 1).to_string(),
        "name": definition.name,
        "value": stored.map_or(definition.default, |stored| stored.value.as_str()),
        "remarks": definition.remarks,
        "create_time": time(stored.map(|stored| stored.created)),
        "update_time": time(stored.map(|stored| stored.updated)),
    })
}

/// A notice.
pub fn notice(notice: &Notice, zone: &Zone) -> Value {
    json!({
        "id": notice.id,
        "title": notice.title,
        "content": notice.content,
        "sort": notice.sort,
        "status": i32::from(notice.enabled),
        "create_time": zone.text(notice.created),
        "update_time": zone.text(notice.updated),
    })
}

/// A record of what an administrator did, with who that is.
pub fn record(record: &Record, user: Option<&User>, zone: &Zone) -> Value {
    json!({
        "id": record.id,
        "user_id": record.user,
        "user": web::view::owner(user),
        "action": record.action,
        "target": record.target,
        "changes": record.changes,
        "request_id": record.request,
        "create_time": zone.text(record.at),
    })
}
