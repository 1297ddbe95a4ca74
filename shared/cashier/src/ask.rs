//! Asking the provider what became of an order.

use std::time::Duration;

use domain::limits::PAY_QUERY_SECONDS_MAX;
use domain::{OrderId, Result, nonce};
use payment::{Failure, Params, Report};
use table::channel::Channel;
use table::order::{Source, Whole};
use table::shop;
use tokio::time::Instant;

use crate::settle::Heard;
use crate::{Cashier, Settled};

/// What administrators read of keys that were sealed with another secret than the deployment has.
const UNSEALED: &str = "渠道密钥无法解密，请重新填写";

/// What the provider said, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It knows the order.
    Told(Settled),
    /// It could not be asked, or its answer cannot be believed; a sentence for the administrator.
    Silent(String),
}

impl Asked {
    /// What the administrator reads about it.
    pub fn sentence(&self) -> String {
        match self {
            Self::Told(settled) => settled.sentence(),
            Self::Silent(why) => format!("查询失败：{why}"),
        }
    }
}

/// Whether words of a provider say that it has no such order: not that it has no such merchant.
fn says_absent(words: &str) -> bool {
    let is_about = |things: &[&str]| things.iter().any(|thing| words.contains(thing));
    is_about(&["订单", "交易", "TRADE_NOT_EXIST"])
        && is_about(&["不存在", "未找到", "NOT_EXIST"])
        && !is_about(&["商户号", "商户ID", "应用"])
}

impl Cashier {
    /// Asks a channel's provider about an order that is not there. None when it takes the channel's keys; else a sentence
    /// that says what it makes of them.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub async fn try_keys(&self, channel: &Channel) -> Result<Option<String>> {
        let Ok(params) = self.params(channel) else { return Ok(Some(UNSEALED.to_owned())) };
        let number = OrderId::draw(self.clock.millis())?.to_string();
        let asked = payment::Asked {
            number: &number,
            provider_number: Some(&number),
            now: self.clock.millis(),
            nonce: &nonce()?,
        };
        Ok(match self.client.query(channel.provider, &params, &asked, deadline()).await {
            Ok(_) => None,
            Err(Failure::Refused(words) | Failure::Unclear(words)) if says_absent(&words) => None,
            Err(Failure::Refused(words) | Failure::Unclear(words)) => Some(format!("支付平台没有接受查询：{words}")),
        })
    }

    /// Asks the provider about an order, as just read, and acts on what it says.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub async fn ask(&self, whole: &Whole, source: Source) -> Result<Asked> {
        match self.question(whole, None).await? {
            Ok(report) => {
                let heard = Heard { source, asked: true, raw: None };
                Ok(Asked::Told(self.settle(whole, &report, heard).await?))
            }
            Err(words) => Ok(Asked::Silent(words)),
        }
    }

    /// What the provider says of an order; or why it says nothing. Asked with the order's own keys and, where that comes to
    /// nothing, with those that its channel has now. `told` is the provider's number of it, where a notification names one.
    pub(crate) async fn question(
        &self,
        whole: &Whole,
        told: Option<&str>,
    ) -> Result<std::result::Result<Report, String>> {
        let (then, until) = (&whole.terms.channel, deadline());
        let Ok(params) = self.params(then) else { return Ok(Err(UNSEALED.to_owned())) };
        let words = match self.put_question(whole, told, &params, until).await? {
            Ok(report) => return Ok(Ok(report)),
            Err(words) => words,
        };
        match self.changed_keys(then, &params).await? {
            Some(params) => self.put_question(whole, told, &params, until).await,
            None => Ok(Err(words)),
        }
    }

    async fn put_question(
        &self,
        whole: &Whole,
        told: Option<&str>,
        params: &Params,
        until: Instant,
    ) -> Result<std::result::Result<Report, String>> {
        let Whole { order, offer, .. } = whole;
        let id = order.id.to_string();
        let asked = payment::Asked {
            number: &id,
            provider_number: offer.as_ref().and_then(|offer| offer.provider_number.as_deref()).or(told),
            now: self.clock.millis(),
            nonce: &nonce()?,
        };
        let report = self.client.query(order.provider, params, &asked, until).await;
        Ok(report.map_err(|failure| failure.to_string()))
    }

    /// The keys that a channel has now, when they are others of the same merchant.
    pub(crate) async fn changed_keys(&self, then: &Channel, params: &Params) -> Result<Option<Params>> {
        let shop = shop::load(&self.table).await?;
        let now = shop.channel(then.id).filter(|now| now.provider == then.provider && now.sealed != then.sealed);
        let Some(changed) = now.and_then(|now| self.params(now).ok()) else { return Ok(None) };
        let is_same = changed.merchant(then.provider) == params.merchant(then.provider);
        Ok(is_same.then_some(changed))
    }
}

fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(PAY_QUERY_SECONDS_MAX)
}
