//! Messages of conversations, and the history that goes along with a prompt.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{ConversationId, Error, MessageId, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::failure::unexpected;
use crate::keys::{Key, Place, message_partition};
use crate::list::List;
use crate::values::s;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One message.
#[derive(Clone, Serialize, Deserialize)]
pub struct Message {
    /// The id; ids of a conversation sort by time.
    pub id: MessageId,
    /// Whose conversation.
    pub user: UserId,
    /// Which conversation.
    pub conversation: ConversationId,
    /// Who speaks.
    pub role: Speaker,
    /// What was said.
    pub content: String,
    /// The model of the turn.
    pub model: String,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
}

/// The newest messages of a conversation, newest first.
///
/// # Errors
/// When the table cannot be read.
pub async fn history(table: &Table, user: UserId, conversation: &ConversationId, limit: u32) -> Result<Vec<Message>> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let page = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :conversation")
        .expression_attribute_values(":conversation", s(&message_partition(user, conversation)))
        .scan_index_forward(false)
        // The turn before this one may have been settled a moment ago.
        .consistent_read(true)
        .limit(i32::try_from(limit).unwrap_or(i32::MAX))
        .send()
        .await
        .map_err(unexpected)?;
    serde_dynamo::aws_sdk_dynamodb_1::from_items(page.items.unwrap_or_default()).map_err(Error::internal)
}

/// Whether this message is stored.
pub(crate) async fn exists(table: &Table, message: &Message) -> Result<bool> {
    let key = Key::message(message.user, &message.conversation, message.id).attributes();
    let read = table.client.get_item().table_name(&table.name).set_key(Some(key)).projection_expression("pk");
    Ok(read.consistent_read(true).send().await.map_err(unexpected)?.item.is_some())
}

/// Stores a new message, as one action of a transaction.
pub(crate) fn put(table: &Table, message: &Message) -> Result<TransactWriteItem> {
    let places = [Place::listed(List::MESSAGES, message.id), Place::message_of(message.user, message.id)];
    table.put_new(&Key::message(message.user, &message.conversation, message.id), message, &places)
}

impl std::fmt::Debug for Message {
    /// Without the text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}
