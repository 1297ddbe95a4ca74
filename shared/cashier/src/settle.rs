//! What comes of what a provider says of an order.

use domain::{MessageId, Result};
use payment::Report;
use serde_json::{Map, Value};
use table::order::{self, Closing, Credit, Credited, Event, EventKind, Noted, Order, Receipt, Source, State, Whole};

use crate::Cashier;
use crate::outcome::{Outcome, outcome};

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

/// How a report came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard<'a> {
    /// What brought it about.
    pub(crate) source: Source,
    /// Whether the provider said it when it was asked just now.
    pub(crate) asked: bool,
    /// The notification as it came.
    pub(crate) raw: Option<&'a str>,
}

impl Cashier {
    /// Acts on what the provider says, whose signature and merchant were found right.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub(crate) async fn settle(&self, whole: &Whole, report: &Report, heard: Heard<'_>) -> Result<Settled> {
        let (order, raw) = (&whole.order, heard.raw);
        match outcome(order, report) {
            Outcome::Credit => self.paid(order, report, heard).await,
            Outcome::Wait => Ok(Settled::Waiting),
            Outcome::End => self.ended(order, raw).await,
            Outcome::GiveUp => self.refunded(order, raw).await,
            Outcome::Odd(reason, text) => self.odd(order, reason, text, raw).await,
            Outcome::Doubt(text) => {
                if !order.doubted {
                    order::doubt(&self.table, order.id).await?;
                }
                self.odd(order, "contradiction", text, raw).await
            }
        }
    }

    async fn paid(&self, order: &Order, report: &Report, heard: Heard<'_>) -> Result<Settled> {
        let (now, Heard { source, asked, raw }) = (self.clock.millis(), heard);
        let receipt = Receipt { source, fields: fields(report), row: MessageId::draw(now)?, at: now };
        let trade_no = report.trade_no.as_deref().map(|number| cut(number, TRADE_NO_BYTES_MAX));
        let credit = Credit { receipt: &receipt, trade_no, asked, today: self.zone.day(now) };
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
            Credited::Barred(Some(Closing::Refunded)) => {
                let text = "支付平台曾告知已退款，此后称已付款，未到账".to_owned();
                self.noted(order, "refunded", text, raw).await
            }
            Credited::Barred(_) => {
                let text = "支付平台此前的说法与已付款相反，须向其核实，未到账".to_owned();
                self.odd(order, "unproven", text, raw).await
            }
            Credited::NoOrder => Ok(Settled::Ended),
        }
    }

    async fn ended(&self, order: &Order, raw: Option<&str>) -> Result<Settled> {
        let mut event = Event::new(EventKind::Closed, "支付平台已关闭交易", self.clock.millis())?;
        event.raw = raw.map(str::to_owned);
        order::end(&self.table, order, Closing::Ended, &event).await?;
        Ok(Settled::Ended)
    }

    /// Nothing is taken back: what was bought may be spent, and whether to take it is the owner's decision.
    async fn refunded(&self, order: &Order, raw: Option<&str>) -> Result<Settled> {
        let event = Event::new(EventKind::Closed, "支付平台已退款，订单关闭", self.clock.millis())?;
        let text = if order::end(&self.table, order, Closing::Refunded, &event).await? {
            "支付平台已退款，此前未到账"
        } else {
            "支付平台已退款，已到账的积分或会员未自动扣回"
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
