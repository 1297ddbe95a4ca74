//! What administrators see of messages.

use domain::Zone;
use serde_json::{Number, Value, json};
use table::message::{Hop, Message};
use table::user::User;
use web::view::owner;

/// A message as administrators see it.
pub fn administered(message: &Message, user: Option<&User>, zone: &Zone) -> Value {
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

/// A number as people write it: 0, not 0.0.
pub fn plain(number: f64) -> Option<Number> {
    number.to_string().parse().ok()
}
