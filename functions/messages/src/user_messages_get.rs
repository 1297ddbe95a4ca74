//! `GET /api/user/messages`: the caller's newest conversations, as the front end keeps them.

use domain::Result;
use table::message;
use web::{Call, Reply};

use crate::App;
use crate::conversations::Conversations;

/// Messages that are looked at.
const MESSAGES_MAX: usize = 300;
/// Messages that are in memory at once, beside those that are kept.
const AT_ONCE: usize = 50;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let table = &app.base.table;
    let mut conversations = Conversations::default();
    let newest = message::newest(table, user.id, MESSAGES_MAX).await?;
    for some in newest.chunks(AT_ONCE) {
        for message in message::read(table, some).await? {
            conversations.take(message);
        }
        if conversations.are_full() {
            break;
        }
    }
    if newest.len() >= MESSAGES_MAX {
        conversations.end_early();
    }
    Reply::data(&conversations.view(&app.base.zone))
}
