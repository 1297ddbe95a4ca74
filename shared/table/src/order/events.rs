//! What happened to an order, for the administrator who wonders. State changes write their event in their transaction;
//! what others can bring about, such as forged notifications, is kept up to a number.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::limits::ODD_EVENTS_MAX;
use domain::{Error, EventId, OrderId, Result, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Table;
use crate::audit::{Audit, Note};
use crate::keys::{EVENT_PREFIX, Key, order_partition};
use crate::read::entity;
use crate::values::{n, s};
use crate::write::{Change, Committed};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The id.
    pub id: EventId,
    /// What kind of thing.
    pub kind: EventKind,
    /// What the administrator reads.
    pub text: String,
    /// What a notification said, as it came, cut to some length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The administrator who brought it about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
}

/// Kinds of events. Their words are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// The provider did not, or nobody knows.
    Failed,
    /// The provider told something that changes nothing.
    Notified,
    /// A notification that must not be believed, or money that does not fit.
    Odd,
    /// We asked the provider.
    Asked,
    /// The order was closed.
    Closed,
}

impl Event {
    /// An event at `now` (milliseconds since the Unix epoch).
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(kind: EventKind, text: impl Into<String>, now: i64) -> Result<Self> {
        Ok(Self { id: EventId::draw(now)?, kind, text: text.into(), raw: None, by: None, at: now })
    }
}

/// The events of an order, oldest first.
///
/// # Errors
/// When the table cannot be read.
pub async fn events(table: &Table, order: OrderId) -> Result<Vec<Event>> {
    table.partition(&order_partition(order), Some(EVENT_PREFIX)).await?.into_iter().map(entity).collect()
}

/// Keeps an event that comes with a state.
pub(super) fn put_event(table: &Table, order: OrderId, event: &Event) -> Result<TransactWriteItem> {
    table.put_new(&Key::order_event(order, event.id), event, &[])
}

/// Keeps an event of the order's own course.
///
/// # Errors
/// When the table cannot be written.
pub async fn note(table: &Table, order: OrderId, event: &Event) -> Result<()> {
    table.put(&Key::order_event(order, event.id), event).await
}

/// Who brought an event about: what one can bring about never crowds out the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// Anybody who knows the order's number.
    Stranger,
    /// The provider.
    Verified,
}

impl Noted {
    /// The attribute that counts such events.
    const fn counter(self) -> &'static str {
        match self {
            Self::Stranger => "strange",
            Self::Verified => "odd",
        }
    }

    /// The attribute with what the last of them said.
    const fn last(self) -> &'static str {
        match self {
            Self::Stranger => "last_strange",
            Self::Verified => "last_odd",
        }
    }
}

/// Keeps an event that others bring about, unless there are many already, or the last one says the same. Returns whether
/// it did.
///
/// # Errors
/// When the table cannot be written.
pub async fn note_some(table: &Table, order: OrderId, noted: Noted, event: &Event) -> Result<bool> {
    let counts = Change::of(&Key::order(order))
        .add("#counter :one")
        .set("#last = :text")
        .when("attribute_exists(pk) AND (attribute_not_exists(#counter) OR #counter < :most)")
        .when("(attribute_not_exists(#last) OR #last <> :text)")
        .name("#counter", noted.counter())
        .name("#last", noted.last())
        .value(":one", n(1))
        .value(":text", s(&event.text))
        .value(":most", n(ODD_EVENTS_MAX));
    let actions = vec![counts.action(table)?, put_event(table, order, event)?];
    Ok(table.commit(actions, "keeping an event of an order").await? == Committed::Done)
}

/// Keeps an event that an administrator brought about, with the record of it.
///
/// # Errors
/// When the table cannot be written.
pub async fn note_asked(table: &Table, order: OrderId, event: &Event, audit: &Audit) -> Result<()> {
    let note = Note::of(format!("order {order}"), [("event", Value::Null, json!(event.text))]);
    let mut actions = vec![put_event(table, order, event)?];
    actions.extend(audit.record(table, &note, None)?);
    match table.commit(actions, "keeping an event of an order").await? {
        Committed::Done => Ok(()),
        Committed::Not(_) => Err(Error::internal("the id of an event came twice")),
    }
}
