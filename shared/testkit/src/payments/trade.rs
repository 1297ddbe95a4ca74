//! What a provider keeps of a payment.

use serde_json::{Value, json};

use super::{fields, time};

/// Whose interface it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Alipay's face-to-face payment (当面付).
    Alipay,
    /// An epay site (易支付).
    Epay,
    /// PAYJS.
    Payjs,
    /// Xunhupay (虎皮椒).
    Xunhupay,
}

impl Provider {
    /// Its name in addresses and JSON: `alipay`, `epay`, `payjs`, `xunhupay`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alipay => "alipay",
            Self::Epay => "epay",
            Self::Payjs => "payjs",
            Self::Xunhupay => "xunhupay",
        }
    }

    /// Its name for people.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Alipay => "支付宝当面付",
            Self::Epay => "易支付",
            Self::Payjs => "PAYJS",
            Self::Xunhupay => "虎皮椒",
        }
    }

    /// Whether it notifies the merchant of this state by itself.
    pub(super) const fn tells(self, state: State) -> bool {
        match state {
            State::Waiting => false,
            State::Paid => true,
            State::Closed => matches!(self, Self::Alipay),
            State::Refunded => matches!(self, Self::Alipay | Self::Xunhupay),
        }
    }
}

/// How far a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has paid yet.
    Waiting,
    /// The money is there.
    Paid,
    /// It can no longer be paid.
    Closed,
    /// The money went back.
    Refunded,
}

impl State {
    /// Its name in JSON: `waiting`, `paid`, `closed`, `refunded`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Paid => "paid",
            Self::Closed => "closed",
            Self::Refunded => "refunded",
        }
    }

    /// Its name for people.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Waiting => "待支付",
            Self::Paid => "已支付",
            Self::Closed => "已关闭",
            Self::Refunded => "已退款",
        }
    }
}

/// What a merchant asks to be paid.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) provider: Provider,
    pub(super) merchant: String,
    pub(super) out_trade_no: String,
    pub(super) amount_fen: i64,
    pub(super) title: String,
    pub(super) notify_url: String,
    /// The provider's word for the way of paying: `alipay`, `wxpay`; empty where it has none.
    pub(super) method: String,
    /// What comes back as it was: epay's `param`, the others' `attach`.
    pub(super) attach: String,
    /// Xunhupay's name of the merchant's program.
    pub(super) plugins: String,
}

/// A payment, as its provider knows it.
#[derive(Debug, Clone)]
pub struct Trade {
    /// What its page is called by: the merchant's order number; where two merchants have the same, the later one's
    /// ends in `.2` and so on.
    pub number: String,
    /// The merchant's order number.
    pub out_trade_no: String,
    /// Where it is paid.
    pub provider: Provider,
    /// The merchant's `app_id`, `pid`, `mchid` or `appid`.
    pub merchant: String,
    /// The amount in fen.
    pub amount_fen: i64,
    /// What is bought, with its directives.
    pub title: String,
    /// Where its notifications go.
    pub notify_url: String,
    /// How far it is.
    pub state: State,
    /// The provider's own number of it.
    pub trade_no: String,
    /// The newest notifications that were sent, oldest first: at most 100.
    pub deliveries: Vec<Delivery>,
    pub(super) method: String,
    pub(super) attach: String,
    pub(super) plugins: String,
    pub(super) created: i64,
    /// When it was paid, milliseconds since the Unix epoch.
    pub(super) paid: Option<i64>,
    /// When it was closed, or money last went back.
    pub(super) ended: Option<i64>,
    /// Whether somebody has looked at it. Alipay makes a trade of a QR only then.
    pub(super) scanned: bool,
    /// How much of the money went back. Less than all of it leaves the trade paid.
    pub(super) refunded_fen: i64,
    /// Fields that answers about it hold, instead of their own of the same names.
    pub(super) says: Vec<(String, String)>,
}

/// A notification that was sent, and what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When it was sent, milliseconds since the Unix epoch.
    pub time: i64,
    /// Where it went, with its query.
    pub url: String,
    /// The form that was posted; empty where the query is all.
    pub sent: String,
    /// The status that came back; 0 when none did.
    pub status: u16,
    /// The first 1,000 characters that came back, or why nothing did.
    pub body: String,
}

impl Delivery {
    /// Whether the merchant has taken it: then a provider does not repeat it.
    pub fn accepted(&self) -> bool {
        self.status == 200 && self.body.trim() == "success"
    }

    pub(super) fn json(&self) -> Value {
        json!({"time": self.time, "url": self.url, "sent": self.sent, "status": self.status, "body": self.body})
    }
}

impl Trade {
    /// The amount in yuan, with two decimals.
    pub(super) fn yuan(&self) -> String {
        fields::yuan(self.amount_fen)
    }

    /// When it was paid, in China; empty before.
    pub(super) fn paid_at(&self) -> String {
        self.paid.map(|paid| time::write(paid, time::SECONDS)).unwrap_or_default()
    }

    /// What the wallet behind the provider calls the payment; empty before there is one.
    pub(super) fn transaction(&self) -> String {
        self.paid.map(|_| format!("4200{}", self.trade_no)).unwrap_or_default()
    }

    /// An answer about it, with what it is made to say.
    pub(super) fn told(&self, mut answer: Value) -> Value {
        for (name, value) in &self.says {
            answer[name] = value.parse::<u64>().map_or_else(|_| value.as_str().into(), Value::from);
        }
        answer
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "number": self.number, "out_trade_no": self.out_trade_no, "provider": self.provider.name(),
            "merchant": self.merchant, "amount": self.yuan(), "amount_fen": self.amount_fen, "title": self.title,
            "notify_url": self.notify_url, "state": self.state.name(), "trade_no": self.trade_no,
            "deliveries": self.deliveries.iter().map(Delivery::json).collect::<Vec<_>>(),
        })
    }
}
