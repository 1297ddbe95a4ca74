//! Alipay's face-to-face payment (当面付): a QR code that the person scans.
//!
//! Documents: <https://opendocs.alipay.com/open/f540afd8_alipay.trade.precreate>,
//! <https://opendocs.alipay.com/open/6f534d7f_alipay.trade.query>, <https://opendocs.alipay.com/common/02kf5q> for the
//! signatures. Requests are signed by the app's key, answers and notifications by Alipay's.

mod node;

use domain::{Fen, Provider, Zone};
use outbound::Call;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::node::{Node, Seal};
use crate::answer::{BYTES_MAX, fetch, garbage, no_amount, no_pay_url, route, unsigned, words};
use crate::digest::signing_text;
use crate::form::{encoding_of, pairs, value_of, write_form};
use crate::order::{Asked, Failure, Offer, Order};
use crate::params::Params;
use crate::pay_url::Named;
use crate::rejection::Rejection;
use crate::report::{Report, State, filled, joint, need, refund, refuse_ambiguous, unknown, without};
use crate::rsa2::{self, KeyFormat, private_key, public_key, verifies};

const PRECREATE: &str = "alipay.trade.precreate";
const QUERY: &str = "alipay.trade.query";
/// How long a person may take to scan and pay; Alipay's QR codes live two hours at most.
const TIMEOUT: &str = "90m";
const SUBJECT_CHARS_MAX: usize = 256;
/// Signs that Alipay asks to keep out of a subject.
const ODD: [char; 2] = ['/', '='];
/// What the signature of a notification does not cover.
const LEFT_OUT: [&str; 2] = ["sign", "sign_type"];
/// The fields of a notification that count.
const READ: [&str; 7] =
    ["app_id", "trade_no", "out_trade_no", "total_amount", "trade_status", "gmt_payment", "gmt_refund"];

pub(crate) async fn create(
    http: &outbound::Client,
    params: &Params,
    order: &Order<'_>,
    until: Instant,
) -> Result<Offer, Failure> {
    let content = json!({
        "out_trade_no": order.number,
        "total_amount": order.amount.yuan_text(),
        "subject": order.title(&ODD, SUBJECT_CHARS_MAX, 4 * SUBJECT_CHARS_MAX),
        "timeout_express": TIMEOUT,
    });
    // The same order again gives its QR code again.
    let call = call(params, PRECREATE, &content, Some(order.notify_url), order.now)?.repeatable();
    let named = Named::at(http, call.url());
    let node = ask(http, params, PRECREATE, call, until).await?;
    if !node.is_success() {
        return Err(refusal(&node, params));
    }
    node.check_order(order.number)?;
    let pay_url = named.pay_url(value_of(&node.fields, "qr_code")).ok_or_else(no_pay_url)?;
    Ok(Offer { pay_url, provider_number: None })
}

pub(crate) async fn query(
    http: &outbound::Client,
    params: &Params,
    asked: &Asked<'_>,
    until: Instant,
) -> Result<Report, Failure> {
    let call = call(params, QUERY, &json!({ "out_trade_no": asked.number }), None, asked.now)?.repeatable();
    let node = ask(http, params, QUERY, call, until).await?;
    read_report(&node, params, asked.number)
}

/// The signed call of a method: the common parameters in the query, the content in the body, as Alipay's own SDKs do.
fn call(params: &Params, method: &str, content: &Value, notify_url: Option<&str>, now: i64) -> Result<Call, Failure> {
    // Whatever zone the shop is in, the gateway reads China's time.
    let zone: Zone = "Asia/Shanghai".parse().map_err(|_| Failure::Refused("没有北京时间".to_owned()))?;
    let mut fields = pairs([
        ("app_id", params.merchant(Provider::Alipay)),
        ("method", method),
        ("format", "JSON"),
        ("charset", "utf-8"),
        ("sign_type", "RSA2"),
        ("timestamp", &zone.text(now)),
        ("version", "1.0"),
    ]);
    if let Some(notify_url) = notify_url {
        fields.push(("notify_url".to_owned(), notify_url.to_owned()));
    }
    let content = ("biz_content".to_owned(), content.to_string());
    let all: Vec<_> = fields.iter().chain([&content]).cloned().collect();
    fields.push(("sign".to_owned(), sign_request(params, &all)?));
    let mut url = route(params.api(Provider::Alipay), "")?;
    url.query_pairs_mut().extend_pairs(&fields);
    let body = write_form(&[content]);
    Ok(Call::post(url, "application/x-www-form-urlencoded;charset=utf-8", body, BYTES_MAX))
}

/// The signature of a request: over everything, its own type included.
fn sign_request(params: &Params, fields: &[(String, String)]) -> Result<String, Failure> {
    let key = private_key(value_of_param(params, "privateKey"), KeyFormat::of(value_of_param(params, "keyType")));
    let signature = key.and_then(|key| rsa2::sign(&key, signing_text(fields, &["sign"]).as_bytes()));
    signature.ok_or_else(|| Failure::Refused("应用私钥无法签名".to_owned()))
}

fn value_of_param<'a>(params: &'a Params, name: &str) -> &'a str {
    params.get(name).unwrap_or_default()
}

/// Alipay's key, as it verifies; `None` when there is none.
fn alipays_key(params: &Params) -> Option<Vec<u8>> {
    public_key(value_of_param(params, "alipayPublicKey"))
}

async fn ask(
    http: &outbound::Client,
    params: &Params,
    method: &str,
    call: Call,
    until: Instant,
) -> Result<Node, Failure> {
    let body = fetch(http, call, until).await?;
    let key = alipays_key(params).ok_or_else(unsigned)?;
    let node = node::read(&body, method, &key).ok_or_else(garbage)?;
    // Refusals of the gateway itself come without a signature; nothing else does.
    match node.seal {
        Seal::Good => Ok(node),
        Seal::Absent if !node.is_success() => Ok(node),
        Seal::Absent | Seal::Bad => Err(unsigned()),
    }
}

/// What an answer says that is no success.
fn refusal(node: &Node, params: &Params) -> Failure {
    let (code, sub_code) = (value_of(&node.fields, "code"), value_of(&node.fields, "sub_code"));
    let said = filled(&node.fields, "sub_msg").or_else(|| filled(&node.fields, "msg")).unwrap_or_default();
    let said = words(format!("{said} {sub_code}").trim(), params);
    // The gateway or the system behind it broke down while it worked on the request.
    let is_broken = code == "20000" || ["isp.", "aop."].iter().any(|start| sub_code.starts_with(start));
    if is_broken || sub_code == "ACQ.SYSTEM_ERROR" || code.is_empty() {
        Failure::Unclear(said)
    } else {
        Failure::Refused(said)
    }
}

fn read_report(node: &Node, params: &Params, number: &str) -> Result<Report, Failure> {
    let report = |state, is_contradictory, amount| Report {
        state,
        is_contradictory,
        number: number.to_owned(),
        trade_no: filled(&node.fields, "trade_no"),
        amount,
        fields: node.fields.clone(),
    };
    if !node.is_success() {
        let is_absent = node.seal == Seal::Good && value_of(&node.fields, "sub_code") == "ACQ.TRADE_NOT_EXIST";
        return if is_absent { Ok(report(State::Absent, false, None)) } else { Err(refusal(node, params)) };
    }
    node.check_order(number)?;
    let (state, is_contradictory) = state_of(&node.fields).ok_or_else(garbage)?;
    let amount = Fen::of_yuan_text(value_of(&node.fields, "total_amount"));
    if state == State::Paid && amount.is_none() {
        return Err(no_amount());
    }
    Ok(report(state, is_contradictory, amount))
}

/// What an answer or a notification makes of the order. An answer of Alipay's says nothing of money that went back in part:
/// only the notification of that does.
fn state_of(fields: &[(String, String)]) -> Option<(State, bool)> {
    let is_there = |name| filled(fields, name).is_some();
    let word = match value_of(fields, "trade_status") {
        "" => return None,
        "WAIT_BUYER_PAY" => State::Waiting,
        "TRADE_SUCCESS" | "TRADE_FINISHED" => State::Paid,
        // An order that was paid before it was closed tells when the money came: an answer and a notification by a name of
        // its own each.
        "TRADE_CLOSED" if is_there("send_pay_date") || is_there("gmt_payment") => State::Refunded,
        "TRADE_CLOSED" => State::Closed,
        other => unknown(other),
    };
    let dated = is_there("gmt_refund").then_some(State::Refunded);
    joint([Some(word), dated, refund(fields)].into_iter().flatten())
}

pub(crate) fn verify(params: &Params, fields: &[(String, String)]) -> Result<Report, Rejection> {
    let signature = need(fields, "sign")?;
    // The message must not choose a weaker kind of signature for itself.
    if !need(fields, "sign_type")?.eq_ignore_ascii_case("RSA2") || !is_signed(params, fields, signature) {
        return Err(Rejection::Signature);
    }
    refuse_ambiguous(fields, &READ)?;
    if need(fields, "app_id")? != params.merchant(Provider::Alipay) {
        return Err(Rejection::Merchant);
    }
    let (state, is_contradictory) = state_of(fields).ok_or(Rejection::Missing("trade_status"))?;
    let amount = Fen::of_yuan_text(need(fields, "total_amount")?).ok_or(Rejection::Amount)?;
    Ok(Report {
        state,
        is_contradictory,
        number: need(fields, "out_trade_no")?.to_owned(),
        trade_no: filled(fields, "trade_no"),
        amount: Some(amount),
        fields: without(fields, &LEFT_OUT),
    })
}

/// Whether Alipay signed these fields. It signs bytes in the charset that it sent, so the texts go back into that.
fn is_signed(params: &Params, fields: &[(String, String)], signature: &str) -> bool {
    let (Some(key), Some(encoding)) = (alipays_key(params), encoding_of(value_of(fields, "charset"))) else {
        return false;
    };
    let text = signing_text(fields, &LEFT_OUT);
    let (bytes, _, has_gaps) = encoding.encode(&text);
    !has_gaps && verifies(&key, &bytes, signature)
}

#[cfg(test)]
#[path = "alipay_tests.rs"]
mod tests;
