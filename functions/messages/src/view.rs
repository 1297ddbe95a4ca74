//! What clients see of a message.

use domain::Zone;
use serde_json::{Number, Value, json};
use table::list::Owned;
use table::message::{Hop, Message};
use table::user::User;
use web::view::owner;

use crate::excerpt;

/// Bytes that the texts of one page take in the answer; the rest of a hundred rows stays below half a megabyte.
const PAGE_BYTES_MAX: usize = 3_500_000;
/// Of them, what each row has at least.
const ROW_BYTES_MIN: usize = 1_000;

/// Rows of an administrator's page. The first ones are shown as they are; what the rest has too much is cut off.
pub(crate) fn page(messages: Vec<Owned<Message>>, zone: &Zone) -> Vec<Value> {
    let mut room = PAGE_BYTES_MAX;
    let mut after = messages.len();
    let rows = messages.into_iter().map(|Owned { row: mut message, user }| {
        after -= 1;
        message.content = excerpt::cut(message.content, room.saturating_sub(after * ROW_BYTES_MIN));
        room = room.saturating_sub(excerpt::bytes(&message.content));
        administered(&message, user.as_ref(), zone)
    });
    rows.collect()
}

/// A message as administrators see it.
pub(crate) fn administered(message: &Message, user: Option<&User>, zone: &Zone) -> Value {
    json!({
        "id": message.id,
        "content": message.content,
        "user_id": message.user,
        "role": message.role,
        "frequency_penalty": plain(message.options.frequency_penalty),
        "max_tokens": message.options.max_tokens,
        "model": message.model,
        "presence_penalty": plain(message.options.presence_penalty),
        "temperature": plain(message.options.temperature),
        "parent_message_id": message.conversation.as_str(),
        "status": i32::from(!message.hidden),
        "route": message.route.iter().map(hop).collect::<Vec<_>>(),
        "create_time": zone.text(message.created),
        "update_time": zone.text(message.updated.unwrap_or(message.created)),
        "user": owner(user),
    })
}

/// An upstream key that was asked for the answer, and what came of it.
fn hop(hop: &Hop) -> Value {
    json!({"id": hop.key, "result": hop.failed.as_deref().unwrap_or("ok"), "millis": hop.millis})
}

/// The options of a message's turn, as a client sends them.
pub(crate) fn options(message: &Message) -> Value {
    json!({
        "model": message.model,
        "temperature": plain(message.options.temperature),
        "presence_penalty": plain(message.options.presence_penalty),
        "frequency_penalty": plain(message.options.frequency_penalty),
        "max_tokens": message.options.max_tokens,
    })
}

/// A number as people write it: 0, not 0.0.
fn plain(number: f64) -> Option<Number> {
    number.to_string().parse().ok()
}
