//! What clients see of a message.

use domain::Zone;
use serde_json::{Value, json};
use table::list::Owned;
use table::message::Message;
pub(crate) use views::messages::administered;
use views::messages::plain;

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
