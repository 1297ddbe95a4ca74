//! What the administrator sets for the whole site: settings and upstream keys, one small partition.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::limits::SITE_CACHE_MILLIS;
use domain::{Result, Settings, UpstreamId};

use crate::failure::{Item, unexpected};
use crate::keys::{HEALTH_PREFIX, JOB_PREFIX, SETTING_PREFIX, SITE_PARTITION, UPSTREAM_PREFIX};
use crate::read::entity;
use crate::upstream_key::{Health, UpstreamKey};
use crate::values::s;
use crate::{Table, upstream_key};

/// Settings and upstream keys as of one reading.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The settings, defaults filled in.
    pub settings: Settings,
    /// The settings that are kept sealed, by name.
    pub sealed: BTreeMap<String, Vec<u8>>,
    /// All upstream keys, by id.
    pub upstreams: Vec<UpstreamKey>,
    /// What is known of their health, where anything is.
    pub health: BTreeMap<UpstreamId, Health>,
    /// When an administrator asked for a check of all keys that is not done yet, in milliseconds since the Unix epoch.
    pub check_ordered: Option<i64>,
}

/// What of a name says that a model does not chat. Keys list models of every sort.
const NO_CHAT: [&str; 6] = ["dall-e", "image", "embedding", "moderation", "whisper", "tts"];

impl Site {
    /// The model that answers where nobody chooses one: what the setting names, else the first that a key for chats lists
    /// by its name.
    pub fn completion_model(&self) -> Option<&str> {
        let set = Some(self.settings.completion_model.as_str()).filter(|name| !name.is_empty());
        let is_name = |model: &&str| !model.ends_with('*') && !NO_CHAT.iter().any(|part| model.contains(part));
        let listed = self.upstreams.iter().flat_map(|key| key.models.iter().map(move |model| (key, model.as_str())));
        let mut chatting = listed.filter(|(key, model)| key.chats_with(model)).map(|(_, model)| model);
        set.or_else(|| chatting.find(is_name))
    }
}

/// The site as one function knows it: read again when it is a few seconds old.
#[derive(Debug, Default)]
pub struct CachedSite(Mutex<Option<(i64, Arc<Site>)>>);

impl CachedSite {
    /// The site, at most [`SITE_CACHE_MILLIS`] old at `now` (milliseconds).
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn get(&self, table: &Table, now: i64) -> Result<Arc<Site>> {
        if let Some((read, site)) = &*self.slot()
            && (0..SITE_CACHE_MILLIS).contains(&(now - read))
        {
            return Ok(Arc::clone(site));
        }
        let mut site = load(table).await?;
        let mut slot = self.slot();
        if let Some((_, earlier)) = &*slot {
            // So that the automaton of the prohibited words is built when they change, not at each reading.
            site.settings.keep_words_of(&earlier.settings);
        }
        let site = Arc::new(site);
        *slot = Some((now, Arc::clone(&site)));
        Ok(site)
    }

    fn slot(&self) -> MutexGuard<'_, Option<(i64, Arc<Site>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the whole partition, as it was a moment ago.
///
/// # Errors
/// When the table cannot be read.
pub async fn load(table: &Table) -> Result<Site> {
    read(table, false).await
}

/// Reads the whole partition as it is now: for those who change it, and want to see what they changed.
///
/// # Errors
/// When the table cannot be read.
pub async fn load_now(table: &Table) -> Result<Site> {
    read(table, true).await
}

async fn read(table: &Table, consistent: bool) -> Result<Site> {
    let mut site = Site::default();
    let mut pages = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :site")
        .expression_attribute_values(":site", s(SITE_PARTITION))
        .consistent_read(consistent)
        .into_paginator()
        .items()
        .send();
    while let Some(item) = pages.next().await {
        take_in(&mut site, item.map_err(unexpected)?)?;
    }
    Ok(site)
}

fn take_in(site: &mut Site, item: Item) -> Result<()> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str);
    let sk = text("sk");
    if let Some(name) = sk.strip_prefix(SETTING_PREFIX) {
        site.settings.apply(name, text("value"));
        if let Some(sealed) = item.get("sealed").and_then(|sealed| sealed.as_b().ok()) {
            site.sealed.insert(name.to_owned(), sealed.as_ref().to_vec());
        }
    } else if sk.starts_with(UPSTREAM_PREFIX) {
        site.upstreams.push(entity(item)?);
    } else if let Some(id) = sk.strip_prefix(HEALTH_PREFIX).and_then(UpstreamId::parse) {
        site.health.insert(id, entity(item)?);
    } else if sk.strip_prefix(JOB_PREFIX) == Some(upstream_key::CHECK) {
        site.check_ordered = Some(entity::<upstream_key::Order>(item)?.ordered);
    }
    Ok(())
}
