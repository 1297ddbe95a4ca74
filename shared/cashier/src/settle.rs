//! What comes of what a provider says of an order.

use domain::limits::ORDER_LOOK_SECONDS;
use domain::{MessageId, Result};
use payment::{Report, State as Said};
use serde_json::{Map, Value};
use table::order::{self, Credit, Credited, Event, EventKind, Noted, Order, Receipt, Source, State, Whole};

use crate::Cashier;

/// All scheduled questions: of an order that the provider has ended nothing more is to be learned.
const LOOKS: usize = ORDER_LOOK_SECONDS.len();
/// Longest number of a payment that is kept; providers' own have 32 characters at most.
const TRADE_NO_BYTES_MAX: usize = 64;
/// Longest value that a receipt keeps, and how much all of them may be.
const VALUE_BYTES_MAX: usize = 512;
const FIELDS_BYTES_MAX: usize = 8 * 1024;

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
    /// The same, and nothing more is to be said about it.
    Noted(String),
}

impl Settled {
    /// What the administrator reads about it.
    pub fn sentence(&self) -> String {
        match self {
            Self::Credited => "已支付，本次到账".to_owned(),
            Self::Known => "已支付，此前已到账".to_owned(),
            Self::Waiting => "尚未支付".to_owned(),
            Self::Ended => "支付平台已关闭交易".to_owned(),
            Self::Odd(why) | Self::Noted(why) => format!("异常：{why}"),
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
            return self.odd(order, "number", "订单号与本订单不符".to_owned(), raw).await;
        }
        match &report.state {
            Said::Paid => self.paid(whole, report, source, raw).await,
            Said::Waiting | Said::Absent => Ok(Settled::Waiting),
            Said::Closed if order.state != State::Paid => self.ended(order, raw).await,
            // What was paid and is closed was given back.
            Said::Closed | Said::Refunded => self.refunded(order, raw).await,
            Said::Unknown(word) => self.odd(order, "state", format!("支付状态无法识别：{word}"), raw).await,
        }
    }

    async fn paid(&self, whole: &Whole, report: &Report, source: Source, raw: Option<&str>) -> Result<Settled> {
        let order = &whole.order;
        if report.amount != Some(order.amount) {
            let paid = report.amount.map_or_else(|| "未知".to_owned(), |amount| format!("{}元", amount.yuan_text()));
            let text = format!("金额不符：应付{}元，实付{paid}", order.amount.yuan_text());
            return self.odd(order, "amount", text, raw).await;
        }
        let now = self.clock.millis();
        let receipt = Receipt { source, fields: fields(report), row: MessageId::draw(now)?, at: now };
        let trade_no = report.trade_no.as_deref().map(|number| cut(number, TRADE_NO_BYTES_MAX));
        let credit = Credit { receipt: &receipt, trade_no, today: self.zone.day(now) };
        match order::credit(&self.table, order, &credit).await? {
            Credited::Now => {
                tracing::info!(order = %order.id, ?source, late = order.state == State::Closed, "an order was credited");
                Ok(Settled::Credited)
            }
            Credited::Before { trade_no: known } if is_another(known.as_deref(), trade_no) => {
                let text = "同一订单收到了另一笔付款，可能需要退款".to_owned();
                self.noted(order, "second", text, raw).await
            }
            Credited::Before { .. } => Ok(Settled::Known),
            Credited::Nobody => self.odd(order, "nobody", "付款人的账号已注销，未到账".to_owned(), raw).await,
            Credited::NoOrder => Ok(Settled::Ended),
        }
    }

    async fn ended(&self, order: &Order, raw: Option<&str>) -> Result<Settled> {
        if order.state == State::Await {
            let mut event = Event::new(EventKind::Closed, "支付平台已关闭交易", self.clock.millis())?;
            event.raw = raw.map(str::to_owned);
            order::close(&self.table, order, LOOKS, &event).await?;
        }
        Ok(Settled::Ended)
    }

    /// Nothing is taken back: what was bought may be spent, and whether to take it is the owner's decision.
    async fn refunded(&self, order: &Order, raw: Option<&str>) -> Result<Settled> {
        if order.state == State::Await {
            let event = Event::new(EventKind::Closed, "支付平台已退款，订单关闭", self.clock.millis())?;
            order::close(&self.table, order, LOOKS, &event).await?;
        }
        let text = match order.state {
            State::Paid => "支付平台已退款，已到账的积分或会员未自动扣回",
            State::Await | State::Closed => "支付平台已退款，此前未到账",
        };
        self.noted(order, "refund", text.to_owned(), raw).await
    }

    async fn noted(&self, order: &Order, reason: &'static str, text: String, raw: Option<&str>) -> Result<Settled> {
        self.keep(order, Noted::Verified, (reason, &text), raw).await?;
        Ok(Settled::Noted(text))
    }

    /// Keeps what a provider says and what does not fit.
    pub(crate) async fn odd(
        &self,
        order: &Order,
        reason: &'static str,
        text: String,
        raw: Option<&str>,
    ) -> Result<Settled> {
        self.keep(order, Noted::Verified, (reason, &text), raw).await?;
        Ok(Settled::Odd(text))
    }

    /// Keeps an event for the administrator. The log's line is what the metric counts; what comes again is no news.
    pub(crate) async fn keep(
        &self,
        order: &Order,
        noted: Noted,
        (reason, text): (&'static str, &str),
        raw: Option<&str>,
    ) -> Result<()> {
        let mut event = Event::new(EventKind::Odd, text, self.clock.millis())?;
        event.raw = raw.map(str::to_owned);
        if order::note_some(&self.table, order.id, noted, &event).await? {
            tracing::error!(odd_payments = 1, order = %order.id, reason, "a payment is odd");
        } else {
            tracing::info!(order = %order.id, reason, "a payment is odd once more");
        }
        Ok(())
    }
}

/// What the provider said, as a JSON object of texts, each cut to some length, and no more of them than a receipt holds.
fn fields(report: &Report) -> String {
    let mut left = FIELDS_BYTES_MAX;
    let mut fields = Map::new();
    for (name, value) in &report.fields {
        let (name, value) = (cut(name, VALUE_BYTES_MAX), cut(value, VALUE_BYTES_MAX));
        left = match left.checked_sub(name.len() + value.len()) {
            Some(left) => left,
            None => break,
        };
        fields.insert(name.to_owned(), value.into());
    }
    Value::Object(fields).to_string()
}

/// The beginning of a text, of whole characters.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or_default()
}

/// Whether an order that was paid was paid once more, by the provider's numbers.
fn is_another(known: Option<&str>, told: Option<&str>) -> bool {
    known.zip(told).is_some_and(|(known, told)| known != told)
}
