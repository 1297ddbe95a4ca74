//! `DELETE /api/admin/messages/{id}`: deletes a message for good.

use domain::{MessageId, Result};
use table::list::{self, List};
use table::message;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let id: MessageId = call.id("id")?;
    let deleted = match list::find(&app.base.table, &[List::MESSAGES], id).await? {
        Some(listed) => message::remove(&app.base.table, &listed, &audit).await?,
        None => false,
    };
    Reply::data(&i32::from(deleted))
}
