//! `PUT /api/admin/token` and `PUT /api/admin/aikey`: changes an upstream key; what the form leaves out stays.

use domain::secret::check_stays;
use domain::{Error, Result, UpstreamId};
use serde_json::json;
use table::site::{self, Site};
use table::upstream_key::{self, Asked, Health, UpstreamKey};
use web::{Call, Reply};

use crate::form::{self, Form};
use crate::metered::Costs;
use crate::{App, metered, models, view};

/// Looks at a row that keeps changing before the request is given back.
const LOOKS_MAX: usize = 5;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (administrator, (mut site, costs)) = call.administrator_and(metered::load(&app.base.table)).await?;
    let fields = call.fields()?;
    let (id, form) = (fields.required_id("id")?, Form::parse(&fields)?);
    if let Some(host) = form.host.as_deref().filter(|host| is_new(host, id, &site)) {
        app.keyring.check_address(host).await?;
    }
    let audit = call.audit(&administrator)?;
    let mut told = None;
    for _ in 0..LOOKS_MAX {
        let stored = site.upstreams.iter().find(|key| key.id == id).ok_or_else(Error::absent)?;
        let (mut wanted, health) = change(app, &form, stored, (&site, &costs), call.began())?;
        // A row that lists none and is sent back as it was shown stays what it is. Nothing is asked twice.
        if wanted.models.is_empty() && !stored.models.is_empty() {
            if told.is_none() {
                told = models::missing(app, &wanted).await?;
            }
            wanted.models = told.clone().unwrap_or_default();
        }
        let asked = Asked { audit: &audit, is_waiting: view::is_waiting(&site, stored, call.began()) };
        if let Some(key) = upstream_key::edit(&app.base.table, stored, wanted, health.as_ref(), asked).await? {
            let health = health.as_ref().or_else(|| site.health.get(&id));
            let row = view::row(&key, health, costs.of(id), &app.base.zone, call.began());
            return Reply::new(
                models::message(told.as_ref()),
                &json!([models::with_unpriced(row, &key, &site.settings), false]),
            );
        }
        site = site::load_now(&app.base.table).await?;
    }
    Err(Error::Conflict("操作冲突，请重试"))
}

fn is_new(host: &str, id: UpstreamId, site: &Site) -> bool {
    !site.upstreams.iter().any(|key| key.id == id && key.host == host)
}

/// The row as the form wants it. A key that is switched on, or asked elsewhere or with another secret, starts anew: what
/// stopped it is forgotten, and so is what was known of its health.
fn change(
    app: &App,
    form: &Form,
    stored: &UpstreamKey,
    (site, costs): (&Site, &Costs),
    now: i64,
) -> Result<(UpstreamKey, Option<Health>)> {
    let mut key = UpstreamKey { updated: now, ..stored.clone() };
    key.host = form.host.clone().unwrap_or(key.host);
    if let Some(sent) = form.key.as_deref().filter(|sent| !form::is_mask_of(sent, stored)) {
        let secret = form::secret(sent)?;
        key.sealed = app.keyring.seal(key.id, &secret)?;
        key.mask = upstream_key::mask(&secret);
    } else {
        check_stays(&stored.host, &key.host)?;
    }
    key.kind = form.kind.unwrap_or(key.kind);
    key.models = form.models.clone().unwrap_or(key.models);
    key.enabled = form.enabled.unwrap_or(key.enabled);
    key.watched = form.watched.unwrap_or(key.watched);
    key.weight = form.weight.unwrap_or(key.weight);
    key.rpm = form.rpm.map_or(key.rpm, |rpm| Some(rpm).filter(|rpm| *rpm > 0));
    key.remarks = form.remarks.clone().unwrap_or(key.remarks);
    let is_another = key.host != stored.host || key.sealed != stored.sealed || key.kind != stored.kind;
    if is_another {
        (key.limit, key.usage, key.checked) = (0, 0, None);
        key.metered_before = costs.of(key.id);
    }
    if !is_another && form.enabled != Some(true) {
        return Ok((key, None));
    }
    key.stopped = None;
    let health = app.keyring.fresh_health(site, key.id);
    Ok((key, Some(health)))
}
