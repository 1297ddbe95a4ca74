//! `GET /api/upload`: what the caller has put up, newest first.

use domain::Result;
use serde_json::Value;
use table::upload;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let uploads = upload::page(&app.base.table, &user, call.page()).await?;
    let rows: Vec<Value> = uploads.iter().map(|upload| view::upload(app, upload)).collect();
    Reply::list(user.uploads, &rows)
}
