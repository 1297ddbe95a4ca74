use domain::Zone;
use serde_json::{Value, json};
use table::user::User;

use crate::view;

/// A user's item as plain JSON.
pub(super) fn item(role: &str) -> Value {
    json!({
        "id": "7", "account": "ada@example.com", "nickname": "阿达", "avatar": "", "role": role, "enabled": true,
        "balance": 8, "held": 2, "rows": 1, "holds": {}, "sessions": {}, "password": "$argon2id$secret",
        "vip_day": "2026-03-01", "svip_day": "2026-01-31", "signin_day": "2026-01-01", "ip": "203.0.113.4",
        "created": 1_767_225_600_000_i64, "updated": 1_767_225_601_000_i64,
    })
}

#[test]
fn users_look_as_their_reader_needs() {
    let user: User = serde_json::from_value(item("user")).unwrap();
    let zone: Zone = "Asia/Shanghai".parse().unwrap();
    let mut common = json!({
        "id": "7", "account": "ada@example.com", "nickname": "阿达", "avatar": "", "role": "user", "integral": 10,
        "vip_expire_time": "2026-03-01", "svip_expire_time": "2026-01-31", "password": "", "ip": "203.0.113.4",
        "status": 1, "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:01",
    });
    common["subscribe"] = json!("2026-03-01");
    assert_eq!(view::administered(&user, &zone), common);
    common.as_object_mut().unwrap().remove("subscribe");
    for (now, is_signin) in [(1_767_283_199_999, 1), (1_767_283_200_000, 0)] {
        common["is_signin"] = json!(is_signin);
        assert_eq!(view::user(&user, &zone, now), common);
    }
    let owner = json!({"id": "7", "account": "ada@example.com", "nickname": "阿达", "avatar": ""});
    assert_eq!((view::owner(Some(&user)), view::owner(None)), (owner, Value::Null));
}
