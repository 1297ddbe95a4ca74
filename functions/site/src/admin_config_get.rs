//! `GET /api/admin/config`: every setting, also those that nobody has set; the secrets in them are masked.

use domain::Result;
use table::setting;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, settings) = call.administrator_and(setting::all(&app.base.table)).await?;
    Reply::data(&view::settings(&settings, &app.base.zone))
}
