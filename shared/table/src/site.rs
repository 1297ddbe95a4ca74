//! What the administrator sets for the whole site: settings and upstream keys, one small partition.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::limits::SITE_CACHE_MILLIS;
use domain::{Error, Result, Settings};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::failure::{Item, unexpected};
use crate::keys::{Key, SETTING_PREFIX, SITE_PARTITION, UPSTREAM_PREFIX};
use crate::values::s;

/// An upstream key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UpstreamKey {
    /// The id.
    pub id: String,
    /// The base address of its server.
    pub host: String,
    /// The secret, sealed with the id as associated data.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
    /// Models that it serves, exactly as named.
    pub models: Vec<String>,
    /// Whether it may be used.
    pub enabled: bool,
    /// The administrator's note.
    pub remarks: String,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
}

/// Settings and upstream keys as of one reading.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The settings, defaults filled in.
    pub settings: Settings,
    /// All upstream keys, by id.
    pub upstreams: Vec<UpstreamKey>,
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
        let site = Arc::new(load(table).await?);
        *self.slot() = Some((now, Arc::clone(&site)));
        Ok(site)
    }

    fn slot(&self) -> MutexGuard<'_, Option<(i64, Arc<Site>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the whole partition.
///
/// # Errors
/// When the table cannot be read.
pub async fn load(table: &Table) -> Result<Site> {
    let mut site = Site::default();
    let mut pages = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :site")
        .expression_attribute_values(":site", s(SITE_PARTITION))
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
    if let Some(name) = text("sk").strip_prefix(SETTING_PREFIX) {
        site.settings.apply(name, text("value"));
    } else if text("sk").starts_with(UPSTREAM_PREFIX) {
        site.upstreams.push(serde_dynamo::aws_sdk_dynamodb_1::from_item(item).map_err(Error::internal)?);
    }
    Ok(())
}

/// Stores one setting.
///
/// # Errors
/// When the table cannot be written.
pub async fn put_setting(table: &Table, name: &str, value: &str) -> Result<()> {
    table.put(&Key::setting(name), &Setting { value }).await
}

#[derive(Serialize)]
struct Setting<'a> {
    value: &'a str,
}

/// Stores an upstream key in place of any old one with its id.
///
/// # Errors
/// When the table cannot be written.
pub async fn put_upstream(table: &Table, key: &UpstreamKey) -> Result<()> {
    table.put(&Key::upstream(&key.id), key).await
}
