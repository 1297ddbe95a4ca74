//! What comes of what a provider says of an order.

use domain::{MessageId, Result};
use payment::{Report, State as Said};
use serde_json::{Map, Value};
use table::order::{self, Credit, Credited, Event, EventKind, Order, Receipt, Source, State, Whole};

use crate::Cashier;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is paid, and was credited now.
    Credited,
    /// It is paid, and had been credited before.
    Known,
    /// It is not paid yet.
    Waiting,
    /// It will not be paid any more.
    Ended,
    /// Money came or went that does not fit the order; a sentence for the administrator. Nothing was credited.
    Odd(String),
}

impl Settled {
    /// What the administrator reads about it.
    pub fn sentence(&self) -> String {
        match self {
            Self::Credited => "已支付，本次到账".to_owned(),
            Self::Known => "已支付，此前已到账".to_owned(),
            Self::Waiting => "尚未支付".to_owned(),
            Self::Ended => "支付平台已关闭交易".to_owned(),
            Self::Odd(why) => format!("异常：{why}"),
        }
    }
}

impl Cashier {
    /// Acts on what the provider says, whose signature and merchant were found right. `raw` is the notification as it
    /// came.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub(crate) async fn settle(
        &self,
        whole: &Whole,
        report: &Report,
        source: Source,
        raw: Option<&str>,
    ) -> Result<Settled> {
        let order = &whole.order;
        if report.number != order.id.to_string() {
            return self.odd(order, "订单号与本订单不符".to_owned(), raw).await;
        }
        match &report.state {
            Said::Paid => self.paid(whole, report, source, raw).await,
            Said::Waiting | Said::Absent => Ok(Settled::Waiting),
            Said::Closed if order.state != State::Paid => self.ended(order, raw).await,
            // What was paid and is closed was given back.
            Said::Closed | Said::Refunded => self.refunded(order, raw).await,
            Said::Unknown(word) => self.odd(order, format!("支付状态无法识别：{word}"), raw).await,
        }
    }

    async fn paid(&self, whole: &Whole, report: &Report, source: Source, raw: Option<&str>) -> Result<Settled> {
        let order = &whole.order;
        // Some providers tell no amount when asked; a notification without one is not even read.
        if let Some(amount) = report.amount.filter(|amount| *amount != order.amount) {
            let text = format!("金额不符：应付{}元，实付{}元", order.amount.yuan_text(), amount.yuan_text());
            return self.odd(order, text, raw).await;
        }
        let now = self.clock.millis();
        let receipt = Receipt { source, fields: fields(report), row: MessageId::draw(now)?, at: now };
        let credit = Credit { receipt: &receipt, trade_no: report.trade_no.as_deref(), today: self.zone.day(now) };
        match order::credit(&self.table, order, &credit).await? {
            Credited::Now => {
                tracing::info!(order = %order.id, ?source, late = order.state == State::Closed, "an order was credited");
                Ok(Settled::Credited)
            }
            Credited::Before if is_another_payment(order, report) => {
                self.odd(order, "同一订单收到了另一笔付款，可能需要退款".to_owned(), raw).await
            }
            Credited::Before => Ok(Settled::Known),
            Credited::Nobody => self.odd(order, "付款人的账号已注销，未到账".to_owned(), raw).await,
            Credited::NoOrder => Ok(Settled::Ended),
        }
    }

    async fn ended(&self, order: &Order, raw: Option<&str>) -> Result<Settled> {
        if order.state == State::Await {
            let mut event = Event::new(EventKind::Closed, "支付平台已关闭交易", self.clock.millis())?;
            event.raw = raw.map(str::to_owned);
            order::close(&self.table, order, order.looks, &event).await?;
        }
        Ok(Settled::Ended)
    }

    /// Nothing is taken back: what was bought may be spent, and whether to take it is the owner's decision.
    async fn refunded(&self, order: &Order, raw: Option<&str>) -> Result<Settled> {
        if order.state == State::Await {
            let event = Event::new(EventKind::Closed, "支付平台已退款，订单关闭", self.clock.millis())?;
            order::close(&self.table, order, order.looks, &event).await?;
        }
        let text = match order.state {
            State::Paid => "支付平台已退款，已到账的积分或会员未自动扣回",
            State::Await | State::Closed => "支付平台已退款，此前未到账",
        };
        self.odd(order, text.to_owned(), raw).await
    }

    /// Keeps what does not fit, for the administrator; the log's line is what the alarm counts.
    pub(crate) async fn odd(&self, order: &Order, text: String, raw: Option<&str>) -> Result<Settled> {
        let mut event = Event::new(EventKind::Odd, text.clone(), self.clock.millis())?;
        event.raw = raw.map(str::to_owned);
        let is_kept = order::note_odd(&self.table, order.id, &event).await?;
        tracing::error!(odd_payments = 1, order = %order.id, is_kept, "a payment is odd");
        Ok(Settled::Odd(text))
    }
}

/// What the provider said, as a JSON object of texts.
fn fields(report: &Report) -> String {
    let fields = report.fields.iter().map(|(name, value)| (name.clone(), Value::String(value.clone())));
    Value::Object(fields.collect::<Map<String, Value>>()).to_string()
}

/// Whether an order that was paid was paid once more, by the provider's numbers.
fn is_another_payment(order: &Order, report: &Report) -> bool {
    match (&order.trade_no, &report.trade_no) {
        (Some(known), Some(told)) => known != told,
        _ => false,
    }
}
