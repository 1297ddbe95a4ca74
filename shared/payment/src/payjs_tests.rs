//! PAYJS against known signatures and answers.

use super::*;
use crate::device::Device;
use crate::form::read_form;
use crate::vectors::{Vectors, params};

const NUMBER: &str = "ORD20250102000001";

fn order() -> Order<'static> {
    Order {
        number: NUMBER,
        amount: Fen::new(8_888).unwrap(),
        title: "VIP",
        pay_type: PayType::WeChat,
        notify_url: "https://shop.example.com/n",
        client_ip: "203.0.113.9",
        device: Device::Desktop,
        now: 0,
        nonce: "n",
    }
}

#[test]
fn requests_are_signed_as_others_sign_them() {
    let vectors = Vectors::payjs();
    let (cases, key) = (vectors.of("request", 7), vectors.text("/key"));
    for case in &cases {
        assert_eq!(RULE.sign(&case.fields(), key), case.text("sign"), "{}", case.name());
    }
    let known = |name: &str| cases.iter().find(|case| case.name() == name).unwrap().text("sign").to_owned();
    let params = params(Provider::PayJs);
    let sign = |order: &Order<'_>| value_of(&request(&params, order), "sign").to_owned();
    assert_eq!(sign(&order()), known("request_native_wechat"));
    assert_eq!(sign(&Order { pay_type: PayType::Alipay, ..order() }), known("request_native_alipay"));
}

#[test]
fn notifications_are_believed_only_with_their_signature() {
    let params = params(Provider::PayJs);
    for case in Vectors::payjs().of("notification", 12) {
        let name = case.name();
        let said = crate::verify(Provider::PayJs, &params, &read_form(case.text("body").as_bytes()).unwrap());
        let expected = match name {
            "notify_return_code_0" => Ok((State::Unknown("0".to_owned()), 8_888)),
            "notify_other_mchid" => Err(Rejection::Merchant),
            "notify_amount_differs" => Ok((State::Paid, 1)),
            "notify_empty_sign" => Err(Rejection::Missing("sign")),
            _ if case.is("verifies") => Ok((State::Paid, 8_888)),
            _ => Err(Rejection::Signature),
        };
        let seen = said.map(|report| (report.state, report.amount.unwrap().number()));
        assert_eq!(seen, expected, "{name}");
    }
}

#[test]
fn answers_are_believed_only_with_their_signature() {
    let params = params(Provider::PayJs);
    let read_offer = |body: &[u8]| super::read_offer(body, &params, &order(), &Named::in_tests());
    for case in Vectors::payjs().of("answer", 14) {
        let (name, body) = (case.name(), case.text("body").as_bytes());
        if name.starts_with("answer_check_") {
            let report = read_report(body, &params, NUMBER);
            let expected = match name {
                "answer_check_status_tampered" | "answer_check_other_order" => None,
                _ if name.contains("unpaid") => Some(State::Waiting),
                _ => Some(State::Paid),
            };
            assert_eq!(report.as_ref().ok().map(|report| report.state.clone()), expected, "{name}: {report:?}");
        } else if name == "answer_failed_unsigned" {
            assert_eq!(read_offer(body), Err(Failure::Refused("签名错误".to_owned())));
        } else if case.is("verifies") {
            let offer = read_offer(body).unwrap();
            assert_eq!(offer.pay_url, "weixin://wxpay/bizpayurl?pr=04IPMKM", "{name}");
            assert_eq!(offer.provider_number.as_deref(), Some("2025010203041500812345678"));
        } else {
            assert_eq!(read_offer(body), Err(unsigned()), "{name}");
        }
    }
}
