//! `PUT /api/admin/payment`: changes a payment channel; what the form leaves out stays, and so does a secret that is sent
//! back masked. Orders keep the parameters that they were made with.

use domain::{Error, Result};
use payment::Params;
use table::channel::{self, Channel};
use table::shop;
use web::{Call, Reply};

use crate::channel_form::{Form, check_serves, read_params, refusal, shown};
use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (administrator, shop) = call.administrator_and(shop::load(&app.base.table)).await?;
    let fields = call.fields()?;
    let (id, form) = (fields.required_id("id")?, Form::parse(&fields)?);
    let there = shop.channel(id).ok_or_else(Error::absent)?;
    if let Some(params) = params(app, &form, there)? {
        let provider = form.provider.unwrap_or(there.provider);
        params.check_reachable(provider, app.cashier.loopback()).await.map_err(|error| refusal(&error))?;
    }
    let audit = call.audit(&administrator)?;
    let changed = channel::change(&app.base.table, id, &audit, |there| change(app, &form, there, audit.at)).await?;
    Reply::data(&(view::channel(&changed.ok_or_else(Error::absent)?, &app.base.zone), false))
}

fn change(app: &App, form: &Form, there: Channel, now: i64) -> Result<Channel> {
    let params = params(app, form, &there)?;
    let provider = form.provider.unwrap_or(there.provider);
    let mut channel = Channel {
        name: form.name.clone().unwrap_or(there.name),
        provider,
        pay_types: form.pay_types.clone().unwrap_or(there.pay_types),
        sort: form.sort.unwrap_or(there.sort),
        enabled: form.enabled.unwrap_or(there.enabled),
        updated: now,
        ..there
    };
    check_serves(provider, &channel.pay_types)?;
    // What is sent back as it was shown is not sealed anew: it would seem to be another secret.
    if let Some(params) = params.filter(|params| !is_stored(app, &channel, params)) {
        channel.shown = shown(provider, &params);
        channel.sealed = app.cashier.seal(channel.id, &params)?;
    }
    Ok(channel)
}

/// Whether a channel has these very parameters.
fn is_stored(app: &App, channel: &Channel, params: &Params) -> bool {
    app.cashier.params(channel).is_ok_and(|stored| stored == *params)
}

/// The parameters that the form asks for; none when it leaves them as they are.
fn params(app: &App, form: &Form, there: &Channel) -> Result<Option<Params>> {
    let provider = form.provider.unwrap_or(there.provider);
    let Some(sent) = form.params.clone() else {
        // Another provider has other parameters.
        return if provider == there.provider { Ok(None) } else { Err(Error::missing()) };
    };
    // Keys that do not open any more can be typed anew.
    let stored = app.cashier.params(there).ok().filter(|_| provider == there.provider);
    read_params(provider, sent, stored.as_ref(), app.cashier.loopback()).map(Some)
}
