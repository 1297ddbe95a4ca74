//! Having a provider take an order.

use std::time::Duration;

use domain::limits::{ORDER_LOOK_SECONDS, PAY_CREATE_SECONDS_MAX};
use domain::{Error, Result, nonce};
use payment::{Device, Failure};
use table::order::{self, Closing, Event, EventKind, Offer, Order, Terms};
use tokio::time::Instant;

use crate::Cashier;

/// What the person reads when there is nowhere to pay.
pub const FAILED: &str = "支付错误，稍后再试";

impl Cashier {
    /// Has the provider take a new order, and keeps where it can be paid before anybody learns of that. An order that the
    /// provider refuses is closed at once; one of which nobody knows whether it was taken stays, and the provider is asked
    /// about it later.
    ///
    /// # Errors
    /// [`Error::Upstream`] when there is nowhere to pay; when the table cannot be written.
    pub async fn offer(&self, order: &Order, terms: &Terms, device: Device) -> Result<Offer> {
        let id = order.id.to_string();
        let wanted = payment::Order {
            number: &id,
            amount: order.amount,
            title: order.title.as_str(),
            pay_type: order.pay_type,
            notify_url: &terms.notify_url,
            client_ip: &order.ip,
            device,
            now: self.clock.millis(),
            nonce: &nonce()?,
        };
        let params = self.params(&terms.channel)?;
        let until = Instant::now() + Duration::from_secs(PAY_CREATE_SECONDS_MAX);
        let outcome = self.client.create(order.provider, &params, &wanted, until).await;
        let now = self.clock.millis();
        match outcome {
            Ok(payment::Offer { pay_url, provider_number }) => {
                let offer = Offer { pay_url, provider_number, at: now };
                match order::offer(&self.table, order.id, &offer).await {
                    Ok(()) => {}
                    // Its number is all that the order can be asked about by. Nobody has the address yet, and so nobody
                    // can pay what could not be found again.
                    Err(error) if !payment::Client::asks_by_our_number(order.provider) => return Err(error),
                    // Who has the address can pay, and the order is found by our number: better than to send the person
                    // away.
                    Err(error) => {
                        tracing::error!(order = %order.id, causes = error.causes(), "an offer could not be kept");
                    }
                }
                Ok(offer)
            }
            Err(Failure::Refused(words)) => {
                let event = Event::new(EventKind::Failed, format!("支付平台拒绝下单，订单已关闭：{words}"), now)?;
                order::close(&self.table, order, Closing::Refused, ORDER_LOOK_SECONDS.len(), &event).await?;
                Err(failed("the payment provider refused an order"))
            }
            Err(Failure::Unclear(words)) => {
                let text = format!("下单结果不明，将按计划向支付平台查询：{words}");
                order::note(&self.table, order.id, &Event::new(EventKind::Failed, text, now)?).await?;
                Err(failed("a payment provider did not answer to an order as it should"))
            }
        }
    }
}

fn failed(why: &'static str) -> Error {
    Error::Upstream { message: FAILED, source: why.into() }
}
