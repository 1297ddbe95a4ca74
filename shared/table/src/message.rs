//! Messages of conversations, and the history that goes along with a prompt.

mod owned;
mod removal;

pub use owned::{newest, page, read};
pub use removal::{remove, remove_all};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, TransactWriteItem};
use domain::limits::ANSWER_TOKENS_DEFAULT;
use domain::{ConversationId, Error, MessageId, Result, UpstreamId, UserId};
use serde::{Deserialize, Serialize, Serializer};

use crate::Table;
use crate::failure::{condition_of_update, unexpected};
use crate::keys::{Key, Place, message_partition};
use crate::list::{List, Listed};
use crate::read::entity;
use crate::values::{n, s};

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
    /// What the model was asked to be like in that turn.
    #[serde(default, skip_serializing_if = "Options::are_usual")]
    pub options: Options,
    /// Whether an administrator took it out of its person's sight.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Of an answer: the upstream keys that were asked for it, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<Hop>,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// When it was last hidden or shown again, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub updated: Option<i64>,
}

/// An upstream key that was asked for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Which.
    #[serde(rename = "k")]
    pub key: UpstreamId,
    /// Why it failed, for the administrator; the last one did not, or only after its first words.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Milliseconds until it failed or began to answer.
    #[serde(rename = "m")]
    pub millis: u64,
}

/// The options of a turn. Who left some out got what upstreams take when they are told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// How far the answer may stray, 0 to 2.
    #[serde(rename = "t", serialize_with = "rounded")]
    pub temperature: f64,
    /// Discourages what came before, -2 to 2.
    #[serde(rename = "p", serialize_with = "rounded")]
    pub presence_penalty: f64,
    /// Discourages what came often, -2 to 2.
    #[serde(rename = "f", serialize_with = "rounded")]
    pub frequency_penalty: f64,
    /// Most tokens of the answer.
    #[serde(rename = "m")]
    pub max_tokens: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { temperature: 1.0, presence_penalty: 0.0, frequency_penalty: 0.0, max_tokens: ANSWER_TOKENS_DEFAULT }
    }
}

impl Options {
    fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// To four decimals: the table refuses numbers below 10^-130, and a refused message would leave its turn unpaid.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "so that it fits `serialize_with`")]
fn rounded<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    // Adding 0 makes a negative 0 a plain one.
    serializer.serialize_f64((number * 10_000.0).round() / 10_000.0 + 0.0)
}

/// The newest messages of a conversation, newest first. Hidden ones among them are left out, and nothing older comes in
/// their place.
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
    let messages: Result<Vec<Message>, _> =
        serde_dynamo::aws_sdk_dynamodb_1::from_items(page.items.unwrap_or_default());
    let mut messages = messages.map_err(Error::internal)?;
    messages.retain(|message| !message.hidden);
    Ok(messages)
}

/// Hides a message from its person or shows it again, at `now` (milliseconds), and returns it as it is then; `None` when
/// it was deleted meanwhile.
///
/// # Errors
/// When the table cannot be written.
pub async fn hide(table: &Table, listed: &Listed, hidden: bool, now: i64) -> Result<Option<Message>> {
    let update = table
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(listed.key.attributes()))
        .update_expression("SET #hidden = :hidden, updated = :now")
        .condition_expression("attribute_exists(pk)")
        // A reserved word.
        .expression_attribute_names("#hidden", "hidden")
        .expression_attribute_values(":hidden", AttributeValue::Bool(hidden))
        .expression_attribute_values(":now", n(now))
        .return_values(ReturnValue::AllNew);
    match update.send().await {
        Ok(done) => done.attributes.map(entity).transpose(),
        Err(error) => condition_of_update(error).map(|_| None),
    }
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
