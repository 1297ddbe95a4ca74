//! `PUT /api/admin/messages`: hides a message from its person (`status` 0) or shows it again (1).

use domain::{Error, MessageId, Result};
use serde_json::json;
use table::list::{self, List};
use table::{message, user};
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let fields = call.fields()?;
    let id: MessageId = fields.required_id("id")?;
    let shown = fields.flag("status")?.ok_or_else(Error::missing)?;

    let table = &app.base.table;
    let listed = list::find(table, &[List::MESSAGES], id).await?.ok_or_else(Error::absent)?;
    let days = app.content_log_days(call).await?;
    let hidden = message::hide(table, &listed, !shown, &audit).await?;
    let message = hidden.filter(|message| !message.is_over(days, call.began())).ok_or_else(Error::absent)?;
    let owner = user::find(table, message.user).await?;
    Reply::data(&json!([view::administered(&message, owner.as_ref(), &app.base.zone), false]))
}
