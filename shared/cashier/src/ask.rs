//! Asking the provider what became of an order.

use std::time::Duration;

use domain::limits::PAY_QUERY_SECONDS_MAX;
use domain::{OrderId, Result, nonce};
use payment::Failure;
use table::channel::Channel;
use table::order::{Source, Whole};
use tokio::time::Instant;

use crate::{Cashier, Settled};

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

/// Whether words of a provider say that it has no such order.
fn says_absent(words: &str) -> bool {
    words.contains("不存在") || words.contains("未找到") || words.to_ascii_lowercase().contains("not exist")
}

impl Cashier {
    /// Asks a channel's provider about an order that is not there. None when it takes the channel's keys; else a sentence
    /// that says what it makes of them.
    ///
    /// # Errors
    /// When the channel's keys cannot be opened.
    pub async fn try_keys(&self, channel: &Channel) -> Result<Option<String>> {
        let number = OrderId::draw(self.clock.millis())?.to_string();
        let asked = payment::Asked {
            number: &number,
            provider_number: Some(&number),
            now: self.clock.millis(),
            nonce: &nonce()?,
        };
        let params = self.params(channel)?;
        let until = Instant::now() + Duration::from_secs(PAY_QUERY_SECONDS_MAX);
        Ok(match self.client.query(channel.provider, &params, &asked, until).await {
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
        let Whole { order, terms, offer, .. } = whole;
        let id = order.id.to_string();
        let asked = payment::Asked {
            number: &id,
            provider_number: offer.as_ref().and_then(|offer| offer.provider_number.as_deref()),
            now: self.clock.millis(),
            nonce: &nonce()?,
        };
        let params = self.params(&terms.channel)?;
        let until = Instant::now() + Duration::from_secs(PAY_QUERY_SECONDS_MAX);
        match self.client.query(order.provider, &params, &asked, until).await {
            Ok(report) => Ok(Asked::Told(self.settle(whole, &report, source, None).await?)),
            Err(Failure::Refused(words) | Failure::Unclear(words)) => Ok(Asked::Silent(words)),
        }
    }
}
