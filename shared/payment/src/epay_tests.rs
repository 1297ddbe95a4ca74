//! epay against known signatures and answers.

use super::*;
use crate::form::read_form;
use crate::vectors::{Vectors, params};

const NUMBER: &str = "ORD20250102000001";

#[test]
fn requests_are_signed_as_others_sign_them() {
    let vectors = Vectors::epay();
    for case in vectors.of("request", 7) {
        let fields = case.fields();
        assert_eq!(crate::digest::signing_text(&fields, RULE.left_out), case.text("string_to_sign"), "{}", case.name());
        assert_eq!(RULE.sign(&fields, vectors.text("/key")), case.text("sign"), "{}", case.name());
    }
}

#[test]
fn notifications_are_believed_only_with_their_signature() {
    let params = params(Provider::Epay);
    let verify = |query: &str| crate::verify(Provider::Epay, &params, &read_form(query.as_bytes()).unwrap());
    for case in Vectors::epay().of("notification", 20) {
        let name = case.name();
        let said = verify(case.text("query"));
        let expected = match name {
            "notify_other_pid" => Err(Rejection::Merchant),
            "notify_status_not_success" => Ok((State::Unknown("TRADE_CLOSED".to_owned()), 8_888)),
            "notify_amount_differs" => Ok((State::Paid, 1)),
            "notify_money_without_zeros" => Ok((State::Paid, 100)),
            "notify_money_one_decimal" => Ok((State::Paid, 150)),
            // Their signatures hold, but are the same for two different orders.
            "notify_resplit_genuine" | "notify_resplit_forged" => Err(Rejection::Malformed),
            "notify_empty_sign" => Err(Rejection::Missing("sign")),
            "notify_duplicate_money" => Err(Rejection::Duplicate("money".to_owned())),
            _ if case.is("verifies") => Ok((State::Paid, 8_888)),
            _ => Err(Rejection::Signature),
        };
        let seen = said.as_ref().map(|report| (report.state.clone(), report.amount.unwrap().number()));
        assert_eq!(seen.map_err(Clone::clone), expected, "{name}");
        if let Ok(report) = said {
            assert_eq!((report.number.as_str(), report.trade_no.as_deref()), (NUMBER, Some("2025010203041512345")));
            assert!(report.fields.iter().all(|(name, _)| !name.starts_with("sign")), "{:?}", report.fields);
        }
    }
}

#[test]
fn answers_are_read_in_every_flavour() {
    let params = params(Provider::Epay);
    for case in Vectors::epay().of("answer", 12) {
        let (name, body) = (case.name(), case.text("body").as_bytes());
        if name.starts_with("answer_") {
            let offer = read_offer(body, &params, Device::Desktop, &Named::in_tests());
            assert_eq!(offer.is_ok(), case.is("success"), "{name}: {offer:?}");
            continue;
        }
        let report = read_report(body, &params, NUMBER);
        match case.text("state") {
            "error" => assert_eq!(report, Err(Failure::Unclear("商户密钥错误".to_owned())), "{name}"),
            state => {
                let expected = match state {
                    "paid" => State::Paid,
                    "unpaid" => State::Waiting,
                    "refunded" => State::Refunded,
                    "not_found" => State::Absent,
                    _ => State::Unknown("3".to_owned()),
                };
                assert_eq!(report.unwrap().state, expected, "{name}");
            }
        }
    }
}

#[test]
fn the_best_address_depends_on_the_device() {
    let params = params(Provider::Epay);
    let all =
        r#"{"code":1,"trade_no":"7","payurl":"https://p.example/1","qrcode":"weixin://q","urlscheme":"mqqapi://u"}"#;
    let named = Named::in_tests();
    let offer = |body: &str, device| read_offer(body.as_bytes(), &params, device, &named).map(|offer| offer.pay_url);
    assert_eq!(offer(all, Device::Desktop).unwrap(), "weixin://q");
    assert_eq!(offer(all, Device::Mobile).unwrap(), "https://p.example/1");
    assert_eq!(offer(r#"{"code":1,"qrcode":"weixin://q"}"#, Device::WeChat).unwrap(), "weixin://q");
    let script = r#"{"code":1,"qrcode":"javascript:alert(1)","payurl":"https://p.example/1"}"#;
    assert_eq!(offer(script, Device::Desktop).unwrap(), "https://p.example/1");
    let none = r#"{"code":1,"qrcode":"javascript:alert(1)"}"#;
    assert!(matches!(offer(none, Device::Desktop), Err(Failure::Unclear(_))));
}

#[test]
fn answers_about_others_are_no_report() {
    let params = params(Provider::Epay);
    let paid = |number: &str, pid: &str, money: &str| {
        let body = format!(r#"{{"code":1,"out_trade_no":"{number}","pid":{pid},"money":"{money}","status":1}}"#);
        read_report(body.as_bytes(), &params, NUMBER)
    };
    assert_eq!(paid(NUMBER, "1001", "1.00").unwrap().state, State::Paid);
    for report in
        [paid("1", "1001", "1.00"), paid(NUMBER, "1002", "1.00"), paid(NUMBER, "1001", ""), paid("", "1001", "1")]
    {
        assert!(matches!(report, Err(Failure::Unclear(_))), "{report:?}");
    }
    for body in ["", "<html>", "[]", "{}", r#"{"code":1,"code":1}"#, r#"{"code":true,"status":1}"#] {
        assert!(matches!(read_report(body.as_bytes(), &params, NUMBER), Err(Failure::Unclear(_))), "{body}");
    }
}

#[test]
fn refusals_are_told_without_the_key() {
    let params = params(Provider::Epay);
    let said = format!(r#"{{"code":-3,"msg":"签名错误\n{}"}}"#, params.key());
    let read_offer = |body: &[u8]| super::read_offer(body, &params, Device::Mobile, &Named::in_tests());
    assert_eq!(read_offer(said.as_bytes()), Err(Failure::Refused("签名错误 ***".to_owned())));
    let long = format!(r#"{{"code":-3,"msg":"{}"}}"#, "错".repeat(1_000));
    let Err(Failure::Refused(text)) = read_offer(long.as_bytes()) else {
        unreachable!("it was refused");
    };
    assert_eq!(text.chars().count(), 200);
    let silent = read_offer(br#"{"code":-1}"#);
    assert_eq!(silent, Err(Failure::Refused("支付接口没有说明原因".to_owned())));
}

#[test]
fn of_several_words_the_cautious_one_counts() {
    let params = params(Provider::Epay);
    let read = |fields: &str| {
        let body = format!(r#"{{"code":1,"out_trade_no":"{NUMBER}","money":"9.900",{fields}}}"#);
        read_report(body.as_bytes(), &params, NUMBER).map(|report| (report.state, report.is_contradictory))
    };
    let unknown = |word: &str| State::Unknown(word.to_owned());
    for (fields, expected) in [
        (r#""status":1"#, (State::Paid, false)),
        (r#""status":1,"trade_status":"TRADE_SUCCESS""#, (State::Paid, false)),
        (r#""trade_status":"TRADE_SUCCESS""#, (State::Paid, false)),
        (r#""status":1,"trade_status":"","refundmoney":"0.00""#, (State::Paid, false)),
        (r#""status":1,"trade_status":"WAIT_BUYER_PAY""#, (State::Waiting, true)),
        (r#""status":0,"trade_status":"TRADE_SUCCESS""#, (State::Waiting, true)),
        (r#""status":1,"trade_status":"TRADE_CLOSED""#, (unknown("TRADE_CLOSED"), true)),
        (r#""status":3,"trade_status":"TRADE_SUCCESS""#, (unknown("3"), true)),
        (r#""status":0,"trade_status":"WAIT_BUYER_PAY""#, (State::Waiting, false)),
        (r#""status":0,"trade_status":"NEW""#, (State::Waiting, false)),
        (r#""status":1,"refundmoney":"0.01""#, (State::Refunded, false)),
        (r#""status":1,"refund_money":"odd""#, (State::Refunded, false)),
        (r#""status":1,"trade_status":"TRADE_REFUND""#, (State::Refunded, false)),
        (r#""status":0,"trade_status":"WAIT_BUYER_PAY","refund_fee":"1""#, (State::Refunded, false)),
    ] {
        assert_eq!(read(fields), Ok(expected), "{fields}");
    }
    assert!(matches!(read(r#""name":"VIP""#), Err(Failure::Unclear(_))), "no word at all");
}

#[test]
fn an_order_is_read_flat_or_under_data() {
    let params = params(Provider::Epay);
    let read = |body: &str| read_report(body.as_bytes(), &params, NUMBER);
    let order = format!(r#""out_trade_no":"{NUMBER}","trade_no":"7","money":"9.9","status":1"#);
    let flat = read(&format!(r#"{{"code":1,{order}}}"#)).unwrap();
    for body in [
        format!(r#"{{"code":1,"msg":"ok","data":{{{order}}}}}"#),
        format!(r#"{{"code":"1","status":"success","data":{{{order}}}}}"#),
        format!(r#"{{"code":1,"data":[],{order}}}"#),
        format!(r#"{{"code":1,"data":{{"buyer":"x"}},{order}}}"#),
        format!(r#"{{"code":1,"data":{{{order}}},{order}}}"#),
    ] {
        let report = read(&body).unwrap();
        assert_eq!((report.state, report.amount, report.trade_no), (State::Paid, flat.amount, flat.trade_no.clone()));
    }
    for body in [
        format!(r#"{{"code":1,"data":{{{order}}},"out_trade_no":"{NUMBER}","status":0}}"#),
        format!(r#"{{"code":1,"data":{{"out_trade_no":"7","status":1,"money":"9.9"}},{order}}}"#),
        format!(r#"{{"code":1,"data":{{{order}}},"data":{{{order}}}}}"#),
        format!(r#"{{"code":1,"data":{{{order},"status":0}}}}"#),
        format!(r#"{{"code":-1,"data":{{{order}}}}}"#),
        r#"{"code":1,"data":{"out_trade_no":"7","status":1,"money":"9.9"}}"#.to_owned(),
    ] {
        assert!(matches!(read(&body), Err(Failure::Unclear(_))), "{body}");
    }
}
