//! The answers of providers: fetched within bounds, and their words made fit for a log of the order's life.

use std::time::Duration;

use outbound::{Call, CallError, Url};
use tokio::time::Instant;

use crate::form::write_form;
use crate::order::Failure;
use crate::params::Params;

/// Answers have some kilobytes at most.
pub(crate) const BYTES_MAX: usize = 256 * 1024;
const WORDS_CHARS_MAX: usize = 200;
const FORM: &str = "application/x-www-form-urlencoded;charset=utf-8";

/// `POST url` with a form of these pairs.
pub(crate) fn post(url: Url, pairs: &[(String, String)]) -> Call {
    Call::post(url, FORM, write_form(pairs), BYTES_MAX)
}

/// The body of an answer of status 200.
pub(crate) async fn fetch(http: &outbound::Client, call: Call, until: Instant) -> Result<Vec<u8>, Failure> {
    let answer = http.send(call, until).await.map_err(failure_of)?;
    if answer.status == 200 {
        Ok(answer.body)
    } else {
        Err(Failure::Unclear(format!("支付接口应答状态 {}", answer.status)))
    }
}

/// The address of a route behind the provider's base address.
pub(crate) fn route(base: &str, tail: &str) -> Result<Url, Failure> {
    let address = if tail.is_empty() { base.to_owned() } else { format!("{base}/{tail}") };
    Url::parse(&address).map_err(|_| Failure::Refused("支付接口地址无法识别".to_owned()))
}

/// What is said when the answer is not of the provider's form.
pub(crate) fn garbage() -> Failure {
    Failure::Unclear("支付接口应答无法识别".to_owned())
}

/// What is said when the answer is not signed by the provider.
pub(crate) fn unsigned() -> Failure {
    Failure::Unclear("支付接口应答的签名不正确".to_owned())
}

/// What is said when the answer is about another order.
pub(crate) fn other_order() -> Failure {
    Failure::Unclear("支付接口应答的订单号不符".to_owned())
}

/// What is said when the answer is about another merchant.
pub(crate) fn other_merchant() -> Failure {
    Failure::Unclear("支付接口应答的商户不符".to_owned())
}

/// What is said when the answer tells of a payment, but not of an amount.
pub(crate) fn no_amount() -> Failure {
    Failure::Unclear("支付接口应答的金额无法识别".to_owned())
}

/// What is said when the provider took the order, but gave no address to pay at.
pub(crate) fn no_pay_url() -> Failure {
    Failure::Unclear("支付接口没有给出可用的支付链接".to_owned())
}

/// A provider's words as people may read them: one line of at most 200 characters without our secrets.
pub(crate) fn words(said: &str, params: &Params) -> String {
    let clean = params.secret_values().fold(said.to_owned(), |said, secret| said.replace(secret, "***"));
    let clean: String = clean.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS_CHARS_MAX).collect();
    let clean = clean.trim();
    if clean.is_empty() { "支付接口没有说明原因".to_owned() } else { clean.to_owned() }
}

/// `until`, or `longest` from now if that is sooner.
pub(crate) fn sooner(until: Instant, longest: Duration) -> Instant {
    until.min(Instant::now() + longest)
}

fn failure_of(error: CallError) -> Failure {
    match error {
        CallError::Blocked(reason) => Failure::Refused(format!("支付接口无法访问: {}", reason.sentence())),
        CallError::Connect => Failure::Refused("支付接口无法连接".to_owned()),
        CallError::Timeout => Failure::Unclear("支付接口超时".to_owned()),
        CallError::TooLarge => Failure::Unclear("支付接口应答过长".to_owned()),
        CallError::Cut => Failure::Unclear("支付接口应答中断".to_owned()),
    }
}
