//! `DELETE /api/admin/token/{id}` and `DELETE /api/admin/aikey/{id}`: deletes an upstream key.

use domain::Result;
use table::upstream_key;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let removed = upstream_key::remove(&app.base.table, call.id("id")?, &audit).await?;
    Reply::data(&u8::from(removed))
}
