//! `GET /api/turnover`: the caller's statement, newest first.

use domain::Result;
use serde_json::Value;
use table::ledger;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let (count, rows) = ledger::page(&app.base.table, &user, call.page()).await?;
    let rows: Vec<Value> = rows.iter().map(|row| view::row(row, &app.base.zone)).collect();
    Reply::list(count, &rows)
}
