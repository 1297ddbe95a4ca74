//! What everybody is shown of the site, ready to send, read again when it is a few seconds old.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::limits::SITE_CACHE_MILLIS;
use domain::{Error, Result, Settings};
use futures_util::future::try_join;
use platform::Base;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use table::notice::Notice;
use table::{notice, setting};

use crate::view;

/// The settings that everybody is shown.
const SETTINGS: [&str; 8] = [
    "shop_introduce",
    "user_introduce",
    "invite_introduce",
    "website_title",
    "website_description",
    "website_keywords",
    "website_logo",
    "website_footer",
];

/// It, as this function instance knows it.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Option<(i64, Arc<RawValue>)>>);

impl Shown {
    /// What is shown, at most [`SITE_CACHE_MILLIS`] old at `now` (milliseconds).
    pub(crate) async fn get(&self, base: &Base, now: i64) -> Result<Arc<RawValue>> {
        if let Some((read, shown)) = &*self.slot()
            && (0..SITE_CACHE_MILLIS).contains(&(now - read))
        {
            return Ok(Arc::clone(shown));
        }
        let shown: Arc<RawValue> = to_raw_value(&load(base).await?).map_err(Error::internal)?.into();
        *self.slot() = Some((now, Arc::clone(&shown)));
        Ok(shown)
    }

    /// An administrator has changed it, and wants to see that.
    pub(crate) fn forget(&self) {
        *self.slot() = None;
    }

    fn slot(&self) -> MutexGuard<'_, Option<(i64, Arc<RawValue>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn load(base: &Base) -> Result<Value> {
    let (settings, mut notices) = try_join(setting::all(&base.table), notice::all(&base.table)).await?;
    let (mut shown, mut in_force) = (Map::new(), Settings::default());
    for (definition, stored) in &settings {
        if let Some(stored) = stored {
            in_force.apply(definition.name, &stored.value);
        }
    }
    for (definition, stored) in settings.into_iter().filter(|(definition, _)| SETTINGS.contains(&definition.name)) {
        let value = stored.map_or_else(|| definition.default.to_owned(), |stored| stored.value);
        shown.insert(definition.name.to_owned(), value.into());
    }
    if in_force.challenge.is_on() {
        shown.insert("challenge_site_key".to_owned(), in_force.challenge.site_key.into());
    }
    notices.retain(|notice| notice.enabled);
    // Of notices with one place the newest comes first, as it does in the list of all.
    notices.sort_by_key(|notice| notice.sort);
    let row = |notice: &Notice| view::notice(notice, &base.zone);
    // Roles to talk to, of which there are none yet.
    shown.insert("random_personas".to_owned(), Value::Array(Vec::new()));
    shown.insert("notifications".to_owned(), notices.iter().map(row).collect());
    Ok(Value::Object(shown))
}
