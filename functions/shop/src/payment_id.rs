//! `DELETE /api/admin/payment/{id}`: deletes a payment channel. Orders keep the parameters that they were made with.

use domain::Result;
use table::channel;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    Reply::data(&u8::from(channel::remove(&app.base.table, call.id("id")?, &audit).await?))
}
