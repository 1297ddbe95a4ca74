//! Alipay's notifications of a trade, <https://opendocs.alipay.com/support/01raw9>.

use super::super::digest::text_to_sign;
use super::super::keys::sign_as_alipay;
use super::super::notification::{Change, encoding, pairs};
use super::super::time;
use super::super::trade::{State, Trade};

/// Who pays, always.
pub(super) const BUYER_ID: &str = "2088101117955611";
/// Who is paid, always.
const SELLER_ID: &str = "2088001159940003";

/// The fields of a notification at `now`, signed. `sign_type` is not signed over, which requests do differently.
pub(in super::super) fn fields(trade: &Trade, change: &Change, now: i64) -> Vec<(String, String)> {
    let status = change.status(status(trade.state));
    let yuan = change.amount(trade.yuan());
    let mut fields = vec![
        ("gmt_create", time::write(trade.created, time::SECONDS)),
        ("charset", "utf-8".to_owned()),
        ("notify_time", time::write(now, time::SECONDS)),
        ("subject", trade.title.clone()),
        ("buyer_id", BUYER_ID.to_owned()),
        ("version", "1.0".to_owned()),
        ("notify_id", notify_id(trade)),
        ("notify_type", "trade_status_sync".to_owned()),
        ("out_trade_no", trade.out_trade_no.clone()),
        ("total_amount", yuan.clone()),
        ("trade_status", status),
        ("trade_no", trade.trade_no.clone()),
        ("auth_app_id", trade.merchant.clone()),
        ("app_id", trade.merchant.clone()),
        ("seller_id", SELLER_ID.to_owned()),
        ("sign_type", "RSA2".to_owned()),
    ];
    if trade.paid.is_some() {
        fields.extend([
            ("gmt_payment", trade.paid_at()),
            ("invoice_amount", yuan.clone()),
            ("receipt_amount", yuan.clone()),
            ("buyer_pay_amount", yuan.clone()),
            ("point_amount", "0.00".to_owned()),
            ("fund_bill_list", format!("[{{\"amount\":\"{yuan}\",\"fundChannel\":\"ALIPAYACCOUNT\"}}]")),
        ]);
    }
    let ended = trade.ended.map(|ended| time::write(ended, time::SECONDS)).unwrap_or_default();
    match trade.state {
        State::Refunded | State::Closed => fields.push(("gmt_close", ended.clone())),
        State::Waiting | State::Paid => {}
    }
    if trade.refunded_fen > 0 {
        fields.extend([
            ("gmt_refund", format!("{ended}.000")),
            ("refund_fee", super::super::fields::yuan(trade.refunded_fen)),
            ("out_biz_no", trade.out_trade_no.clone()),
        ]);
    }
    change.signed(fields, "sign", |fields| {
        let text = change.text(text_to_sign(pairs(fields), &["sign", "sign_type"]));
        sign_as_alipay(&encoding(fields).encode(&text).0)
    })
}

/// Alipay's word for a state. Money that went back wholly closes the trade.
pub(super) fn status(state: State) -> &'static str {
    match state {
        State::Waiting => "WAIT_BUYER_PAY",
        State::Paid => "TRADE_SUCCESS",
        State::Closed | State::Refunded => "TRADE_CLOSED",
    }
}

/// The same for every repeat of a notification.
fn notify_id(trade: &Trade) -> String {
    let place = match trade.state {
        State::Waiting => 0,
        State::Paid if trade.refunded_fen > 0 => 3,
        State::Paid => 1,
        State::Closed | State::Refunded => 2,
    };
    format!("{}00222{place}", trade.trade_no)
}
