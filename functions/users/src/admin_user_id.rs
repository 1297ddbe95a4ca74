//! `DELETE /api/admin/user/{id}`: deletes a user; the ledger remains.

use domain::Result;
use table::people;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let is_deleted = people::delete(&app.base.table, call.id("id")?, app.by(&audit)).await?;
    Reply::data(&i32::from(is_deleted))
}
