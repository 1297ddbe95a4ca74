//! `PUT /api/admin/notification`: changes a notice; what the form leaves out stays.

use domain::{Error, Result};
use table::notice;
use web::{Call, Reply};

use crate::{App, form, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let fields = call.fields()?;
    let (id, wanted) = (fields.required_id("id")?, form::parse(&fields)?);
    let notice = notice::change(&app.base.table, id, &wanted, &audit).await?.ok_or_else(Error::absent)?;
    app.shown.forget();
    Reply::data(&(view::notice(&notice, &app.base.zone), false))
}
