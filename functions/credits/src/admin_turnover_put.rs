//! `PUT /api/admin/turnover`: corrects what a ledger row says; what it did stays.

use domain::{Error, Result};
use serde_json::json;
use table::ledger::{self, RowText};
use web::{Call, Reply};

use crate::{App, view};

const UNFIT: &str = "说明不能超过100个字符，也不能包含换行等控制字符";
const VALUE_STAYS: &str = "积分数额不可修改，只能修改说明";

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let fields = call.fields()?;
    let id = fields.required_id("id")?;
    let text = RowText::parse(&fields.required("describe")?).ok_or(Error::refused(UNFIT))?;
    let row = ledger::find(&app.base.table, id).await?.ok_or_else(Error::absent)?;
    // Edit forms send the whole row; one that names another value would seem to have changed the credits.
    if fields.has("value") && fields.text("value").is_none_or(|value| value.trim() != view::value(&row)) {
        return Err(Error::refused(VALUE_STAYS));
    }
    let corrected = ledger::correct(&app.base.table, row, &text, &audit).await?;
    let row = corrected.ok_or_else(Error::absent)?;
    Reply::data(&json!([view::row(&row, &app.base.zone), false]))
}
