//! `DELETE /api/admin/notification/{id}`: deletes a notice.

use domain::Result;
use table::notice;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let removed = notice::remove(&app.base.table, call.id("id")?, &audit).await?;
    app.shown.forget();
    Reply::data(&u8::from(removed))
}
