//! Alipay against known signatures, answers and notifications.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::*;
use crate::form::read_form;
use crate::vectors::{Vectors, params};

#[test]
fn requests_are_signed_as_others_sign_them() {
    let (vectors, params) = (Vectors::alipay(), params(Provider::Alipay));
    for case in vectors.of("request", 8) {
        let fields = case.fields();
        assert_eq!(signing_text(&fields, &["sign"]), case.text("string_to_sign"), "{}", case.name());
        assert_eq!(sign_request(&params, &fields).unwrap(), case.text("sign"), "{}", case.name());
    }
}

#[test]
fn both_wrappings_of_a_private_key_sign_alike() {
    let vectors = Vectors::alipay();
    let known = vectors.of("request", 1)[0];
    let message = known.text("string_to_sign").as_bytes();
    for (name, format, other) in [
        ("/keys/app_private_pkcs8", KeyFormat::Pkcs8, KeyFormat::Pkcs1),
        ("/keys/app_private_pkcs1", KeyFormat::Pkcs1, KeyFormat::Pkcs8),
    ] {
        for format in [format, KeyFormat::Either] {
            let key = private_key(vectors.text(name), format).unwrap();
            assert_eq!(rsa2::sign(&key, message).as_deref(), Some(known.text("sign")));
        }
        assert!(private_key(vectors.text(name), other).is_none(), "{name}");
    }
}

#[test]
fn public_keys_are_unwrapped() {
    let vectors = Vectors::alipay();
    let wrapped = vectors.text("/keys/alipay_public_spki");
    let plain = public_key(wrapped).unwrap();
    assert_eq!(
        public_key(&BASE64_STANDARD.encode(&plain)),
        Some(plain.clone()),
        "without its wrapping it is a key too"
    );
    let mut longer = BASE64_STANDARD.decode(wrapped).unwrap();
    longer.push(0);
    // The same bytes, but under the name of elliptic curves.
    let mut other = BASE64_STANDARD.decode(wrapped).unwrap();
    other[12] ^= 1;
    for text in [
        String::new(),
        "MIIB".to_owned(),
        "not base64!".to_owned(),
        BASE64_STANDARD.encode(longer),
        BASE64_STANDARD.encode(other),
        BASE64_STANDARD.encode(&plain[..plain.len() - 1]),
        vectors.text("/keys/app_private_pkcs8").to_owned(),
    ] {
        assert_eq!(public_key(&text), None, "{text}");
    }
}

#[test]
fn answers_are_believed_only_with_their_signature() {
    let vectors = Vectors::alipay();
    let key = public_key(vectors.text("/keys/alipay_public_spki")).unwrap();
    for case in vectors.of("response", 35) {
        let node = node::read(case.text("body").as_bytes(), case.text("method"), &key);
        let seal = node.as_ref().map(|node| node.seal);
        let holds = case.is("verifies") || case.is("verifies_with_slash_retry");
        assert_eq!(seal == Some(Seal::Good), holds, "{}: {node:?}", case.name());
    }
}

#[test]
fn answers_to_queries_are_read() {
    let (vectors, params) = (Vectors::alipay(), params(Provider::Alipay));
    let key = alipays_key(&params).unwrap();
    let cases = vectors.of("response", 35);
    let report = |name: &str, number: &str| {
        let case = cases.iter().find(|case| case.name() == name).unwrap();
        let node = node::read(case.text("body").as_bytes(), case.text("method"), &key).unwrap();
        read_report(&node, &params, number)
    };
    let number = "ORD20250102000002";
    for (name, state) in [
        ("response_query_paid", State::Paid),
        ("response_query_wait_buyer_pay", State::Waiting),
        ("response_query_trade_finished", State::Paid),
        // It tells when the money came.
        ("response_query_trade_closed", State::Refunded),
        ("response_unbalanced_braces_in_string", State::Paid),
    ] {
        let report = report(name, number).unwrap();
        assert_eq!((report.state, report.amount), (state, Fen::new(8_888)), "{name}");
    }
    let absent = report("response_trade_not_exist", "ORD20250102000009").unwrap();
    assert_eq!((absent.state, absent.amount), (State::Absent, None));
    assert_eq!(report("response_other_order", number), Err(crate::answer::other_order()));
    let refused = report("response_error_response_signed", number);
    assert_eq!(refused, Err(Failure::Refused("无效签名 isv.invalid-signature".to_owned())));
}

#[test]
fn notifications_are_believed_only_with_their_signature() {
    let params = params(Provider::Alipay);
    for case in Vectors::alipay_notifications().of("notification", 30) {
        let name = case.name();
        let read = read_form(case.text("body").as_bytes());
        // A changed charset may leave bytes that are no text.
        let said = read.and_then(|fields| crate::verify(Provider::Alipay, &params, &fields));
        let state = match name {
            "notify_partial_refund" | "notify_full_refund" => State::Refunded,
            "notify_closed_by_timeout" => State::Closed,
            "notify_wait_buyer_pay" => State::Waiting,
            _ => State::Paid,
        };
        let amount = if name == "notify_amount_differs" { 1 } else { 8_888 };
        match name {
            "notify_other_app_id" => assert_eq!(said, Err(Rejection::Merchant)),
            "notify_no_sign" | "notify_empty_sign" => assert_eq!(said, Err(Rejection::Missing("sign"))),
            "notify_duplicate_field" => assert_eq!(said, Err(Rejection::Duplicate("total_amount".to_owned()))),
            "notify_charset_changed" => assert!(said.is_err()),
            _ if case.is("verifies") => {
                let report = said.unwrap();
                assert_eq!((report.state, report.amount), (state, Fen::new(amount)), "{name}");
                assert_eq!(report.number, "ORD20250102000002");
                assert_eq!(report.trade_no.as_deref(), Some("2025010222001455611438292951"));
            }
            _ => assert_eq!(said, Err(Rejection::Signature), "{name}"),
        }
    }
}

#[test]
fn texts_in_gbk_are_read_and_verified_as_they_were_signed() {
    let params = params(Provider::Alipay);
    let mut seen = 0;
    for case in Vectors::alipay_notifications().of("notification", 30) {
        let signed = case.text("string_to_sign_base64");
        if signed.is_empty() {
            continue;
        }
        seen += 1;
        let fields = read_form(case.text("body").as_bytes()).unwrap();
        let text = signing_text(&fields, &LEFT_OUT);
        let encoding = encoding_of(value_of(&fields, "charset")).unwrap();
        assert_eq!(encoding.encode(&text).0, BASE64_STANDARD.decode(signed).unwrap(), "{}", case.name());
        assert!(crate::verify(Provider::Alipay, &params, &fields).is_ok(), "{}", case.name());
    }
    assert_eq!(seen, 2);
}

#[test]
fn a_breakdown_of_the_gateway_is_no_refusal() {
    let params = params(Provider::Alipay);
    let failure = |code: &str, sub_code: &str| {
        let fields = pairs([("code", code), ("msg", "Service"), ("sub_code", sub_code), ("sub_msg", "系统繁忙")]);
        refusal(&Node { fields, seal: Seal::Good }, &params)
    };
    for (code, sub_code) in [("20000", "isp.unknow-error"), ("40004", "ACQ.SYSTEM_ERROR"), ("40004", "aop.x"), ("", "")]
    {
        assert!(matches!(failure(code, sub_code), Failure::Unclear(_)), "{code} {sub_code}");
    }
    let said = Failure::Refused("系统繁忙 ACQ.TRADE_HAS_CLOSE".to_owned());
    assert_eq!(failure("40004", "ACQ.TRADE_HAS_CLOSE"), said);
}
