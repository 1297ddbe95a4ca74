//! Views that several functions send.

use domain::Zone;
use serde_json::{Value, json};
use table::user::User;

/// A user as clients see them: `password` is always empty, dates are business days.
pub fn user(user: &User, zone: &Zone, now: i64) -> Value {
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
        "is_signin": i32::from(user.signin_day == Some(zone.day(now))),
    })
}
