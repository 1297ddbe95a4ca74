//! The client of all four providers.

use domain::Provider;
use tokio::time::Instant;

use crate::order::{Asked, Failure, Offer, Order};
use crate::params::Params;
use crate::report::Report;
use crate::{alipay, epay, payjs, xunhupay};

/// Creates orders at providers and asks after them. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: outbound::Client,
}

impl Client {
    /// A client that calls providers through `http`.
    #[must_use]
    pub fn new(http: outbound::Client) -> Self {
        Self { http }
    }

    /// Whether a provider can be asked about an order by our number of it; else its own must be kept before anybody can pay.
    #[must_use]
    pub const fn asks_by_our_number(provider: Provider) -> bool {
        match provider {
            Provider::Alipay | Provider::Epay | Provider::Xunhupay => true,
            Provider::PayJs => false,
        }
    }

    /// Creates the order at the provider before `until`.
    ///
    /// # Errors
    /// See [`Failure`]. After [`Failure::Unclear`] the order may have been created, and may yet be paid.
    pub async fn create(
        &self,
        provider: Provider,
        params: &Params,
        order: &Order<'_>,
        until: Instant,
    ) -> Result<Offer, Failure> {
        if !provider.serves(order.pay_type) {
            return Err(Failure::Refused("该支付接口不支持这种支付方式".to_owned()));
        }
        match provider {
            Provider::Alipay => alipay::create(&self.http, params, order, until).await,
            Provider::Epay => epay::create(&self.http, params, order, until).await,
            Provider::PayJs => payjs::create(&self.http, params, order, until).await,
            Provider::Xunhupay => xunhupay::create(&self.http, params, order, until).await,
        }
    }

    /// Asks the provider what became of an order, before `until`.
    ///
    /// # Errors
    /// Always [`Failure::Unclear`]: that a question is refused says nothing of the order.
    pub async fn query(
        &self,
        provider: Provider,
        params: &Params,
        asked: &Asked<'_>,
        until: Instant,
    ) -> Result<Report, Failure> {
        let report = match provider {
            Provider::Alipay => alipay::query(&self.http, params, asked, until).await,
            Provider::Epay => epay::query(&self.http, params, asked, until).await,
            Provider::PayJs => payjs::query(&self.http, params, asked, until).await,
            Provider::Xunhupay => xunhupay::query(&self.http, params, asked, until).await,
        };
        report.map_err(Failure::unclear)
    }
}
