//! Notifications of the providers. They come from strangers until their signature is found right.

use domain::limits::NOTIFICATION_KEPT_BYTES_MAX;
use domain::{Provider, Result};
use payment::{Rejection, Report, State as Said};
use table::channel::Channel;
use table::order::{Event, EventKind, Noted, Order, Source, State, Whole};
use table::shop;

use crate::settle::{Heard, cut};
use crate::{Cashier, Settled};

/// How long after its creation a closed order is credited by a notification alone when its provider cannot be asked.
const TRUSTED_MILLIS: i64 = 24 * 3600 * 1000;

/// Where signatures stand.
const SIGNATURES: [&str; 2] = ["sign", "hash"];

/// Whether the provider is asked before its word for a payment counts.
fn needs_proof(order: &Order) -> bool {
    order.state == State::Closed || order.state == State::Await && order.doubted
}

const fn heard(asked: bool, raw: &str) -> Heard<'_> {
    Heard { source: Source::Notification, asked, raw: Some(raw) }
}

/// A notification as it came.
#[derive(Debug)]
pub struct Notification<'a> {
    /// At whose address; none at the one that all share.
    pub provider: Option<Provider>,
    /// Names and values, decoded, in the order in which they came; or why they cannot be read.
    pub fields: std::result::Result<&'a [(String, String)], Rejection>,
    /// The text itself.
    pub raw: &'a str,
}

impl Cashier {
    /// Takes a notification about an order, as just read. True when the provider is to be told `success`: it has nothing
    /// more to say.
    ///
    /// The order decides: its channel, keys and merchant, its amount, its buyer and what the product gave when it was
    /// made. Nothing of the notification does.
    ///
    /// # Errors
    /// When the table cannot be read or written: the provider must say it again.
    pub async fn take(&self, whole: &Whole, notification: &Notification<'_>) -> Result<bool> {
        let (order, raw) = (&whole.order, cut(notification.raw, NOTIFICATION_KEPT_BYTES_MAX));
        if notification.provider.is_some_and(|provider| provider != order.provider) {
            let text = "通知地址的支付渠道与订单不符";
            self.keep(order, Noted::Stranger, ("channel", text), Some(raw)).await?;
            return Ok(false);
        }
        let report = match &notification.fields {
            Ok(fields) => self.verified(whole, fields).await?,
            Err(rejection) => Err(rejection.clone()),
        };
        let settled = match report {
            Ok(report) if report.state == Said::Paid && needs_proof(order) => self.late(whole, &report, raw).await?,
            Ok(report) => self.settle(whole, &report, heard(false, raw)).await?,
            Err(rejection) => {
                let text = format!("通知不可信：{rejection}");
                self.keep(order, Noted::Stranger, ("forged", &text), Some(raw)).await?;
                return Ok(false);
            }
        };
        match settled {
            Settled::Credited | Settled::Known | Settled::Ended | Settled::Noted(_) => Ok(true),
            Settled::Odd(_) => Ok(false),
            Settled::Waiting => {
                let mut event = Event::new(EventKind::Notified, "支付平台通知：尚未支付", self.clock.millis())?;
                event.raw = Some(raw.to_owned());
                table::order::note_some(&self.table, order.id, Noted::Verified, &event).await?;
                Ok(true)
            }
        }
    }

    /// A payment of an order that was closed, or whose provider has contradicted itself. The order can be old: its money may
    /// have gone back since, and its keys may be in other hands, so its provider has the last word. Where that cannot be had,
    /// a notification of the first day is believed, unless the provider has said before what speaks against it.
    async fn late(&self, whole: &Whole, report: &Report, raw: &str) -> Result<Settled> {
        let order = &whole.order;
        if !order.is_creditable(true) {
            return self.settle(whole, report, heard(false, raw)).await;
        }
        match self.question(whole, report.trade_no.as_deref()).await? {
            Ok(now) if now.is_contradictory || matches!(now.state, Said::Paid | Said::Refunded) => {
                self.settle(whole, &now, heard(true, raw)).await
            }
            Ok(_) => self.odd(order, "unpaid", "通知称已付款，但支付平台查询为未付款".to_owned(), Some(raw)).await,
            Err(_) if self.clock.millis() - order.created < TRUSTED_MILLIS && order.is_creditable(false) => {
                self.settle(whole, report, heard(false, raw)).await
            }
            Err(why) if !order.is_creditable(false) => {
                let text = format!("支付平台此前的说法与已付款相反，且无法向其核实：{why}");
                self.odd(order, "unproven", text, Some(raw)).await
            }
            Err(why) => {
                let text = format!("订单已关闭超过一天，且无法向支付平台核实：{why}");
                self.odd(order, "unproven", text, Some(raw)).await
            }
        }
    }

    /// Whether a notification of which there is no order is a provider's own word, by the keys of any channel: then it is
    /// about another deployment's order, or a lost one. Anybody can send the others.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn is_a_providers(&self, notification: &Notification<'_>) -> Result<bool> {
        let Ok(fields) = &notification.fields else { return Ok(false) };
        if !SIGNATURES.iter().any(|signature| fields.iter().any(|(name, _)| name == signature)) {
            return Ok(false);
        }
        let shop = shop::load(&self.table).await?;
        let is_asked = |channel: &&Channel| notification.provider.is_none_or(|provider| channel.provider == provider);
        let is_signed = |channel: &Channel| {
            let params = self.params(channel);
            params.is_ok_and(|params| payment::verify(channel.provider, &params, fields).is_ok())
        };
        Ok(shop.channels.iter().filter(is_asked).any(is_signed))
    }

    /// Verified by the keys that the order was made with. Where those do not fit, by the keys that its channel has now,
    /// provided that they are the same merchant's: who has changed keys at the provider in between must not lose orders.
    async fn verified(
        &self,
        whole: &Whole,
        fields: &[(String, String)],
    ) -> Result<std::result::Result<Report, Rejection>> {
        let (provider, then) = (whole.order.provider, &whole.terms.channel);
        let params = self.params(then)?;
        let report = payment::verify(provider, &params, fields);
        if !matches!(report, Err(Rejection::Signature)) {
            return Ok(report);
        }
        match self.changed_keys(then, &params).await? {
            Some(params) => Ok(payment::verify(provider, &params, fields)),
            None => Ok(report),
        }
    }
}
