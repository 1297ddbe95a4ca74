//! PAYJS: `WeChat` and Alipay payments by a QR code.
//!
//! Document: <https://help.payjs.cn/>. Answers that tell of success are signed over their decoded values; refusals are
//! not. An order can be asked after by PAYJS's own number only, so that number is to be kept.

use domain::{Fen, PayType, Provider};
use tokio::time::Instant;

use crate::answer::{fetch, garbage, no_amount, no_pay_url, other_merchant, other_order, post, route, unsigned, words};
use crate::digest::Rule;
use crate::form::{flat_members, pairs, value_of};
use crate::order::{Asked, Failure, Offer, Order};
use crate::params::Params;
use crate::pay_url::Named;
use crate::rejection::Rejection;
use crate::report::{Report, State, filled, joint, need, refund, refuse_ambiguous, unknown, without};

const RULE: Rule = Rule { field: "sign", left_out: &["sign"], before_key: "&key=", in_capitals: true };
const BODY_CHARS_MAX: usize = 32;
/// The fields of a notification that count.
const READ: [&str; 5] = ["return_code", "mchid", "out_trade_no", "payjs_order_id", "total_fee"];

pub(crate) async fn create(
    http: &outbound::Client,
    params: &Params,
    order: &Order<'_>,
    until: Instant,
) -> Result<Offer, Failure> {
    let url = route(params.api(Provider::PayJs), "api/native")?;
    let named = Named::at(http, &url);
    let answer = fetch(http, post(url, &request(params, order)), until).await?;
    read_offer(&answer, params, order, &named)
}

/// The signed fields of a creation. `WeChat` is what PAYJS means when there is no type.
fn request(params: &Params, order: &Order<'_>) -> Vec<(String, String)> {
    let mut fields = pairs([
        ("mchid", params.merchant(Provider::PayJs)),
        ("total_fee", &order.amount.number().to_string()),
        ("out_trade_no", order.number),
        ("body", &order.title(&[], BODY_CHARS_MAX, 4 * BODY_CHARS_MAX)),
        ("notify_url", order.notify_url),
    ]);
    if order.pay_type == PayType::Alipay {
        fields.push(("type".to_owned(), "alipay".to_owned()));
    }
    RULE.seal(fields, params.key())
}

fn read_offer(body: &[u8], params: &Params, order: &Order<'_>, named: &Named) -> Result<Offer, Failure> {
    let answer = flat_members(body).ok_or_else(garbage)?;
    match value_of(&answer, "return_code") {
        "1" => {}
        "" => return Err(garbage()),
        _ => return Err(Failure::Refused(refusal(&answer, params))),
    }
    if !RULE.holds(&answer, params.key()) {
        return Err(unsigned());
    }
    if filled(&answer, "out_trade_no").is_some_and(|number| number != order.number) {
        return Err(other_order());
    }
    let pay_url = named.pay_url(value_of(&answer, "code_url")).ok_or_else(no_pay_url)?;
    // An order that could never be asked about is not offered.
    let provider_number = Some(filled(&answer, "payjs_order_id").ok_or_else(garbage)?);
    Ok(Offer { pay_url, provider_number })
}

/// Why PAYJS says no: in one of two fields.
fn refusal(answer: &[(String, String)], params: &Params) -> String {
    let said = filled(answer, "msg").or_else(|| filled(answer, "return_msg"));
    words(&said.unwrap_or_default(), params)
}

pub(crate) async fn query(
    http: &outbound::Client,
    params: &Params,
    asked: &Asked<'_>,
    until: Instant,
) -> Result<Report, Failure> {
    let Some(provider_number) = asked.provider_number else {
        return Err(Failure::Unclear("没有 PAYJS 的订单号，无法查询".to_owned()));
    };
    let fields = pairs([("mchid", params.merchant(Provider::PayJs)), ("payjs_order_id", provider_number)]);
    let call = post(route(params.api(Provider::PayJs), "api/check")?, &RULE.seal(fields, params.key()));
    let answer = fetch(http, call.repeatable(), until).await?;
    read_report(&answer, params, asked.number)
}

fn read_report(body: &[u8], params: &Params, number: &str) -> Result<Report, Failure> {
    let answer = flat_members(body).ok_or_else(garbage)?;
    match value_of(&answer, "return_code") {
        "1" => {}
        "" => return Err(garbage()),
        _ => return Err(Failure::Unclear(refusal(&answer, params))),
    }
    let word = match value_of(&answer, "status") {
        "" => return Err(garbage()),
        "0" => State::Waiting,
        "1" => State::Paid,
        other => unknown(other),
    };
    let (state, is_contradictory) = state_of(word, &answer).ok_or_else(garbage)?;
    let is_sealed = match state {
        State::Waiting => RULE.holds(&answer, params.key()) || holds_without_zeros(&answer, params.key()),
        _ => RULE.holds(&answer, params.key()),
    };
    if !is_sealed {
        return Err(unsigned());
    }
    if value_of(&answer, "out_trade_no") != number {
        return Err(other_order());
    }
    if filled(&answer, "mchid").is_some_and(|mchid| mchid != params.merchant(Provider::PayJs)) {
        return Err(other_merchant());
    }
    let amount = Fen::of_text(value_of(&answer, "total_fee"));
    if state == State::Paid && amount.is_none() {
        return Err(no_amount());
    }
    Ok(Report {
        state,
        is_contradictory,
        number: number.to_owned(),
        trade_no: filled(&answer, "payjs_order_id"),
        amount,
        fields: without(&answer, RULE.left_out),
    })
}

/// What an answer or a notification makes of the order, whose words for it differ. Neither has one for money that went
/// back.
fn state_of(word: State, fields: &[(String, String)]) -> Option<(State, bool)> {
    joint([Some(word), refund(fields)].into_iter().flatten())
}

/// Whether the signature holds when fields of value `0` are left out too, as PHP's filter for empty values does. That
/// leaves the word for "not paid" unsigned, which does no harm.
fn holds_without_zeros(answer: &[(String, String)], key: &str) -> bool {
    let others: Vec<_> = answer.iter().filter(|(_, value)| value != "0").cloned().collect();
    RULE.holds(&others, key)
}

pub(crate) fn verify(params: &Params, fields: &[(String, String)]) -> Result<Report, Rejection> {
    need(fields, "sign")?;
    if !RULE.holds(fields, params.key()) {
        return Err(Rejection::Signature);
    }
    refuse_ambiguous(fields, &READ)?;
    if need(fields, "mchid")? != params.merchant(Provider::PayJs) {
        return Err(Rejection::Merchant);
    }
    let word = match need(fields, "return_code")? {
        "1" => State::Paid,
        other => unknown(other),
    };
    let (state, is_contradictory) = state_of(word, fields).ok_or(Rejection::Missing("return_code"))?;
    let amount = Fen::of_text(need(fields, "total_fee")?).ok_or(Rejection::Amount)?;
    Ok(Report {
        state,
        is_contradictory,
        number: need(fields, "out_trade_no")?.to_owned(),
        trade_no: filled(fields, "payjs_order_id"),
        amount: Some(amount),
        fields: without(fields, RULE.left_out),
    })
}

#[cfg(test)]
#[path = "payjs_tests.rs"]
mod tests;
