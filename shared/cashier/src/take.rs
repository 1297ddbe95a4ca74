//! Notifications of the providers. They come from strangers until their signature is found right.

use domain::limits::NOTIFICATION_KEPT_BYTES_MAX;
use domain::{Provider, Result};
use payment::{Params, Rejection, Report};
use table::channel::Channel;
use table::order::{Event, EventKind, Source, Whole};
use table::{order, shop};

use crate::{Cashier, Settled};

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
        let (order, raw) = (&whole.order, cut(notification.raw));
        if notification.provider.is_some_and(|provider| provider != order.provider) {
            self.odd(order, "通知地址的支付渠道与订单不符".to_owned(), Some(raw)).await?;
            return Ok(false);
        }
        let report = match &notification.fields {
            Ok(fields) => self.verified(whole, fields).await?,
            Err(rejection) => Err(rejection.clone()),
        };
        let report = match report {
            Ok(report) => report,
            Err(rejection) => {
                self.odd(order, format!("通知不可信：{rejection}"), Some(raw)).await?;
                return Ok(false);
            }
        };
        match self.settle(whole, &report, Source::Notification, Some(raw)).await? {
            Settled::Credited | Settled::Known | Settled::Ended => Ok(true),
            Settled::Waiting => {
                let mut event = Event::new(EventKind::Notified, "支付平台通知：尚未支付", self.clock.millis())?;
                event.raw = Some(raw.to_owned());
                order::note_odd(&self.table, order.id, &event).await?;
                Ok(true)
            }
            Settled::Odd(_) => Ok(false),
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

    /// The keys that a channel has now, when they are others of the same merchant.
    async fn changed_keys(&self, then: &Channel, params: &Params) -> Result<Option<Params>> {
        let shop = shop::load(&self.table).await?;
        let now = shop.channel(then.id).filter(|now| now.provider == then.provider && now.sealed != then.sealed);
        let Some(now) = now else { return Ok(None) };
        let changed = self.params(now)?;
        let is_same = changed.merchant(now.provider) == params.merchant(then.provider);
        Ok(is_same.then_some(changed))
    }
}

/// As much of a notification as is kept.
fn cut(raw: &str) -> &str {
    raw.get(..raw.floor_char_boundary(NOTIFICATION_KEPT_BYTES_MAX)).unwrap_or_default()
}
