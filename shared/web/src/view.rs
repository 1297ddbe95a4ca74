//! Views that several functions send.

use domain::Zone;
use serde_json::{Value, json};
use table::user::User;

/// A user as they see themselves: `password` is always empty, dates are business days.
pub fn user(user: &User, zone: &Zone, now: i64) -> Value {
    let is_signin = i32::from(user.signin_day == Some(zone.day(now)));
    with(common(user, zone), "is_signin", is_signin.into())
}

/// A user as administrators see them: `subscribe` is the last day of any membership.
pub fn administered(user: &User, zone: &Zone) -> Value {
    with(common(user, zone), "subscribe", json!(user.vip_day.max(user.svip_day)))
}

/// Whose a row of an administrator's list is; null when the user is gone.
pub fn owner(user: Option<&User>) -> Value {
    user.map_or(
        Value::Null,
        |user| json!({"id": user.id, "account": user.account, "nickname": user.nickname, "avatar": user.avatar}),
    )
}

/// A row in which users without a picture, be it the row's own or whose it is, have the one at `default_avatar`: for rows
/// that are no answer of their own. Answers get it on their way out.
pub fn fill_avatars(row: &mut Value, default_avatar: Option<&str>) {
    let Some(url) = default_avatar else { return };
    for pointer in ["/avatar", "/user/avatar"] {
        if let Some(avatar) = row.pointer_mut(pointer).filter(|avatar| avatar.as_str() == Some("")) {
            *avatar = url.into();
        }
    }
}

fn common(user: &User, zone: &Zone) -> Value {
    json!({
        "id": user.id,
        "account": user.account,
        "nickname": user.nickname,
        "avatar": user.avatar,
        "role": user.role,
        "integral": user.total(),
        "vip_expire_time": user.vip_day,
        "svip_expire_time": user.svip_day,
        "password": "",
        "ip": user.ip,
        "status": i32::from(user.enabled),
        "create_time": zone.text(user.created),
        "update_time": zone.text(user.updated),
    })
}

fn with(mut view: Value, name: &str, value: Value) -> Value {
    if let Some(fields) = view.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    view
}
