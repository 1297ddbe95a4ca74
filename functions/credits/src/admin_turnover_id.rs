//! `DELETE /api/admin/turnover/{id}`: takes a ledger row off the lists and statements; the credits stay.

use domain::Result;
use table::ledger;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let hidden = ledger::hide(&app.base.table, call.id("id")?, &audit).await?;
    Reply::data(&u8::from(hidden))
}
