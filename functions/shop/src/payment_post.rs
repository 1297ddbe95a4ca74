//! `POST /api/admin/payment`: a new payment channel, whose parameters are usable.

use domain::limits::CHANNELS_MAX;
use domain::{ChannelId, Error, Result};
use table::channel::{self, Channel};
use table::shop;
use web::{Call, Reply};

use crate::channel_form::{Form, check_serves, read_params, refusal, shown};
use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (administrator, shop) = call.administrator_and(shop::load(&app.base.table)).await?;
    let channel = channel(app, Form::parse(&call.fields()?)?, call.began()).await?;
    // Two at once can make one more: the limit is about the size of what a purchase reads, not about a number.
    if shop.channels.len() >= CHANNELS_MAX {
        return Err(Error::refused("支付渠道数量已达上限30个，请先删除不用的渠道"));
    }
    channel::create(&app.base.table, &channel, &call.audit(&administrator)?).await?;
    Reply::data(&view::channel(&channel, &app.base.zone))
}

async fn channel(app: &App, form: Form, now: i64) -> Result<Channel> {
    let provider = form.provider.ok_or(Error::missing())?;
    let (name, pay_types) = (form.name.ok_or(Error::missing())?, form.pay_types.ok_or(Error::missing())?);
    check_serves(provider, &pay_types)?;
    let loopback = app.cashier.loopback();
    let params = read_params(provider, form.params.ok_or(Error::missing())?, None, loopback)?;
    params.check_reachable(provider, loopback).await.map_err(|error| refusal(&error))?;
    let id = ChannelId::draw(now)?;
    Ok(Channel {
        id,
        name,
        provider,
        pay_types,
        shown: shown(provider, &params),
        sealed: app.cashier.seal(id, &params)?,
        sort: form.sort.unwrap_or(0),
        enabled: form.enabled.unwrap_or(true),
        created: now,
        updated: now,
    })
}
