//! Alipay: what it is sent, and what is made of its answers.

use payment::{Failure, Fen, Provider, State};
use serde_json::{Value, json};

use crate::server::{Act, Server};
use crate::{NUMBER, create, order, query, signing};

const PRECREATE: &str = "alipay_trade_precreate_response";
const QUERY: &str = "alipay_trade_query_response";

/// An answer of Alipay, signed over this exact text.
fn sealed(name: &str, node: &str) -> String {
    format!("{{\"{name}\":{node},\"sign\":\"{}\"}}", signing::rsa2(node, true))
}

fn created() -> String {
    format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}","qr_code":"https:\/\/qr.alipay.com\/bax"}}"#)
}

fn found(status: &str, number: &str, amount: &str) -> String {
    let node = json!({
        "code": "10000", "msg": "Success", "out_trade_no": number, "trade_no": "2025010222001455611438292951",
        "trade_status": status, "total_amount": amount, "fund_bill_list": [{ "amount": amount }],
    });
    node.to_string()
}

#[test]
fn an_order_is_created_by_a_signed_request() {
    let server = Server::says(sealed(PRECREATE, &created()));
    let offer = create(Provider::Alipay, &server, &order()).unwrap();
    assert_eq!((offer.pay_url.as_str(), offer.provider_number), ("https://qr.alipay.com/bax", None));
    let request = server.requests().remove(0);
    assert_eq!(request.line, "POST /gateway.do");
    assert!(request.head.contains("charset=utf-8"), "{}", request.head);
    for (name, value) in [
        ("app_id", signing::APP_ID),
        ("method", "alipay.trade.precreate"),
        ("charset", "utf-8"),
        ("sign_type", "RSA2"),
        ("timestamp", "2025-01-02 03:04:05"),
        ("version", "1.0"),
        ("notify_url", "https://shop.example.com/api/pay/notify/x/51370316848435200"),
    ] {
        assert_eq!(request.field(name), value, "{name}");
    }
    let content: Value = serde_json::from_str(request.field("biz_content")).unwrap();
    let expected = json!({
        "out_trade_no": NUMBER, "total_amount": "88.88", "subject": "会员 A＆B＝C", "timeout_express": "90m",
    });
    assert_eq!(content, expected);
    let mut names: Vec<_> = request.fields.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), request.fields.len(), "a field came in the query and in the body");
    assert!(signing::is_the_apps(&signing::text(&request.fields, &["sign"]), request.field("sign")));
}

#[test]
fn only_signed_answers_about_the_order_make_an_offer() {
    let good = sealed(PRECREATE, &created());
    let by_app = format!("{{\"{PRECREATE}\":{},\"sign\":\"{}\"}}", created(), signing::rsa2(&created(), false));
    for body in [
        good.replace("/bax", "/evil"),
        format!("{{\"{PRECREATE}\":{}}}", created()),
        by_app,
        sealed(PRECREATE, &created().replace(NUMBER, "1")),
        sealed(PRECREATE, &created().replace("https:", "javascript:")),
        sealed(PRECREATE, &created().replace("qr_code", "other")),
        sealed(QUERY, &created()),
    ] {
        let result = create(Provider::Alipay, &Server::says(body.clone()), &order());
        assert!(matches!(result, Err(Failure::Unclear(_))), "{body}: {result:?}");
    }
}

#[test]
fn refusals_are_told_and_breakdowns_are_none() {
    let refusal =
        r#"{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature","sub_msg":"无效签名"}"#;
    let said = Err(Failure::Refused("无效签名 isv.invalid-signature".to_owned()));
    for body in [
        format!("{{\"{PRECREATE}\":{refusal}}}"),
        format!("{{\"error_response\":{refusal}}}"),
        sealed(PRECREATE, refusal),
        sealed("error_response", refusal),
    ] {
        assert_eq!(create(Provider::Alipay, &Server::says(body), &order()), said);
    }
    let forged = sealed(PRECREATE, refusal).replace("无效", "有效");
    assert!(matches!(create(Provider::Alipay, &Server::says(forged), &order()), Err(Failure::Unclear(_))));
    let busy =
        sealed(PRECREATE, r#"{"code":"20000","msg":"Service Currently Unavailable","sub_code":"isp.unknow-error"}"#);
    assert!(matches!(create(Provider::Alipay, &Server::says(busy), &order()), Err(Failure::Unclear(_))));
}

#[test]
fn an_order_is_asked_after_by_its_number() {
    for (status, amount, state) in [
        ("TRADE_SUCCESS", "88.88", State::Paid),
        ("TRADE_FINISHED", "88.88", State::Paid),
        ("WAIT_BUYER_PAY", "88.88", State::Waiting),
        ("TRADE_CLOSED", "88.88", State::Closed),
        ("NEW_WORD", "88.88", State::Unknown("NEW_WORD".to_owned())),
    ] {
        let server = Server::says(sealed(QUERY, &found(status, NUMBER, amount)));
        let report = query(Provider::Alipay, &server).unwrap();
        assert_eq!((report.state, report.amount), (state, Fen::new(8_888)), "{status}");
        let request = server.requests().remove(0);
        assert_eq!(request.field("biz_content"), format!("{{\"out_trade_no\":\"{NUMBER}\"}}"));
        assert!(signing::is_the_apps(&signing::text(&request.fields, &["sign"]), request.field("sign")));
    }
    let absent = r#"{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST","sub_msg":"交易不存在"}"#;
    assert_eq!(query(Provider::Alipay, &Server::says(sealed(QUERY, absent))).unwrap().state, State::Absent);
    let unsigned = format!("{{\"{QUERY}\":{absent}}}");
    assert!(matches!(query(Provider::Alipay, &Server::says(unsigned)), Err(Failure::Unclear(_))));
}

#[test]
fn only_signed_answers_about_the_order_make_a_report() {
    let paid = found("TRADE_SUCCESS", NUMBER, "88.88");
    let waiting = sealed(QUERY, &found("WAIT_BUYER_PAY", NUMBER, "88.88"));
    for body in [
        waiting.replace("WAIT_BUYER_PAY", "TRADE_SUCCESS"),
        format!("{{\"{QUERY}\":{paid}}}"),
        format!("{{\"{QUERY}\":{paid},\"sign\":null}}"),
        sealed(QUERY, &found("TRADE_SUCCESS", "1", "88.88")),
        sealed(QUERY, &found("TRADE_SUCCESS", NUMBER, "")),
        sealed(QUERY, &found("", NUMBER, "88.88")),
        // Alipay's words about a creation are none about a payment.
        sealed(PRECREATE, &paid),
    ] {
        let result = query(Provider::Alipay, &Server::says(body.clone()));
        assert!(matches!(result, Err(Failure::Unclear(_))), "{body}: {result:?}");
    }
}

#[test]
fn a_question_is_asked_again_when_an_idle_connection_breaks() {
    let answer = sealed(QUERY, &found("TRADE_SUCCESS", NUMBER, "88.88"));
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start_with(move |_, _| {
        if tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            Act::Raw(Vec::new())
        } else {
            Act::Say(answer.clone().into_bytes())
        }
    });
    assert_eq!(query(Provider::Alipay, &server).unwrap().state, State::Paid);
    assert_eq!(server.requests().len(), 2);
}
