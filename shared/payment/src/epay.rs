//! epay (易支付), interface V1: one protocol, run by many sites, each of which differs a little.
//!
//! Documents of two of them: <https://epay.mushu.me/doc.html>, <https://z-pay.cn/doc.html>. Answers are not signed,
//! neither to a creation nor to a query; they are trusted as far as TLS and the configured host are. The query carries
//! the secret key in its URL, as the protocol wants it.

use domain::{Fen, Provider};
use outbound::Call;
use tokio::time::Instant;

use crate::answer::{
    BYTES_MAX, fetch, garbage, no_amount, no_pay_url, other_merchant, other_order, post, route, words,
};
use crate::device::Device;
use crate::digest::Rule;
use crate::form::{flat_members, inner, pairs, value_of};
use crate::order::{Asked, Failure, Offer, Order};
use crate::params::Params;
use crate::pay_url::Named;
use crate::rejection::Rejection;
use crate::report::{Report, State, filled, joint, need, refund, refuse_ambiguous, unknown, without};

const RULE: Rule = Rule { field: "sign", left_out: &["sign", "sign_type"], before_key: "", in_capitals: false };
/// The platform cuts names there itself, but signs what it got.
const NAME_BYTES_MAX: usize = 127;
const NAME_CHARS_MAX: usize = 100;
/// The fields of a notification that count.
const READ: [&str; 6] = ["pid", "trade_no", "out_trade_no", "money", "trade_status", "type"];

/// The fields of an answer that count.
const COUNTS: [&str; 7] = ["pid", "trade_no", "out_trade_no", "money", "status", "trade_status", "type"];

pub(crate) async fn create(
    http: &outbound::Client,
    params: &Params,
    order: &Order<'_>,
    until: Instant,
) -> Result<Offer, Failure> {
    let url = route(params.api(Provider::Epay), "mapi.php")?;
    let named = Named::at(http, &url);
    let answer = fetch(http, post(url, &request(params, order)), until).await?;
    read_offer(&answer, params, order.device, &named)
}

/// The signed fields of a creation.
fn request(params: &Params, order: &Order<'_>) -> Vec<(String, String)> {
    let mut fields = pairs([
        ("pid", params.merchant(Provider::Epay)),
        ("type", order.pay_type.name()),
        ("out_trade_no", order.number),
        ("notify_url", order.notify_url),
        ("name", &order.title(&[], NAME_CHARS_MAX, NAME_BYTES_MAX)),
        ("money", &order.amount.yuan_text()),
        ("clientip", order.client_ip),
        ("device", device_name(order.device)),
    ]);
    if let Some(return_url) = params.filled("return_url") {
        fields.push(("return_url".to_owned(), return_url.to_owned()));
    }
    let mut fields = RULE.seal(fields, params.key());
    fields.push(("sign_type".to_owned(), "MD5".to_owned()));
    fields
}

const fn device_name(device: Device) -> &'static str {
    match device {
        Device::Desktop => "pc",
        Device::Mobile => "mobile",
        Device::WeChat => "wechat",
        Device::Qq => "qq",
        Device::Alipay => "alipay",
    }
}

/// What a QR code may hold comes first where it is scanned, what a browser opens where it is tapped.
fn read_offer(body: &[u8], params: &Params, device: Device, named: &Named) -> Result<Offer, Failure> {
    let answer = flat_members(body).ok_or_else(garbage)?;
    match value_of(&answer, "code") {
        "1" => {}
        "" => return Err(garbage()),
        _ => return Err(Failure::Refused(words(value_of(&answer, "msg"), params))),
    }
    let places = match device {
        Device::Desktop => ["qrcode", "payurl", "urlscheme"],
        _ => ["payurl", "urlscheme", "qrcode"],
    };
    let inner = inner(body).map_err(|()| garbage())?.unwrap_or_default();
    let find = |name| Some(value_of(&answer, name)).filter(|value| !value.is_empty()).unwrap_or(value_of(&inner, name));
    let pay_url = places.into_iter().find_map(|name| named.pay_url(find(name))).ok_or_else(no_pay_url)?;
    let provider_number = Some(find("trade_no").to_owned()).filter(|number| !number.is_empty());
    Ok(Offer { pay_url, provider_number })
}

pub(crate) async fn query(
    http: &outbound::Client,
    params: &Params,
    asked: &Asked<'_>,
    until: Instant,
) -> Result<Report, Failure> {
    let mut url = route(params.api(Provider::Epay), "api.php")?;
    url.query_pairs_mut()
        .append_pair("act", "order")
        .append_pair("pid", params.merchant(Provider::Epay))
        .append_pair("key", params.key())
        .append_pair("out_trade_no", asked.number);
    let answer = fetch(http, Call::get(url, BYTES_MAX).repeatable(), until).await?;
    read_report(&answer, params, asked.number)
}

fn read_report(body: &[u8], params: &Params, number: &str) -> Result<Report, Failure> {
    let answer = flat_members(body).ok_or_else(garbage)?;
    let said = value_of(&answer, "msg");
    let absent = || Report {
        state: State::Absent,
        is_contradictory: false,
        number: number.to_owned(),
        trade_no: None,
        amount: None,
        fields: without(&answer, RULE.left_out),
    };
    match value_of(&answer, "code") {
        "1" => {}
        "" => return Err(garbage()),
        // Sites share this number for several refusals, so that their words have to tell.
        "-1" if said.contains("订单") && said.contains("不存在") => return Ok(absent()),
        _ => return Err(Failure::Unclear(words(said, params))),
    }
    let order = order_of(&answer, body)?;
    if value_of(&order, "out_trade_no") != number {
        return Err(other_order());
    }
    if filled(&order, "pid").is_some_and(|pid| pid != params.merchant(Provider::Epay)) {
        return Err(other_merchant());
    }
    let (state, is_contradictory) = joint(states(&order)).ok_or_else(garbage)?;
    let amount = Fen::of_yuan_text(value_of(&order, "money"));
    if state == State::Paid && amount.is_none() {
        return Err(no_amount());
    }
    Ok(Report {
        state,
        is_contradictory,
        number: number.to_owned(),
        trade_no: filled(&order, "trade_no"),
        amount,
        fields: without(&order, RULE.left_out),
    })
}

/// The fields of the order in an answer: beside its code, or under `data` as some sites have it. Where both places tell of
/// an order they have to tell the same.
fn order_of(answer: &[(String, String)], body: &[u8]) -> Result<Vec<(String, String)>, Failure> {
    let Some(inner) = inner(body).map_err(|()| garbage())? else { return Ok(answer.to_vec()) };
    if value_of(&inner, "out_trade_no").is_empty() {
        return Ok(answer.to_vec());
    }
    let is_twice = !value_of(answer, "out_trade_no").is_empty();
    let differs = |name: &&str| {
        let (outer, inner) = (value_of(answer, name), value_of(&inner, name));
        !outer.is_empty() && outer != inner
    };
    if is_twice && COUNTS.iter().any(differs) { Err(garbage()) } else { Ok(inner) }
}

/// What the fields of an order say: those of an answer by a number, those of a notification by a word, and some answers by
/// both.
fn states(fields: &[(String, String)]) -> impl Iterator<Item = State> {
    let by_number = match value_of(fields, "status") {
        "" => None,
        "0" => Some(State::Waiting),
        "1" => Some(State::Paid),
        "2" => Some(State::Refunded),
        other => Some(unknown(other)),
    };
    [by_number, by_word(fields), refund(fields)].into_iter().flatten()
}

fn by_word(fields: &[(String, String)]) -> Option<State> {
    match value_of(fields, "trade_status") {
        "" => None,
        "TRADE_SUCCESS" => Some(State::Paid),
        "WAIT_BUYER_PAY" => Some(State::Waiting),
        other if other.contains("REFUND") => Some(State::Refunded),
        other => Some(unknown(other)),
    }
}

pub(crate) fn verify(params: &Params, fields: &[(String, String)]) -> Result<Report, Rejection> {
    need(fields, "sign")?;
    let sign_type = value_of(fields, "sign_type");
    if !(sign_type.is_empty() || sign_type.eq_ignore_ascii_case("MD5")) || !RULE.holds(fields, params.key()) {
        return Err(Rejection::Signature);
    }
    refuse_ambiguous(fields, &READ)?;
    if need(fields, "pid")? != params.merchant(Provider::Epay) {
        return Err(Rejection::Merchant);
    }
    need(fields, "trade_status")?;
    let said = joint([by_word(fields), refund(fields)].into_iter().flatten());
    let (state, is_contradictory) = said.ok_or(Rejection::Missing("trade_status"))?;
    let amount = Fen::of_yuan_text(need(fields, "money")?).ok_or(Rejection::Amount)?;
    Ok(Report {
        state,
        is_contradictory,
        number: need(fields, "out_trade_no")?.to_owned(),
        trade_no: filled(fields, "trade_no"),
        amount: Some(amount),
        fields: without(fields, RULE.left_out),
    })
}

#[cfg(test)]
#[path = "epay_tests.rs"]
mod tests;
