//! `POST /api/admin/token/check` and `POST /api/admin/aikey/check`: asks the provider whether a key works and what is left
//! of its money; for all keys the janitor does so within the next minutes.

use domain::secret::check_stays;
use domain::{Error, Result};
use serde_json::{Value, json};
use table::audit::Audit;
use table::site::{self, Site};
use table::upstream_key::{self, Asked, Kind, UpstreamKey};
use web::{Call, Fields, Reply};

use crate::form::{self, is_mask_of, kind, secret};
use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (administrator, site) = call.administrator_and(site::load_now(&app.base.table)).await?;
    let (fields, audit) = (call.fields()?, call.audit(&administrator)?);
    if fields.flag("all")? == Some(true) {
        upstream_key::order_check(&app.base.table, app.base.clock.millis(), &audit).await?;
        return Reply::message("提交成功");
    }
    match meant(&fields, &site)? {
        Meant::Stored(key) => check_stored(app, &site, key, &audit).await,
        Meant::New { host, secret } => check_new(app, kind(&fields)?.unwrap_or_default(), &host, &secret).await,
    }
}

/// What is to be checked.
enum Meant<'a> {
    Stored(&'a UpstreamKey),
    New { host: String, secret: String },
}

/// The key that is meant. A stored one is told by its id, or by its host and the mask of its secret, and is asked about at
/// its own host alone.
fn meant<'a>(fields: &Fields, site: &'a Site) -> Result<Meant<'a>> {
    let (host, key) = (fields.word("host").map(|host| form::host(&host)).transpose()?, fields.word("key"));
    if let Some(id) = fields.id("id")? {
        let row = site.upstreams.iter().find(|row| row.id == id).ok_or_else(Error::absent)?;
        return match key.filter(|key| !is_mask_of(key, row)) {
            Some(key) => {
                Ok(Meant::New { host: host.unwrap_or_else(|| row.host.clone()), secret: secret(&key)?.into() })
            }
            None => check_stays(&row.host, host.as_deref().unwrap_or(&row.host)).map(|()| Meant::Stored(row)),
        };
    }
    let (host, key) = (host.ok_or_else(Error::missing)?, key.ok_or_else(Error::missing)?);
    let row = site.upstreams.iter().find(|row| check_stays(&row.host, &host).is_ok() && is_mask_of(&key, row));
    row.map_or_else(|| Ok(Meant::New { secret: secret(&key)?.into(), host }), |row| Ok(Meant::Stored(row)))
}

async fn check_stored(app: &App, site: &Site, key: &UpstreamKey, audit: &Audit) -> Result<Reply> {
    let (found, reason) = app.keyring.check(key, site, true).await;
    let now = app.base.clock.millis();
    let by = Some(Asked { audit, is_waiting: view::is_waiting(site, key, now) });
    let row = upstream_key::record_check(&app.base.table, key, &found, now, by).await?.ok_or_else(Error::absent)?;
    Reply::data(&outcome(reason, view::dollars(row.limit), view::dollars(row.usage)))
}

async fn check_new(app: &App, kind: Kind, host: &str, secret: &str) -> Result<Reply> {
    app.keyring.check_address(host).await?;
    let (reason, money) = match app.keyring.check_secret(kind, host, secret).await {
        Ok(money) => (None, money.unwrap_or((0, 0))),
        Err(reason) => (Some(reason), (0, 0)),
    };
    Reply::data(&outcome(reason, view::dollars(money.0), view::dollars(money.1)))
}

fn outcome(reason: Option<String>, limit: f64, usage: f64) -> Value {
    let status = i32::from(reason.is_none());
    json!({"status": status, "hard_limit_usd": limit, "total_usage": usage, "reason": reason.unwrap_or_default()})
}
