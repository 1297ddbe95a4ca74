//! `GET /api/admin/notification`: all notices, newest first.

use domain::Result;
use serde_json::Value;
use table::notice;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, notices) = call.administrator_and(notice::all(&app.base.table)).await?;
    let some = call.page().of(notices.iter());
    let rows: Vec<Value> = some.map(|notice| view::notice(notice, &app.base.zone)).collect();
    Reply::list(notices.len() as u64, &rows)
}
