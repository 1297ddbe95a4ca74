//! Messages of conversations, and the history that goes along with a prompt.

mod expiry;
mod owned;
mod removal;

pub use expiry::forget_due;
pub use owned::{count, newest, page, read};
pub use removal::{remove, take_away};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::limits::ANSWER_TOKENS_DEFAULT;
use domain::{ConversationId, Error, MessageId, Result, UpstreamId, UserId};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{Cancelled, pause, still_busy, unexpected};
use crate::keys::{Key, Place, message_partition};
use crate::list::{List, Listed};
use crate::read::entity;
use crate::values::{n, s};
use crate::write::Change;

/// Tries of a write that only others' writes stand in the way of.
const TRIES_MAX: u32 = 8;
const DAY_MILLIS: i64 = 24 * 3600 * 1000;

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
    /// When its person took it out of their own sight, in milliseconds since the Unix epoch; from then on administrators
    /// alone see it, for some time. Of what a program said: when it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<i64>,
    /// Of an answer: the upstream keys that were asked for it, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<Hop>,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// When it was last hidden or shown again, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub updated: Option<i64>,
}

impl Message {
    /// Whether not even administrators may read it at `now` (milliseconds): it was withdrawn `days` ago. The janitor
    /// deletes it soon.
    pub fn is_over(&self, days: u32, now: i64) -> bool {
        self.withdrawn.is_some_and(|at| at.saturating_add(i64::from(days) * DAY_MILLIS) <= now)
    }

    /// Whether its person sees it.
    pub fn is_shown(&self) -> bool {
        !self.hidden && self.withdrawn.is_none()
    }
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

/// The newest messages of a conversation that its person sees, newest first. Others among them are left out, and nothing
/// older comes in their place.
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
    messages.retain(Message::is_shown);
    Ok(messages)
}

/// Hides a message from its person or shows it again, and returns it as it is then; `None` when it was deleted meanwhile.
/// One that is so already stays as it is.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn hide(table: &Table, listed: &Listed, hidden: bool, audit: &Audit) -> Result<Option<Message>> {
    for attempt in 0..TRIES_MAX {
        let there = table.get_all([listed.key.clone()]).await?.remove(&listed.key);
        let Some(message) = there.map(entity::<Message>).transpose()? else { return Ok(None) };
        // Also so when an earlier try did it and its answer was lost.
        if message.hidden == hidden {
            return Ok(Some(message));
        }
        let shown = Note::of(
            format!("message {}", message.id),
            [("status", json!(i32::from(hidden)), json!(i32::from(!hidden)))],
        );
        let mut actions = vec![hides(listed, hidden, audit.at).action(table)?];
        actions.extend(audit.record(table, &shown, None)?);
        match table.transact(actions, None).await {
            Ok(()) => return Ok(Some(Message { hidden, updated: Some(audit.at), ..message })),
            Err(Cancelled::Condition(0) | Cancelled::Busy) => pause(attempt).await,
            // The record is there: an earlier try did it, and others have undone it since.
            Err(Cancelled::Condition(_)) => return Ok(Some(message)),
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("hiding a message"))
}

/// The change of a message that is not so yet.
fn hides(listed: &Listed, hidden: bool, now: i64) -> Change {
    let is_other = if hidden {
        "attribute_exists(pk) AND (attribute_not_exists(#hidden) OR #hidden <> :hidden)"
    } else {
        "#hidden <> :hidden AND attribute_exists(#hidden)"
    };
    Change::of(&listed.key)
        .set("#hidden = :hidden, updated = :now")
        .when(is_other)
        // A reserved word.
        .name("#hidden", "hidden")
        .value(":hidden", AttributeValue::Bool(hidden))
        .value(":now", n(now))
}

/// Where a message stands that was withdrawn at `at` (milliseconds), beside the list of all.
fn withdrawn_places(user: UserId, id: MessageId, at: i64) -> [Place; 2] {
    [Place::withdrawn_message_of(user, id), Place::due_message(user, at.div_euclid(1000))]
}

/// Whether this message is stored.
pub(crate) async fn exists(table: &Table, message: &Message) -> Result<bool> {
    table.has(&Key::message(message.user, &message.conversation, message.id)).await
}

/// Stores a new message, as one action of a transaction.
pub(crate) fn put(table: &Table, message: &Message) -> Result<TransactWriteItem> {
    let key = Key::message(message.user, &message.conversation, message.id);
    let listed = Place::listed(List::MESSAGES, message.id);
    match message.withdrawn {
        None => table.put_new(&key, message, &[listed, Place::message_of(message.user, message.id)]),
        Some(at) => {
            let [kept, due] = withdrawn_places(message.user, message.id, at);
            table.put_new(&key, message, &[listed, kept, due])
        }
    }
}

impl std::fmt::Debug for Message {
    /// Without the text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}
