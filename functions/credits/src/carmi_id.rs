//! `DELETE /api/admin/carmi/{id}`: deletes a redemption code. What it gave stays given, with its row in the ledger.

use domain::Result;
use table::redemption;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let removed = redemption::remove(&app.base.table, call.id("id")?, &audit).await?;
    Reply::new(if removed { "删除成功" } else { "卡密不存在" }, &i32::from(removed))
}
