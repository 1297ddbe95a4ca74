//! Notifications of the providers. They come from strangers until their signature is found right.

use domain::limits::NOTIFICATION_KEPT_BYTES_MAX;
use domain::{Provider, Result};
use payment::{Rejection, Report, State as Said};
use table::order::{Event, EventKind, Noted, Source, State, Whole};

use crate::settle::cut;
use crate::{Cashier, Settled};

/// How long after its creation a closed order is credited by a notification alone when its provider cannot be asked.
const TRUSTED_MILLIS: i64 = 24 * 3600 * 1000;

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
            Ok(report) if report.state == Said::Paid && order.state == State::Closed => {
                self.late(whole, &report, raw).await?
            }
            Ok(report) => self.settle(whole, &report, Source::Notification, Some(raw)).await?,
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

    /// A payment of an order that was closed. The order can be old: its money may have gone back since, and its keys may be
    /// in other hands, so its provider has the last word. Where that cannot be had, a notification of the first day is
    /// believed.
    async fn late(&self, whole: &Whole, report: &Report, raw: &str) -> Result<Settled> {
        let order = &whole.order;
        match self.question(whole).await? {
            Ok(now) if now.state == Said::Paid || now.state == Said::Refunded => {
                self.settle(whole, &now, Source::Notification, Some(raw)).await
            }
            Ok(_) => self.odd(order, "unpaid", "通知称已付款，但支付平台查询为未付款".to_owned(), Some(raw)).await,
            Err(_) if self.clock.millis() - order.created < TRUSTED_MILLIS => {
                self.settle(whole, report, Source::Notification, Some(raw)).await
            }
            Err(why) => {
                let text = format!("订单已关闭超过一天，且无法向支付平台核实：{why}");
                self.odd(order, "unproven", text, Some(raw)).await
            }
        }
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
