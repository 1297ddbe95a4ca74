//! Redemption codes (卡密) when they are made, and as rows of a file.

use domain::{Benefit, RedemptionCode};
use serde_json::{Value, json};
use table::list::Owned;
use table::redemption::{Batch, Code, NewCode, Status};
use views::carmi::{day, key, number};

use crate::App;

/// Milliseconds that one request spends on codes that are over; the janitor does the rest. Clients wait for 15 s.
pub(crate) const MARKING_MILLIS_MAX: i64 = 10_000;

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
        key(code, &app.sealer),
        kind.to_owned(),
        code.benefit.number().to_string(),
        level,
        day(code.end_day),
        status.to_owned(),
        account.unwrap_or_default(),
        used.unwrap_or_default(),
    ]
}
