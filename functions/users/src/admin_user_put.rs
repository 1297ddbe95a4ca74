//! `PUT /api/admin/user`: changes a user. Fields that are absent stay; `integral` is what the user has afterwards.

use domain::{Error, Result};
use table::people;
use web::{Call, Reply, view};

use crate::{App, wanted};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let fields = call.fields()?;
    let (id, wanted) = (fields.required_id("id")?, wanted::parse(call, &fields, &app.hasher)?);
    let user = people::change(&app.base.table, id, &wanted, app.by(&audit)).await?;
    let user = user.ok_or_else(Error::absent)?;
    Reply::data(&(view::administered(&user, &app.base.zone), false))
}
