//! `POST /api/admin/token/check` and `POST /api/admin/aikey/check`: asks the provider whether a key works and what is left
//! of its money; for all keys the janitor does so within the next minutes.

use domain::{Error, Result, UpstreamId};
use serde_json::{Value, json};
use table::audit::Audit;
use table::site::{self, Site};
use table::upstream_key::{self, Asked};
use web::{Call, Fields, Reply};

use crate::form::{is_mask_of, kind, secret};
use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (administrator, site) = call.administrator_and(site::load_now(&app.base.table)).await?;
    let (fields, audit) = (call.fields()?, call.audit(&administrator)?);
    if fields.flag("all")? == Some(true) {
        upstream_key::order_check(&app.base.table, app.base.clock.millis(), &audit).await?;
        return Reply::message("提交成功");
    }
    match stored(&fields, &site)? {
        Some(id) => check_stored(app, &site, id, &audit).await,
        None => check_new(app, &fields).await,
    }
}

/// The key that is meant: by its id, or by its host and the mask of its secret.
fn stored(fields: &Fields, site: &Site) -> Result<Option<UpstreamId>> {
    if let Some(id) = fields.id("id")? {
        return Ok(Some(id));
    }
    let (host, key) = (fields.required("host")?, fields.required("key")?);
    let meant = site.upstreams.iter().find(|row| row.host == host.trim() && is_mask_of(key.trim(), row));
    Ok(meant.map(|row| row.id))
}

async fn check_stored(app: &App, site: &Site, id: UpstreamId, audit: &Audit) -> Result<Reply> {
    let key = site.upstreams.iter().find(|key| key.id == id).ok_or_else(Error::absent)?;
    let (found, reason) = app.keyring.check(key, site, true).await;
    let now = app.base.clock.millis();
    let by = Some(Asked { audit, is_waiting: view::is_waiting(site, key, now) });
    let row = upstream_key::record_check(&app.base.table, key, &found, now, by).await?.ok_or_else(Error::absent)?;
    Reply::data(&outcome(reason, view::dollars(row.limit), view::dollars(row.usage)))
}

async fn check_new(app: &App, fields: &Fields) -> Result<Reply> {
    let (host, key) = (fields.required("host")?, fields.required("key")?);
    let (host, secret) = (host.trim(), secret(key.trim())?);
    app.keyring.check_address(host).await?;
    let (reason, money) = match app.keyring.check_secret(kind(fields)?.unwrap_or_default(), host, secret).await {
        Ok(money) => (None, money.unwrap_or((0, 0))),
        Err(reason) => (Some(reason), (0, 0)),
    };
    Reply::data(&outcome(reason, view::dollars(money.0), view::dollars(money.1)))
}

fn outcome(reason: Option<String>, limit: f64, usage: f64) -> Value {
    let status = i32::from(reason.is_none());
    json!({"status": status, "hard_limit_usd": limit, "total_usage": usage, "reason": reason.unwrap_or_default()})
}
