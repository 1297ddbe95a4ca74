//! The site's settings as they are stored: each an item of its own, so that two administrators who set different ones
//! never undo each other. Of two who set the same one at once, the later one counts, with all that they set.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::settings::Definition;
use domain::{Error, Result};
use serde::Deserialize;
use serde_json::json;

use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{Cancelled, pause, still_busy};
use crate::keys::{Key, SETTING_PREFIX, SITE_PARTITION};
use crate::read::entity;
use crate::values::{n, s};
use crate::write::{Change, VERSION};

/// Tries of a write that others' writes stand in the way of.
const TRIES_MAX: u32 = 12;

/// A setting that somebody has set.
#[derive(Clone, Debug, Deserialize)]
pub struct Setting {
    /// Its value; of one that holds secrets, what is shown of it.
    pub value: String,
    /// All of a setting that holds secrets, sealed with its name as associated data.
    #[serde(default, with = "serde_bytes")]
    pub sealed: Option<Vec<u8>>,
    /// When it was first set, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub created: i64,
    /// When it was last set, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub updated: i64,
}

/// All known settings with what is stored of them, in their order; none where the default is in force.
///
/// # Errors
/// When the table cannot be read.
pub async fn all(table: &Table) -> Result<Vec<(&'static Definition, Option<Setting>)>> {
    let mut known: Vec<_> = domain::settings::DEFINITIONS.iter().map(|definition| (definition, None)).collect();
    for item in table.partition(SITE_PARTITION, Some(SETTING_PREFIX)).await? {
        let name = item.get("sk").and_then(|sk| sk.as_s().ok()?.strip_prefix(SETTING_PREFIX));
        let place = known.iter().position(|(definition, _)| name == Some(definition.name));
        if let Some((_, stored)) = place.and_then(|place| known.get_mut(place)) {
            *stored = Some(entity(item)?);
        }
    }
    Ok(known)
}

/// What a setting is to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which.
    pub definition: &'static Definition,
    /// The value; of one that holds secrets, what is shown of it.
    pub value: String,
    /// What becomes of the sealed secrets; none of a setting that holds none.
    pub sealed: Option<Resealed>,
}

/// Sealed secrets, before and after. Neither is there while the setting is empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Resealed {
    /// What the masks of the form stood for.
    pub before: Option<Vec<u8>>,
    /// What is to be there.
    pub after: Option<Vec<u8>>,
}

impl std::fmt::Debug for Resealed {
    /// Without the secrets, sealed as they are.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resealed(***)")
    }
}

/// The name that the secrets of a setting are sealed with.
pub fn seal_name(definition: &Definition) -> String {
    format!("setting {}", definition.name)
}

/// Sets all of these or none. What is set so already stays as it is.
///
/// # Errors
/// [`Error::Conflict`] when somebody has set other secrets than those that the form's masks stood for; when the table
/// cannot be read or written.
pub async fn change(table: &Table, values: &[Wanted], audit: &Audit) -> Result<()> {
    for attempt in 0..TRIES_MAX {
        let stored = all(table).await?;
        let edits: Vec<Edit<'_>> =
            values.iter().filter_map(|wanted| Edit::of(wanted, &stored).transpose()).collect::<Result<_>>()?;
        // Also so when an earlier try did it and its answer was lost.
        if edits.is_empty() {
            return Ok(());
        }
        let mut actions: Vec<_> = edits.iter().map(|edit| edit.action(table, audit.at)).collect::<Result<_>>()?;
        actions.extend(audit.record(table, &note(&edits), None)?);
        match table.transact(actions, None).await {
            Ok(()) => return Ok(()),
            // The record is there: an earlier try did it, and others have set the same ones since.
            Err(Cancelled::Condition(index)) if index >= edits.len() => return Ok(()),
            Err(Cancelled::Condition(_) | Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("changing settings"))
}

/// A setting that gets another value than it has; none is stored of one that nobody has set.
struct Edit<'a> {
    name: &'static str,
    before: Option<&'a str>,
    after: &'a str,
    sealed: Option<&'a Resealed>,
}

impl<'a> Edit<'a> {
    /// What a setting lacks to be as it is wanted; none when it is so already.
    fn of(wanted: &'a Wanted, all: &'a [(&'static Definition, Option<Setting>)]) -> Result<Option<Self>> {
        let name = wanted.definition.name;
        let stored = all.iter().find(|(known, _)| known.name == name).and_then(|(_, stored)| stored.as_ref());
        let (before, sealed) = (stored.map(|stored| stored.value.as_str()), wanted.sealed.as_ref());
        let has = stored.and_then(|stored| stored.sealed.as_ref());
        if before == Some(&wanted.value) && sealed.is_none_or(|sealed| has == sealed.after.as_ref()) {
            return Ok(None);
        }
        if sealed.is_some_and(|sealed| has != sealed.before.as_ref()) {
            return Err(Error::Conflict("操作冲突，请重试"));
        }
        Ok(Some(Self { name, before, after: &wanted.value, sealed }))
    }

    fn action(&self, table: &Table, now: i64) -> Result<TransactWriteItem> {
        let change = Change::of(&Key::setting(self.name))
            .set("#value = :value, created = if_not_exists(created, :now), updated = :now, v = :v")
            .name("#value", "value")
            .value(":value", s(self.after))
            .value(":now", n(now))
            .value(":v", n(VERSION));
        let change = match self.before {
            Some(before) => change.when("#value = :before").value(":before", s(before)),
            None => change.when("attribute_not_exists(pk)"),
        };
        let change = match self.sealed {
            Some(sealed) => reseal(change, sealed),
            None => change,
        };
        change.action(table)
    }
}

/// Exchanges the sealed secrets, while they are those that were read.
fn reseal(change: Change, Resealed { before, after }: &Resealed) -> Change {
    let blob = |bytes: &Vec<u8>| AttributeValue::B(Blob::new(bytes.clone()));
    let change = match before {
        Some(before) => change.when("sealed = :was_sealed").value(":was_sealed", blob(before)),
        None => change.when("attribute_not_exists(sealed)"),
    };
    match after {
        Some(after) => change.set("sealed = :sealed").value(":sealed", blob(after)),
        None => change.remove("sealed"),
    }
}

fn note(edits: &[Edit<'_>]) -> Note {
    let target = match edits {
        [one] => format!("setting {}", one.name),
        _ => "settings".to_owned(),
    };
    Note::of(target, edits.iter().map(|edit| (edit.name, json!(edit.before), json!(edit.after))))
}
