//! What comes of an order by what its provider says of it.

use payment::{Report, State as Said};
use table::order::{Order, State};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is credited, unless something that was said before speaks against it.
    Credit,
    /// Nothing: it is not paid yet.
    Wait,
    /// It is closed: it can no longer be paid.
    End,
    /// It is never credited: its money went back.
    GiveUp,
    /// The administrator is told.
    Odd(&'static str, String),
    /// The administrator is told, and the provider's unasked word no longer counts.
    Doubt(String),
}

/// What comes of `order` by a report whose signature and merchant were found right. Notifications, looks of the owner and
/// of administrators and the schedule all go by it, so that one state of affairs has one outcome, whoever hears of it first.
///
/// Whatever is not plainly "paid, and exactly the amount" credits nothing. Of two things that cannot both be true the
/// cautious one counts, and the administrator is told.
///
/// An order whose money went back **in part** before it was credited is given up like one whose money went back whole. All
/// of it would be more than was paid for, and a share of a membership or of a batch of credits is nothing that anybody has
/// agreed on; the merchant has decided something about this payment by hand, and decides the rest by hand. Not all
/// providers can be asked for parts: Alipay's answer says "paid" all the same. So what a notification has told is kept with
/// the order ([`table::order::Closing::Refunded`]) and is a condition of every later credit.
pub(crate) fn outcome(order: &Order, report: &Report) -> Outcome {
    if report.number != order.id.to_string() {
        return Outcome::Odd("number", "订单号与本订单不符".to_owned());
    }
    match &report.state {
        Said::Refunded => Outcome::GiveUp,
        // What was paid and is closed was given back.
        Said::Closed if order.state == State::Paid => Outcome::GiveUp,
        Said::Closed => Outcome::End,
        _ if report.is_contradictory => Outcome::Doubt("支付平台的说法自相矛盾，按未付款处理".to_owned()),
        Said::Waiting | Said::Absent => Outcome::Wait,
        Said::Unknown(word) => Outcome::Odd("state", format!("支付状态无法识别：{word}")),
        Said::Paid if report.amount == Some(order.amount) => Outcome::Credit,
        Said::Paid => {
            let paid = report.amount.map_or_else(|| "未知".to_owned(), |amount| format!("{}元", amount.yuan_text()));
            Outcome::Odd("amount", format!("金额不符：应付{}元，实付{paid}", order.amount.yuan_text()))
        }
    }
}
