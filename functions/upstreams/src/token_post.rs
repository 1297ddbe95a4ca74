//! `POST /api/admin/token` and `POST /api/admin/aikey`: a new upstream key.

use domain::{Error, Result, UpstreamId};
use table::site;
use table::upstream_key::{self, KEYS_MAX, UpstreamKey};
use web::{Call, Reply};

use crate::form::{self, Form};
use crate::{App, models, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (administrator, site) = call.administrator_and(site::load_now(&app.base.table)).await?;
    let mut key = key(app, Form::parse(&call.fields()?)?, call.began())?;
    // Two at once can make one more: the limit is about the size of the list, not about a number.
    if site.upstreams.len() >= KEYS_MAX {
        return Err(Error::refused("密钥数量已达上限200个，请先删除不用的密钥"));
    }
    app.keyring.check_address(&key.host).await?;
    let told = models::missing(app, &key).await?;
    let message = models::message(told.as_ref());
    key.models = told.unwrap_or(key.models);
    upstream_key::create(&app.base.table, &key, Some(&call.audit(&administrator)?)).await?;
    let row = view::row(&key, None, 0, &app.base.zone, call.began());
    Reply::new(message, &models::with_unpriced(row, &key, &site.settings))
}

fn key(app: &App, form: Form, now: i64) -> Result<UpstreamKey> {
    let host = form.host.ok_or(Error::missing())?;
    let sent = form.key.ok_or(Error::missing())?;
    let secret = form::secret(&sent)?;
    let id = UpstreamId::draw(now)?;
    Ok(UpstreamKey {
        id,
        kind: form.kind.unwrap_or_default(),
        host,
        sealed: app.keyring.seal(id, &secret)?,
        mask: upstream_key::mask(&secret),
        models: form.models.unwrap_or_default(),
        enabled: form.enabled.unwrap_or(true),
        watched: form.watched.unwrap_or(true),
        weight: form.weight.unwrap_or(1),
        rpm: form.rpm.filter(|rpm| *rpm > 0),
        remarks: form.remarks.unwrap_or_default(),
        stopped: None,
        limit: 0,
        usage: 0,
        metered_before: 0,
        checked: None,
        created: now,
        updated: now,
        revision: 1,
    })
}
