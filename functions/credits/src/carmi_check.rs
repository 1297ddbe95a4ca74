//! `GET /api/admin/carmi/check`: marks the redemption codes whose last day is over as expired.

use domain::Result;
use serde_json::json;
use table::redemption;
use web::{Call, Reply};

use crate::App;
use crate::carmi::MARKING_MILLIS_MAX;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    // No record is left: this does what the schedule does anyway, a little earlier.
    call.administrator().await?;
    let base = &app.base;
    let until = call.began() + MARKING_MILLIS_MAX;
    let count = redemption::expire_due(&base.table, &base.zone, &base.clock, until).await?;
    Reply::new("检查完成", &json!({"count": count}))
}
