//! Xunhupay against known signatures and answers.

use super::*;
use crate::form::read_form;
use crate::vectors::{Vectors, params};

const NUMBER: &str = "ORD20250102000001";

fn order(title: &str) -> Order<'_> {
    Order {
        number: NUMBER,
        amount: Fen::new(8_888).unwrap(),
        title,
        pay_type: domain::PayType::WeChat,
        notify_url: "https://shop.example.com/n",
        client_ip: "203.0.113.9",
        device: Device::Desktop,
        now: 1_735_786_800_123,
        nonce: "0123456789abcdef",
    }
}

#[test]
fn requests_are_signed_as_others_sign_them() {
    let vectors = Vectors::xunhupay();
    for case in vectors.of("request", 7).into_iter().filter(|case| case.name() != "request_backslash") {
        assert_eq!(RULE.sign(&case.fields(), vectors.text("/appsecret")), case.text("hash"), "{}", case.name());
    }
}

#[test]
fn titles_hold_nothing_that_the_provider_chokes_on() {
    let params = params(Provider::Xunhupay);
    let title = |title: &str| value_of(&request(&params, &order(title)), "title").to_owned();
    assert_eq!(title("会员🎉 50%\\折 a&b"), "会员 50％＼折 a＆b");
    assert_eq!(title("🎉"), NUMBER);
    assert_eq!(title(&"会".repeat(60)), "会".repeat(42));
    let fields = request(&params, &order("VIP"));
    assert_eq!((value_of(&fields, "total_fee"), value_of(&fields, "time")), ("88.88", "1735786800"));
    assert!(RULE.holds(&fields, params.key()));
}

#[test]
fn notifications_are_believed_only_with_their_signature() {
    let params = params(Provider::Xunhupay);
    for case in Vectors::xunhupay().of("notification", 14) {
        let name = case.name();
        let said = crate::verify(Provider::Xunhupay, &params, &read_form(case.text("body").as_bytes()).unwrap());
        let expected = match name {
            "notify_status_wp" => Ok((State::Waiting, 8_888)),
            "notify_status_cd" | "notify_status_rd" => Ok((State::Refunded, 8_888)),
            "notify_status_ud" => Ok((State::Unknown("UD".to_owned()), 8_888)),
            "notify_amount_differs" => Ok((State::Paid, 1)),
            "notify_amount_no_zeros" => Ok((State::Paid, 100)),
            "notify_other_appid" => Err(Rejection::Merchant),
            "notify_empty_hash" => Err(Rejection::Missing("hash")),
            _ if case.is("verifies") => Ok((State::Paid, 8_888)),
            _ => Err(Rejection::Signature),
        };
        let seen = said.map(|report| (report.state, report.amount.unwrap().number()));
        assert_eq!(seen, expected, "{name}");
    }
}

#[test]
fn answers_to_creations_are_believed_only_with_their_signature() {
    let params = params(Provider::Xunhupay);
    for case in Vectors::xunhupay().of("answer", 8) {
        let name = case.name();
        let answer = read_creation(case.text("body").as_bytes(), &params);
        match name {
            "answer_error" => assert_eq!(answer, Err(Failure::Refused("error description".to_owned()))),
            "answer_error_no_hash" => assert_eq!(answer, Err(Failure::Refused("签名错误".to_owned()))),
            _ if case.is("verifies") => assert!(answer.is_ok(), "{name}: {answer:?}"),
            _ => assert_eq!(answer, Err(unsigned()), "{name}"),
        }
    }
}

#[test]
fn answers_to_queries_are_read() {
    let params = params(Provider::Xunhupay);
    for case in Vectors::xunhupay().of("query_answer", 8) {
        let report = read_report(case.text("body").as_bytes(), &params, NUMBER);
        let expected = match case.text("state") {
            // It names no order, so it could be about any.
            _ if case.name() == "query_status_only" => None,
            "paid" => Some(State::Paid),
            "unpaid" => Some(State::Waiting),
            "closed" => Some(State::Closed),
            _ => None,
        };
        assert_eq!(report.as_ref().ok().map(|report| report.state.clone()), expected, "{}: {report:?}", case.name());
    }
    let refunded =
        r#"{"errcode":0,"data":{"out_trade_order":"1","status":"CD","transaction_id":"42","total_amount":"1"}}"#;
    assert_eq!(read_report(refunded.as_bytes(), &params, "1").unwrap().state, State::Refunded);
}
