//! `POST /api/admin/user`: makes a user, who logs in by a code or by the password that the form may set.

use domain::{Error, Result};
use table::people;
use web::{Call, Reply, view};

use crate::{App, wanted};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let wanted = wanted::parse(call, &call.fields()?, &app.hasher)?;
    let account = wanted.account.as_ref().ok_or_else(Error::missing)?;
    let user = people::create(&app.base.table, account, &wanted, app.by(&audit)).await?;
    Reply::data(&view::administered(&user, &app.base.zone))
}
