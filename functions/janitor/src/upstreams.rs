//! Checks of upstream keys: of all of them when an administrator asks for it, of the used ones each day.

use domain::{Error, Result};
use futures_util::future::join_all;
use keyring::Keyring;
use platform::{Keys, StartError};
use serde_json::{Value, json};
use table::site::{self, Site};
use table::upstream_key::{self, UpstreamKey};

use crate::App;

/// Milliseconds of one run in which checks are begun. The next run goes on with what is left.
const WORK_MILLIS: i64 = 20_000;
/// Keys that are checked at once.
const SIDE_BY_SIDE: usize = 8;
/// How often a key in use is checked without being asked for.
const PERIOD_MILLIS: i64 = 24 * 3600 * 1000;

/// Checks what is due. Each result is stored by itself, so a run that dies costs nothing but the checks under way.
///
/// # Errors
/// When the table or the secret cannot be read, or results could not be stored: those keys are still due.
pub(crate) async fn check(app: &App) -> Result<Value> {
    let now = app.clock.millis();
    let site = site::load_now(&app.table).await?;
    let keys = site.upstreams.len();
    if keys > 0 && !site.upstreams.iter().any(UpstreamKey::is_usable) {
        // The alarm counts these lines.
        tracing::error!(stopped_keys = keys, "no upstream key works");
    }
    let due: Vec<&UpstreamKey> = site.upstreams.iter().filter(|key| is_due(key, site.check_ordered, now)).collect();
    if due.is_empty() {
        if let Some(ordered) = site.check_ordered {
            upstream_key::end_check(&app.table, ordered).await?;
        }
        return Ok(json!({"checked": 0, "left": 0}));
    }
    let keyring = keyring(app).await.map_err(Error::internal)?;
    let (until, restarts) = (now + WORK_MILLIS, site.check_ordered.is_some());
    let mut outcomes = Vec::new();
    for few in due.chunks(SIDE_BY_SIDE).take_while(|_| app.clock.millis() < until) {
        outcomes.extend(join_all(few.iter().map(|key| check_one(app, &keyring, &site, key, restarts))).await);
    }
    let mut failed = 0;
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        failed += 1;
        tracing::error!(causes = error.causes(), "the check of an upstream key could not be stored");
    }
    if failed > 0 {
        return Err(Error::Unavailable { source: format!("{failed} checks of upstream keys were not stored").into() });
    }
    Ok(json!({"checked": outcomes.len(), "left": due.len() - outcomes.len()}))
}

async fn keyring(app: &App) -> Result<Keyring, StartError> {
    let sealer = Keys::fetch(&app.outside).await?.sealer()?;
    Keyring::new(&app.outside, app.table.clone(), app.zone.clone(), sealer)
}

/// Keys that are not watched are checked one by one, when an administrator names them. A stopped key is checked only when an administrator asks: that a provider answers to it does not show that it works
/// again.
fn is_due(key: &UpstreamKey, ordered: Option<i64>, now: i64) -> bool {
    let is_asked_for = ordered.is_some_and(|ordered| key.checked.is_none_or(|checked| checked < ordered));
    let is_old = key.checked.unwrap_or(key.created) <= now - PERIOD_MILLIS;
    key.watched && (is_asked_for || (key.is_usable() && is_old))
}

async fn check_one(app: &App, keyring: &Keyring, site: &Site, key: &UpstreamKey, restarts: bool) -> Result<()> {
    let (found, reason) = keyring.check(key, site, restarts).await;
    if let Some(reason) = reason {
        tracing::warn!(key = %key.id, reason, "an upstream key failed its check");
    }
    upstream_key::record_check(&app.table, key, &found, app.clock.millis(), None).await.map(|_| ())
}
