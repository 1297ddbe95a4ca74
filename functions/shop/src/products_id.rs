//! `DELETE /api/admin/products/{id}`: deletes a product. Orders keep what they were made for.

use domain::Result;
use table::product;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    Reply::data(&u8::from(product::remove(&app.base.table, call.id("id")?, &audit).await?))
}
