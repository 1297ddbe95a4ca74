//! Xunhupay (虎皮椒): `WeChat` or Alipay, whichever the merchant's appid stands for.
//!
//! Documents: <https://www.xunhupay.com/doc/api/pay.html>, <https://www.xunhupay.com/doc/api/search.html>. The answer
//! to a creation is signed. The answer to a query is documented as signed, but comes without a signature; it is trusted
//! as far as TLS and the configured host are, and a signature that is there must hold.

use std::time::Duration;

use domain::{Fen, Provider};
use outbound::Call;
use tokio::time::Instant;

use crate::answer::{
    fetch, garbage, no_amount, no_pay_url, other_merchant, other_order, post, route, sooner, unsigned, words,
};
use crate::device::Device;
use crate::digest::Rule;
use crate::form::{flat_members, inner, pairs, value_of};
use crate::order::{Asked, Failure, Offer, Order};
use crate::params::Params;
use crate::pay_url::Named;
use crate::qr;
use crate::rejection::Rejection;
use crate::report::{Report, State, filled, joint, need, refund, refuse_ambiguous, unknown, without};

const RULE: Rule = Rule { field: "hash", left_out: &["hash"], before_key: "", in_capitals: false };
const TITLE_CHARS_MAX: usize = 42;
const TITLE_BYTES_MAX: usize = 126;
/// How long the picture of a QR code is waited for: there is another address to pay at.
const PICTURE: Duration = Duration::from_secs(3);
/// The fields of a notification that count.
const READ: [&str; 6] = ["appid", "trade_order_id", "open_order_id", "transaction_id", "total_fee", "status"];

pub(crate) async fn create(
    http: &outbound::Client,
    params: &Params,
    order: &Order<'_>,
    until: Instant,
) -> Result<Offer, Failure> {
    let url = route(params.api(Provider::Xunhupay), "payment/do.html")?;
    let named = Named::at(http, &url);
    let body = fetch(http, post(url, &request(params, order)), until).await?;
    let answer = read_creation(&body, params)?;
    let scanned = match order.device {
        Device::Desktop => scan(http, &named, value_of(&answer, "url_qrcode"), until).await,
        _ => None,
    };
    let pay_url = scanned.or_else(|| named.pay_url(value_of(&answer, "url"))).ok_or_else(no_pay_url)?;
    let provider_number = filled(&answer, "openid").or_else(|| filled(&answer, "oderid"));
    Ok(Offer { pay_url, provider_number })
}

/// The signed fields of a creation. Its title may hold no emoji, and no backslash, which the provider drops before it
/// computes the hash.
fn request(params: &Params, order: &Order<'_>) -> Vec<(String, String)> {
    let title = order.title(&['%', '\\'], TITLE_CHARS_MAX, TITLE_BYTES_MAX);
    let plain: String = title.chars().filter(|&character| !is_emoji(character)).collect();
    let title = if plain.trim().is_empty() { order.number } else { plain.trim() };
    let mut fields = pairs([
        ("version", "1.1"),
        ("appid", params.merchant(Provider::Xunhupay)),
        ("trade_order_id", order.number),
        ("total_fee", &order.amount.yuan_text()),
        ("title", title),
        ("time", &(order.now / 1000).to_string()),
        ("notify_url", order.notify_url),
        ("nonce_str", order.nonce),
    ]);
    if let Some(return_url) = params.filled("return_url") {
        fields.push(("return_url".to_owned(), return_url.to_owned()));
    }
    RULE.seal(fields, params.key())
}

/// Emoji, and the marks that join and colour them.
const fn is_emoji(character: char) -> bool {
    matches!(character, '\u{200d}' | '\u{2600}'..='\u{27bf}' | '\u{fe00}'..='\u{fe0f}' | '\u{10000}'..)
}

fn read_creation(body: &[u8], params: &Params) -> Result<Vec<(String, String)>, Failure> {
    let answer = flat_members(body).ok_or_else(garbage)?;
    match value_of(&answer, "errcode") {
        "0" if RULE.holds(&answer, params.key()) => Ok(answer),
        "0" => Err(unsigned()),
        "" => Err(garbage()),
        _ => Err(Failure::Refused(words(value_of(&answer, "errmsg"), params))),
    }
}

/// What the picture of a QR code at this address says. The address comes from a stranger, and is guarded like any other.
async fn scan(http: &outbound::Client, named: &Named, address: &str, until: Instant) -> Option<String> {
    let call = Call::get(named.file(address)?, qr::FILE_BYTES_MAX).repeatable();
    let picture = fetch(http, call, sooner(until, PICTURE)).await.ok()?;
    named.pay_url(&qr::read(&picture)?)
}

pub(crate) async fn query(
    http: &outbound::Client,
    params: &Params,
    asked: &Asked<'_>,
    until: Instant,
) -> Result<Report, Failure> {
    let fields = pairs([
        ("appid", params.merchant(Provider::Xunhupay)),
        ("out_trade_order", asked.number),
        ("time", &(asked.now / 1000).to_string()),
        ("nonce_str", asked.nonce),
    ]);
    let call = post(route(params.api(Provider::Xunhupay), "payment/query.html")?, &RULE.seal(fields, params.key()));
    let answer = fetch(http, call.repeatable(), until).await?;
    read_report(&answer, params, asked.number)
}

fn read_report(body: &[u8], params: &Params, number: &str) -> Result<Report, Failure> {
    let answer = flat_members(body).ok_or_else(garbage)?;
    match value_of(&answer, "errcode") {
        "0" => {}
        "" => return Err(garbage()),
        _ => return Err(Failure::Unclear(words(value_of(&answer, "errmsg"), params))),
    }
    // Documented under `data`; a site that answers flat is read as well.
    let data = inner(body).map_err(|()| garbage())?.unwrap_or_else(|| answer.clone());
    if answer.iter().any(|(name, _)| name == RULE.field) && !is_sealed(&answer, &data, params.key()) {
        return Err(unsigned());
    }
    if value_of(&data, "out_trade_order") != number {
        return Err(other_order());
    }
    if filled(&data, "appid").is_some_and(|appid| appid != params.merchant(Provider::Xunhupay)) {
        return Err(other_merchant());
    }
    let (state, is_contradictory) = state_of(&data).ok_or_else(garbage)?;
    let amount = Fen::of_yuan_text(value_of(&data, "total_amount"));
    if state == State::Paid && amount.is_none() {
        return Err(no_amount());
    }
    Ok(Report {
        state,
        is_contradictory,
        number: number.to_owned(),
        trade_no: filled(&data, "open_order_id").or_else(|| filled(&data, "transaction_id")),
        amount,
        fields: without(&data, RULE.left_out),
    })
}

/// What an answer or a notification makes of the order.
fn state_of(fields: &[(String, String)]) -> Option<(State, bool)> {
    let word = match value_of(fields, "status") {
        "" => return None,
        "WP" => State::Waiting,
        "OD" => State::Paid,
        // The word for an order that was cancelled and for one whose money went back: that has its payment's number.
        "CD" if filled(fields, "transaction_id").is_none() => State::Closed,
        // The money went back, or is on its way.
        "CD" | "RD" => State::Refunded,
        other => unknown(other),
    };
    joint([Some(word), refund(fields)].into_iter().flatten())
}

/// Whether the signature of a query's answer holds, over the fields beside `data` and those in it. One over the fields
/// beside it alone would vouch for nothing that counts, but is no worse than none.
fn is_sealed(answer: &[(String, String)], data: &[(String, String)], key: &str) -> bool {
    let all: Vec<_> = answer.iter().chain(data).cloned().collect();
    RULE.holds(answer, key) || RULE.holds(&all, key)
}

pub(crate) fn verify(params: &Params, fields: &[(String, String)]) -> Result<Report, Rejection> {
    need(fields, "hash")?;
    if !RULE.holds(fields, params.key()) {
        return Err(Rejection::Signature);
    }
    refuse_ambiguous(fields, &READ)?;
    if need(fields, "appid")? != params.merchant(Provider::Xunhupay) {
        return Err(Rejection::Merchant);
    }
    let (state, is_contradictory) = state_of(fields).ok_or(Rejection::Missing("status"))?;
    let amount = Fen::of_yuan_text(need(fields, "total_fee")?).ok_or(Rejection::Amount)?;
    Ok(Report {
        state,
        is_contradictory,
        number: need(fields, "trade_order_id")?.to_owned(),
        trade_no: filled(fields, "open_order_id").or_else(|| filled(fields, "transaction_id")),
        amount: Some(amount),
        fields: without(fields, RULE.left_out),
    })
}

#[cfg(test)]
#[path = "xunhupay_tests.rs"]
mod tests;
