//! `DELETE /api/admin/carmi/batch/{id}`: makes a batch void: none of its codes can be redeemed any more.

use domain::Result;
use table::redemption;
use web::{Call, Reply};

use crate::App;
use crate::carmi::MARKING_MILLIS_MAX;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let base = &app.base;
    let until = call.began() + MARKING_MILLIS_MAX;
    let count = redemption::void(&base.table, call.id("id")?, &audit, &base.clock, until).await?;
    Reply::new(if count > 0 { "作废成功" } else { "没有可作废的卡密" }, &count)
}
