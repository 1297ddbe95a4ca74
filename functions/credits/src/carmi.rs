//! What clients see of redemption codes (卡密).

use domain::{Benefit, BusinessDay, RedemptionCode, Zone};
use serde_json::{Value, json};
use table::list::Owned;
use table::redemption::{Batch, Code, NewCode, Status};
use web::view;

use crate::App;

/// Milliseconds that one request spends on codes that are over; the janitor does the rest. Clients wait for 15 s.
pub(crate) const MARKING_MILLIS_MAX: i64 = 10_000;

/// The number by which clients call a status.
const fn number(status: Status) -> i64 {
    match status {
        Status::Unused => 0,
        Status::Used => 1,
        Status::Void => 2,
    }
}

/// The status that clients call by this number.
pub(crate) const fn status(number: i64) -> Option<Status> {
    match number {
        0 => Some(Status::Unused),
        1 => Some(Status::Used),
        2 => Some(Status::Void),
        _ => None,
    }
}

/// A row of the administrator's list.
pub(crate) fn row(app: &App, owned: &Owned<Code>) -> Value {
    let (code, zone) = (&owned.row, &app.base.zone);
    json!({
        "id": code.id,
        "user_id": code.user,
        "ip": code.ip,
        "key": key(app, code),
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

/// A code that was made just now.
pub(crate) fn made(batch: &Batch, code: &NewCode, key: &RedemptionCode) -> Value {
    json!({
        "id": code.id,
        "key": key.as_str(),
        "type": batch.benefit.kind(),
        "end_time": day(batch.end_day),
        "value": batch.benefit.number(),
        "level": batch.benefit.level(),
        "status": number(Status::Unused),
        "batch_id": batch.id,
    })
}

/// A row of the administrator's list of batches; `user` is who made it.
pub(crate) fn batch(owned: &Owned<Batch>, zone: &Zone) -> Value {
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

/// The titles of [`cells`].
pub(crate) const TITLES: [&str; 8] = ["卡密", "类型", "数值", "等级", "截止日期", "状态", "使用者", "使用时间"];

/// A code as a row of a file.
pub(crate) fn cells(app: &App, owned: &Owned<Code>) -> [String; 8] {
    let code = &owned.row;
    let (kind, level) = match code.benefit {
        Benefit::Credits(_) => ("积分", String::new()),
        Benefit::Days(_, level) => ("天数", level.to_string()),
    };
    let status = match code.status {
        Status::Unused => "未使用",
        Status::Used => "已使用",
        Status::Void => "已失效",
    };
    let account = owned.user.as_ref().map(|user| user.account.as_str().to_owned());
    let used = (code.status == Status::Used).then(|| app.base.zone.text(code.updated));
    [
        key(app, code),
        kind.to_owned(),
        code.benefit.number().to_string(),
        level,
        day(code.end_day),
        status.to_owned(),
        account.unwrap_or_default(),
        used.unwrap_or_default(),
    ]
}

/// The text of a code. One that does not open, because the secret is another than it was, is no reason to show none.
fn key(app: &App, code: &Code) -> String {
    app.sealer.open(&code.id.to_string(), &code.sealed).unwrap_or_else(|error| {
        tracing::error!(code = %code.id, %error, "a redemption code cannot be shown");
        String::new()
    })
}

/// A last day; empty when there is none.
fn day(day: Option<BusinessDay>) -> String {
    day.map_or_else(String::new, |day| day.to_string())
}
