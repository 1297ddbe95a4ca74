//! The site's settings as they are stored: each an item of its own, so that two administrators who set different ones
//! never undo each other. Of two who set the same one at once, the later one counts, with all that they set.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::Result;
use domain::settings::Definition;
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
    /// Its value.
    pub value: String,
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

/// Sets all of these or none. What is set so already stays as it is.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn change(table: &Table, values: &[(&'static Definition, String)], audit: &Audit) -> Result<()> {
    for attempt in 0..TRIES_MAX {
        let stored = all(table).await?;
        let other = values.iter().filter_map(|(definition, value)| {
            let stored = stored.iter().find(|(known, _)| known.name == definition.name);
            let before = stored.and_then(|(_, stored)| stored.as_ref()).map(|stored| stored.value.as_str());
            (before != Some(value)).then_some(Edit { name: definition.name, before, after: value })
        });
        let edits: Vec<Edit<'_>> = other.collect();
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
}

impl Edit<'_> {
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
        change.action(table)
    }
}

fn note(edits: &[Edit<'_>]) -> Note {
    let target = match edits {
        [one] => format!("setting {}", one.name),
        _ => "settings".to_owned(),
    };
    Note::of(target, edits.iter().map(|edit| (edit.name, json!(edit.before), json!(edit.after))))
}
