//! `PUT /api/admin/products`: changes a product; what the form leaves out stays. Orders keep what they were made for.

use domain::{Error, Result};
use table::product;
use web::{Call, Reply};

use crate::product_form::Form;
use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let fields = call.fields()?;
    let (id, form) = (fields.required_id("id")?, Form::parse(&fields)?);
    let changed = product::change(&app.base.table, id, &audit, |there| form.change(there, call.began())).await?;
    Reply::data(&(view::product(&changed.ok_or_else(Error::absent)?, &app.base.zone), false))
}
