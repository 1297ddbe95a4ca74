//! `DELETE /api/user/messages`: deletes the caller's conversation `parent_message_id`, or all of them without it. For some
//! days administrators see it still, as a setting says.

use domain::{ConversationId, Error, Result};
use table::message;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let conversation = call.query("parent_message_id");
    let conversation = conversation.map(|text| ConversationId::parse(&text).ok_or_else(Error::unreadable));
    // The request's own time limit ends this as well.
    let conversation = conversation.transpose()?;
    let days = app.content_log_days(call).await?;
    let deleted = message::take_away(&app.base.table, user.id, conversation.as_ref(), days, call.began()).await?;
    Reply::new("删除成功", &deleted)
}
