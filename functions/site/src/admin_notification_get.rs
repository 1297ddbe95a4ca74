//! `GET /api/admin/notification`: all notices, newest first.

use domain::Result;
use serde_json::Value;
use table::notice;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, notices) = call.administrator_and(notice::all(&app.base.table)).await?;
    let (page, count) = (call.page(), notices.len());
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let before = usize::try_from(page.number - 1).unwrap_or(usize::MAX).saturating_mul(size);
    let some = notices.iter().skip(before).take(size);
    let rows: Vec<Value> = some.map(|notice| view::notice(notice, &app.base.zone)).collect();
    Reply::list(count as u64, &rows)
}
