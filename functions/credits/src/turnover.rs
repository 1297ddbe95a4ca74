//! `GET /api/turnover`: the caller's statement, newest first.

use domain::Result;
use serde_json::{Value, json};
use table::ledger::{self, Row};
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let rows = ledger::page(&app.base.table, user.id, user.rows, call.page()).await?;
    let rows: Vec<Value> = rows.iter().map(|row| view(app, row)).collect();
    Reply::list(user.rows, &rows)
}

fn view(app: &App, row: &Row) -> Value {
    let time = app.base.zone.text(row.created);
    json!({
        "id": row.id,
        "user_id": row.user,
        "value": format!("{}积分", row.amount),
        "describe": row.describe,
        "create_time": time,
        "update_time": time,
    })
}
