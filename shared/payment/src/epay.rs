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
use crate::form::{flat_members, pairs, value_of};
use crate::order::{Asked, Failure, Offer, Order};
use crate::params::Params;
use crate::pay_url::pay_url;
use crate::rejection::Rejection;
use crate::report::{Report, State, filled, need, refuse_ambiguous, unknown, without};

const RULE: Rule = Rule { field: "sign", left_out: &["sign", "sign_type"], before_key: "", in_capitals: false };
/// The platform cuts names there itself, but signs what it got.
const NAME_BYTES_MAX: usize = 127;
const NAME_CHARS_MAX: usize = 100;
/// The fields of a notification that count.
const READ: [&str; 6] = ["pid", "trade_no", "out_trade_no", "money", "trade_status", "type"];

pub(crate) async fn create(
    http: &outbound::Client,
    params: &Params,
    order: &Order<'_>,
    until: Instant,
) -> Result<Offer, Failure> {
    let url = route(params.api(Provider::Epay), "mapi.php")?;
    let answer = fetch(http, post(url, &request(params, order)), until).await?;
    read_offer(&answer, params, order.device)
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
fn read_offer(body: &[u8], params: &Params, device: Device) -> Result<Offer, Failure> {
    let answer = flat_members(body).ok_or_else(garbage)?;
    match value_of(&answer, "code") {
        "1" => {}
        "" => return Err(garbage()),
        _ => return Err(Failure::Refused(words(value_of(&answer, "msg"), params))),
    }
    let names = match device {
        Device::Desktop => ["qrcode", "payurl", "urlscheme"],
        _ => ["payurl", "urlscheme", "qrcode"],
    };
    let pay_url = names.into_iter().find_map(|name| pay_url(value_of(&answer, name))).ok_or_else(no_pay_url)?;
    Ok(Offer { pay_url, provider_number: filled(&answer, "trade_no") })
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
    if value_of(&answer, "out_trade_no") != number {
        return Err(other_order());
    }
    if filled(&answer, "pid").is_some_and(|pid| pid != params.merchant(Provider::Epay)) {
        return Err(other_merchant());
    }
    let state = match value_of(&answer, "status") {
        "" => return Err(garbage()),
        "0" => State::Waiting,
        "1" => State::Paid,
        "2" => State::Refunded,
        other => unknown(other),
    };
    let amount = Fen::of_yuan_text(value_of(&answer, "money"));
    if state == State::Paid && amount.is_none() {
        return Err(no_amount());
    }
    Ok(Report {
        state,
        number: number.to_owned(),
        trade_no: filled(&answer, "trade_no"),
        amount,
        fields: without(&answer, RULE.left_out),
    })
}

pub(crate) fn verify(params: &Params, fields: &[(String, String)]) -> Result<Report, Rejection> {
    need(fields, "sign")?;
    if !matches!(value_of(fields, "sign_type"), "" | "MD5") || !RULE.holds(fields, params.key()) {
        return Err(Rejection::Signature);
    }
    refuse_ambiguous(fields, &READ)?;
    if need(fields, "pid")? != params.merchant(Provider::Epay) {
        return Err(Rejection::Merchant);
    }
    let state = match need(fields, "trade_status")? {
        "TRADE_SUCCESS" => State::Paid,
        other => unknown(other),
    };
    let amount = Fen::of_yuan_text(need(fields, "money")?).ok_or(Rejection::Amount)?;
    Ok(Report {
        state,
        number: need(fields, "out_trade_no")?.to_owned(),
        trade_no: filled(fields, "trade_no"),
        amount: Some(amount),
        fields: without(fields, RULE.left_out),
    })
}

#[cfg(test)]
#[path = "epay_tests.rs"]
mod tests;
