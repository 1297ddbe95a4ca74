//! What clients see of settings and notices.

use domain::settings::Definition;
use domain::{Family, Settings, Zone};
use serde_json::{Value, json};
use table::audit::Record;
use table::notice::Notice;
use table::setting::Setting;
use table::user::User;

/// All settings, in their order. Where one that is empty means another, the value in force is shown: forms that know the
/// one alone take an empty number for 0, and would set that.
pub fn settings(all: &[(&Definition, Option<Setting>)], zone: &Zone) -> Vec<Value> {
    let mut in_force = Settings::default();
    for (definition, stored) in all {
        if let Some(stored) = stored {
            in_force.apply(definition.name, &stored.value);
        }
    }
    let rows = all.iter().enumerate().map(|(place, (definition, stored))| {
        let mut row = setting(place, definition, stored.as_ref(), zone);
        let family = match definition.name {
            "ai3_carry_count" => Some(Family::Gpt3),
            "ai4_carry_count" => Some(Family::Gpt4),
            _ => None,
        };
        if let (Some(family), Some(fields)) = (family, row.as_object_mut()) {
            fields.insert("value".to_owned(), in_force.carry_count(family).to_string().into());
        }
        row
    });
    rows.collect()
}

/// A setting; `place` is its place among all, from 0. One that nobody has set has no times.
fn setting(place: usize, definition: &Definition, stored: Option<&Setting>, zone: &Zone) -> Value {
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
