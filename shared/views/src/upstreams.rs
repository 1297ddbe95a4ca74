//! What administrators see of an upstream key.

use domain::Zone;
use serde_json::{Value, json};
use table::site::Site;
use table::upstream_key::{Health, UpstreamKey};
use upstream::pool::State;

const MICROS_PER_DOLLAR: f64 = 1_000_000.0;
/// Shown of keys that were stored before masks were.
const MASK: &str = "********";

/// A row. `status` says whether the key is asked at all; why not, or why not just now, says `reason`. `metered` is what the
/// key has probably cost, in millionths of a dollar.
pub fn row(key: &UpstreamKey, health: Option<&Health>, metered: i64, zone: &Zone, now: i64) -> Value {
    let waiting = health.and_then(|health| waiting(health, now)).filter(|_| key.is_usable());
    let reason = match (&key.stopped, &waiting) {
        (Some(stopped), _) => stopped.reason.as_str(),
        (None, Some(state)) => state.cause.as_str(),
        (None, None) => "",
    };
    json!({
        "id": key.id,
        "host": key.host,
        "key": mask(key),
        "models": key.models.join(","),
        "type": key.kind.name(),
        "check": i32::from(key.watched),
        "weight": key.weight,
        "rpm": key.rpm.unwrap_or(0),
        "remarks": key.remarks.as_str(),
        "status": i32::from(key.is_usable()),
        "reason": reason,
        "stopped_time": key.stopped.as_ref().map(|stopped| zone.text(stopped.at)),
        "waiting_until": waiting.as_ref().map(|state| zone.text(state.until_ms)),
        "limit": dollars(key.limit),
        "usage": dollars(key.spent(metered)),
        "checked_time": key.checked.map(|checked| zone.text(checked)),
        "create_time": zone.text(key.created),
        "update_time": zone.text(key.updated.max(key.created)),
    })
}

/// What is shown of the secret, and comes back from forms that do not change it.
pub fn mask(key: &UpstreamKey) -> &str {
    if key.mask.is_empty() { MASK } else { &key.mask }
}

/// Millionths of a dollar as dollars, a JSON number.
#[expect(clippy::cast_precision_loss, reason = "exact up to nine thousand million dollars")]
pub fn dollars(micros: i64) -> f64 {
    micros as f64 / MICROS_PER_DOLLAR
}

/// Whether a usable key is not asked at present.
pub fn is_waiting(site: &Site, key: &UpstreamKey, now: i64) -> bool {
    key.is_usable() && site.health.get(&key.id).is_some_and(|health| waiting(health, now).is_some())
}

/// The state of a key that is not asked at present.
fn waiting(health: &Health, now: i64) -> Option<State> {
    serde_json::from_str(&health.state).ok().filter(|state: &State| state.until_ms > now)
}
