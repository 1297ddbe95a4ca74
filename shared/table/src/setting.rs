//! The site's settings as they are stored: each an item of its own, so that two administrators who set different ones
//! never undo each other. Of two who set the same one at once, one wins, with all that they set.

use domain::Result;
use domain::settings::Definition;
use serde::Deserialize;

use crate::Table;

use crate::keys::{Key, SETTING_PREFIX, SITE_PARTITION};
use crate::read::entity;
use crate::values::{n, s};
use crate::write::{Change, Committed, VERSION};

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

/// Sets all of these or none.
///
/// # Errors
/// When the table cannot be written.
pub async fn change(table: &Table, values: &[(&'static Definition, String)], now: i64) -> Result<()> {
    let actions = values.iter().map(|(definition, value)| {
        Change::of(&Key::setting(definition.name))
            .set("#value = :value, created = if_not_exists(created, :now), updated = :now, v = :v")
            .name("#value", "value")
            .value(":value", s(value))
            .value(":now", n(now))
            .value(":v", n(VERSION))
            .action(table)
    });
    let actions: Vec<_> = actions.collect::<Result<_>>()?;
    match table.commit(actions, "changing settings").await? {
        Committed::Done => Ok(()),
        Committed::Not(_) => Err(domain::Error::internal("a setting has no condition")),
    }
}
