//! Upstream keys, what is known of their health, and the order to check them all.
//!
//! A key's row changes only by [`store`], which fails when the row has changed since it was read: two administrators, a
//! check and a chat that stops a key never undo each other. The health of a key is an item of its own, because chats
//! write it; it changes with a key's standing, not with each chat.

mod checks;
pub mod costs;
mod health;

pub use checks::{Found, end_check, order_check, record_check};
pub use domain::mask;
pub use health::{Health, clear_health, store_health};

pub(crate) use checks::{CHECK, Order};

use aws_sdk_dynamodb::types::TransactWriteItem;
use aws_sdk_dynamodb::types::builders::DeleteBuilder;
use domain::model::is_openai_picture;
use domain::{Error, Remark, Result, UpstreamId, nonce};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Table;
use crate::audit::{Audit, Note, Shown as _};
use crate::failure::{Cancelled, pause, still_busy, unexpected};
use crate::keys::Key;
use crate::values::n;
use crate::write::{delete, put};

/// Most keys that a site has: they are read with the settings, and drawn from at each chat.
pub const KEYS_MAX: usize = 200;
/// Largest share of the load.
pub const WEIGHT_MAX: u32 = 100;
/// Tries of a write that only others' writes stand in the way of.
const TRIES_MAX: u32 = 5;

/// What a key is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Chat with OpenAI and what is compatible with it.
    #[default]
    #[serde(rename = "openai-chat")]
    OpenAiChat,
    /// Pictures by OpenAI and what is compatible with it.
    #[serde(rename = "openai-draw")]
    OpenAiDraw,
    /// Pictures by Stability.
    #[serde(rename = "stability-draw")]
    StabilityDraw,
    /// Pictures by stablediffusionapi.com.
    #[serde(rename = "stablediffusion-draw")]
    StableDiffusionDraw,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::OpenAiChat, Self::OpenAiDraw, Self::StabilityDraw, Self::StableDiffusionDraw];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai-chat",
            Self::OpenAiDraw => "openai-draw",
            Self::StabilityDraw => "stability-draw",
            Self::StableDiffusionDraw => "stablediffusion-draw",
        }
    }

    /// The kind of this name. Front ends that know two kinds name them by their providers alone.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "openai" => Some(Self::OpenAiChat),
            "stability" => Some(Self::StabilityDraw),
            _ => Self::ALL.into_iter().find(|kind| kind.name() == name),
        }
    }
}

/// An upstream key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UpstreamKey {
    /// The id.
    pub id: UpstreamId,
    /// What it is for.
    #[serde(default)]
    pub kind: Kind,
    /// The base address of its server.
    pub host: String,
    /// The secret, sealed with the id as associated data.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
    /// What administrators see of the secret.
    #[serde(default)]
    pub mask: String,
    /// Models that it serves: names, or beginnings of names with a `*` behind.
    pub models: Vec<String>,
    /// Whether the administrator lets it be used.
    pub enabled: bool,
    /// Whether it is checked with all others, from time to time and when an administrator asks for it.
    #[serde(default = "usually", skip_serializing_if = "is_usual")]
    pub watched: bool,
    /// Its share of the load among keys that serve the same model.
    #[serde(default = "usual_weight")]
    pub weight: u32,
    /// The most requests a minute that one function instance sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<u32>,
    /// The administrator's note.
    #[serde(default)]
    pub remarks: Remark,
    /// Why it is not used until it was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// What it may spend in all, in millionths of a dollar; 0 when its provider does not tell.
    #[serde(default)]
    pub limit: i64,
    /// What it has spent, in millionths of a dollar; 0 when its provider does not tell.
    #[serde(default)]
    pub usage: i64,
    /// What its meter showed when it got its present host, secret and kind, in millionths of a dollar.
    #[serde(default)]
    pub metered_before: i64,
    /// When it was last checked, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<i64>,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// When an administrator last changed it, or a chat stopped it; 0: never.
    #[serde(default)]
    pub updated: i64,
    /// Raised by each change of the row.
    #[serde(default)]
    pub revision: i64,
}

/// Why and since when a key is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// What the administrator reads.
    pub reason: String,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
}

fn usual_weight() -> u32 {
    1
}

const fn usually() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "so that serde can call it")]
const fn is_usual(watched: &bool) -> bool {
    *watched
}

impl UpstreamKey {
    /// Whether it may be asked at all.
    pub fn is_usable(&self) -> bool {
        self.enabled && self.stopped.is_none()
    }

    /// What it has spent, in millionths of a dollar: what its provider told at the last check, else our own estimate.
    /// `metered` is the sum of its [meter](crate::meter::Meter::spent_by). Stability tells what is left alone.
    pub fn spent(&self, metered: i64) -> i64 {
        let is_told = self.kind != Kind::StabilityDraw && (self.limit != 0 || self.usage != 0);
        if is_told { self.usage } else { metered.saturating_sub(self.metered_before).max(0) }
    }

    /// Whether it lists this model. Front ends that know no lists of models leave them out: their keys serve GPT.
    pub fn lists(&self, model: &str) -> bool {
        let is_meant = |listed: &String| match listed.strip_suffix('*') {
            Some(beginning) => model.starts_with(beginning),
            None => listed == model,
        };
        if self.models.is_empty() { model.starts_with("gpt-") } else { self.models.iter().any(is_meant) }
    }

    /// Whether it may be asked to chat with this model.
    pub fn chats_with(&self, model: &str) -> bool {
        self.kind == Kind::OpenAiChat && self.is_usable() && self.lists(model)
    }

    /// Whether it may be asked to draw as keys of this kind do. Front ends that know no kinds name OpenAI's models for
    /// pictures among the models of a key.
    pub fn draws_as(&self, kind: Kind) -> bool {
        let names_pictures = || kind == Kind::OpenAiDraw && self.models.iter().any(|model| is_openai_picture(model));
        self.is_usable() && kind != Kind::OpenAiChat && (self.kind == kind || names_pictures())
    }
}

/// Stores a new key; `audit` is the request of the administrator who makes it, if one does. Safe to repeat: what an earlier
/// try of the same call stored counts.
///
/// # Errors
/// When the table cannot be written.
pub async fn create(table: &Table, key: &UpstreamKey, audit: Option<&Audit>) -> Result<()> {
    let id = Key::upstream(key.id);
    let mut actions = vec![table.put_new(&id, key, &[])?];
    if let Some(audit) = audit {
        actions.extend(audit.record(table, &Note::made(key), None)?);
    }
    for attempt in 0..TRIES_MAX {
        match table.transact(actions.clone(), None).await {
            Ok(()) => return Ok(()),
            Err(Cancelled::Condition(_)) => {
                let stored: Option<UpstreamKey> = read(table, &id).await?;
                let ours = stored.is_some_and(|stored| stored.sealed == key.sealed);
                return if ours { Ok(()) } else { Err(Error::internal("an id of an upstream key came twice")) };
            }
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("storing an upstream key"))
}

/// Stores a key as changed since it was read, and with it what is now known of its health; `None` when the row has
/// changed or gone meanwhile.
///
/// # Errors
/// When the table cannot be written.
pub async fn store(table: &Table, key: UpstreamKey, health: Option<&Health>) -> Result<Option<UpstreamKey>> {
    replace(table, key, health, None).await
}

/// What an administrator asks for about a key.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The request.
    pub audit: &'a Audit,
    /// Whether the key waits at present, which ends when its health is forgotten.
    pub is_waiting: bool,
}

/// As [`store`], for an administrator, whose record tells what differs and whether the key waits no longer. What changes
/// nothing is not written.
///
/// # Errors
/// When the table cannot be written.
pub async fn edit(
    table: &Table,
    before: &UpstreamKey,
    key: UpstreamKey,
    health: Option<&Health>,
    asked: Asked<'_>,
) -> Result<Option<UpstreamKey>> {
    let ends_waiting = asked.is_waiting && health.is_some();
    let waits = || ends_waiting.then(|| Note::of(key.target(), [("waiting", json!(1), json!(0))]));
    let note = Note::changed(before, &key).or_else(waits);
    if note.is_none() && health.is_none() && key.checked == before.checked {
        return Ok(Some(before.clone()));
    }
    replace(table, key, health, note.map(|note| (asked.audit, note))).await
}

async fn replace(
    table: &Table,
    key: UpstreamKey,
    health: Option<&Health>,
    record: Option<(&Audit, Note)>,
) -> Result<Option<UpstreamKey>> {
    let key = UpstreamKey { revision: key.revision + 1, ..key };
    let over = table.put_over(&Key::upstream(key.id), &key)?;
    let over = match key.revision - 1 {
        // Rows of the first version have none.
        0 => over.condition_expression("attribute_exists(pk) AND attribute_not_exists(revision)"),
        seen => over.condition_expression("revision = :seen").expression_attribute_values(":seen", n(seen)),
    };
    let mut actions = vec![put(over)?];
    if let Some(health) = health {
        actions.push(health.put(table, key.id)?);
    }
    if let Some((audit, note)) = record {
        actions.extend(audit.record(table, &note, None)?);
    }
    commit(table, actions, "storing an upstream key").await.map(|done| done.then_some(key))
}

/// Stops a key, unless its row has changed since it was read. Returns whether it did.
///
/// # Errors
/// When the table cannot be written.
pub async fn stop(table: &Table, key: &UpstreamKey, reason: &str, now: i64) -> Result<bool> {
    let stopped = Some(Stopped { reason: reason.to_owned(), at: now });
    let key = UpstreamKey { stopped, updated: now, ..key.clone() };
    Ok(store(table, key, None).await?.is_some())
}

/// Deletes a key and what is known of its health. Returns whether it was there.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn remove(table: &Table, id: UpstreamId, audit: &Audit) -> Result<bool> {
    for attempt in 0..TRIES_MAX {
        let Some(there) = read(table, &Key::upstream(id)).await? else { return Ok(false) };
        let key = at_revision(table.remove(&Key::upstream(id)), there.revision);
        let mut actions = vec![delete(key)?, delete(table.remove(&Key::health(id)))?];
        actions.extend(audit.record(table, &Note::gone(&there), None)?);
        if commit(table, actions, "deleting an upstream key").await? {
            return Ok(true);
        }
        // A chat stopped it meanwhile, or somebody changed or deleted it.
        pause(attempt).await;
    }
    Err(still_busy("deleting an upstream key"))
}

/// On the condition that a row is at this revision.
fn at_revision(delete: DeleteBuilder, revision: i64) -> DeleteBuilder {
    match revision {
        // Rows of the first version have none.
        0 => delete.condition_expression("attribute_exists(pk) AND attribute_not_exists(revision)"),
        seen => delete.condition_expression("revision = :seen").expression_attribute_values(":seen", n(seen)),
    }
}

/// Does all actions, and all tries are one; false when the condition of the first did not hold.
async fn commit(table: &Table, actions: Vec<TransactWriteItem>, what: &'static str) -> Result<bool> {
    let token = nonce()?;
    for attempt in 0..TRIES_MAX {
        match table.transact(actions.clone(), Some(&token)).await {
            Ok(()) => return Ok(true),
            Err(Cancelled::Condition(_)) => return Ok(false),
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy(what))
}

async fn read(table: &Table, key: &Key) -> Result<Option<UpstreamKey>> {
    let read = table.client.get_item().table_name(&table.name).set_key(Some(key.attributes())).consistent_read(true);
    read.send().await.map_err(unexpected)?.item.map(crate::read::entity).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_by_their_stored_names() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
        assert_eq!(
            [Kind::parse("openai"), Kind::parse("stability")],
            [Some(Kind::OpenAiChat), Some(Kind::StabilityDraw)]
        );
        assert_eq!([Kind::parse("midjourney"), Kind::parse("")], [None; 2]);
    }

    #[test]
    fn models_are_listed_exactly_or_by_their_beginning() {
        let key = |models: &[&str]| -> UpstreamKey {
            let models: Vec<&str> = models.to_vec();
            let row = serde_json::json!({
                "id": "1", "host": "", "sealed": [], "models": models, "enabled": true, "remarks": "", "created": 0,
            });
            serde_json::from_value(row).unwrap()
        };
        let exact = key(&["gpt-4", "claude-*"]);
        assert!(exact.lists("gpt-4") && exact.lists("claude-3-haiku") && exact.chats_with("gpt-4"));
        assert!(!exact.lists("gpt-4o") && !exact.lists("GPT-4") && !exact.lists("claude"));
        let none = key(&[]);
        assert!(none.lists("gpt-4o") && !none.lists("claude-3-haiku") && !none.lists("gpt4"));
        assert!(key(&["*"]).lists("anything"));
        assert_eq!((none.kind, none.weight, none.revision), (Kind::OpenAiChat, 1, 0));
        let draws = |key: &UpstreamKey| Kind::ALL.map(|kind| key.draws_as(kind));
        assert_eq!(draws(&key(&["gpt-4", "dall-e-3"])), [false, true, false, false]);
        assert_eq!(draws(&exact), [false; 4]);
        let stability = UpstreamKey { kind: Kind::StabilityDraw, ..key(&["*"]) };
        assert_eq!((draws(&stability), stability.chats_with("gpt-4")), ([false, false, true, false], false));
        let stopped = UpstreamKey { stopped: Some(Stopped { reason: String::new(), at: 1 }), ..exact };
        assert!(!stopped.chats_with("gpt-4"));
        // A provider that told a limit told a usage too, even of nothing.
        let told =
            |kind, limit, usage| UpstreamKey { kind, limit, usage, metered_before: 5, ..stopped.clone() }.spent(7);
        assert_eq!(
            [told(Kind::OpenAiChat, 9, 0), told(Kind::OpenAiChat, 9, 3), told(Kind::OpenAiChat, 0, 0)],
            [0, 3, 2]
        );
        assert_eq!((told(Kind::StabilityDraw, 9, 0), stopped.spent(4), none.spent(7)), (2, 4, 7));
    }
}
