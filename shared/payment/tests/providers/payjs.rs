//! PAYJS: what it is sent, and what is made of its answers.

use payment::{Failure, Fen, Order, PayType, Provider, State};
use serde_json::{Value, json};

use crate::server::Server;
use crate::{KEY, NUMBER, create, order, pairs, query, signing};

fn sealed(mut answer: Value) -> String {
    answer["sign"] = json!(signing::payjs(&pairs(&answer), KEY));
    answer.to_string()
}

fn created() -> Value {
    json!({
        "return_code": 1, "return_msg": "SUCCESS", "payjs_order_id": "2025010203041500812345678",
        "out_trade_no": NUMBER, "total_fee": "8888", "qrcode": "https://payjs.cn/qrcode/x",
        "code_url": "https://qr.alipay.com/bax",
    })
}

fn paid() -> Value {
    json!({
        "return_code": 1, "mchid": "1530000001", "out_trade_no": NUMBER, "payjs_order_id": "2025010203041500812345678",
        "transaction_id": "42", "status": 1, "total_fee": 8888, "attach": "",
    })
}

#[test]
fn an_order_is_created_by_a_signed_form() {
    let server = Server::says(sealed(created()));
    let offer = create(Provider::PayJs, &server, &order()).unwrap();
    assert_eq!(offer.pay_url, "https://qr.alipay.com/bax");
    assert_eq!(offer.provider_number.as_deref(), Some("2025010203041500812345678"));
    create(Provider::PayJs, &server, &Order { pay_type: PayType::WeChat, ..order() }).unwrap();
    let requests = server.requests();
    for (request, pay_type) in requests.iter().zip(["alipay", ""]) {
        assert_eq!(request.line, "POST /api/native");
        for (name, value) in [
            ("mchid", "1530000001"),
            ("total_fee", "8888"),
            ("out_trade_no", NUMBER),
            ("body", "会员 A＆B=C"),
            ("type", pay_type),
            ("notify_url", "https://shop.example.com/api/pay/notify/x/51370316848435200"),
        ] {
            assert_eq!(request.field(name), value, "{name}");
        }
        assert_eq!(request.field("sign"), signing::payjs(&request.fields, KEY));
    }
}

#[test]
fn only_signed_answers_about_the_order_make_an_offer() {
    let tampered = sealed(created()).replace("/bax", "/evil");
    let unsigned = created().to_string();
    let other = sealed({
        let mut answer = created();
        answer["out_trade_no"] = json!("1");
        answer
    });
    let script = sealed({
        let mut answer = created();
        answer["code_url"] = json!("javascript:alert(1)");
        answer
    });
    for body in [tampered, unsigned, other, script] {
        let result = create(Provider::PayJs, &Server::says(body.clone()), &order());
        assert!(matches!(result, Err(Failure::Unclear(_))), "{body}: {result:?}");
    }
    let refused = create(Provider::PayJs, &Server::says(r#"{"return_code":0,"msg":"签名错误"}"#), &order());
    assert_eq!(refused, Err(Failure::Refused("签名错误".to_owned())));
}

#[test]
fn an_order_is_asked_after_by_the_number_of_payjs() {
    let server = Server::says(sealed(paid()));
    let report = query(Provider::PayJs, &server).unwrap();
    assert_eq!((report.state, report.amount, report.number.as_str()), (State::Paid, Fen::new(8_888), NUMBER));
    let request = server.requests().remove(0);
    assert_eq!(request.line, "POST /api/check");
    assert_eq!(request.field("payjs_order_id"), "2025010203041500812345678");
    assert_eq!(request.field("sign"), signing::payjs(&request.fields, KEY));
}

#[test]
fn only_signed_answers_about_the_order_make_a_report() {
    let with = |name: &str, value: Value| {
        let mut answer = paid();
        answer[name] = value;
        sealed(answer)
    };
    let waiting = query(Provider::PayJs, &Server::says(with("status", json!(0)))).unwrap();
    assert_eq!(waiting.state, State::Waiting);
    let odd = query(Provider::PayJs, &Server::says(with("status", json!(7)))).unwrap();
    assert_eq!(odd.state, State::Unknown("7".to_owned()));
    for body in [
        with("status", json!(0)).replace("\"status\":0", "\"status\":1"),
        paid().to_string(),
        with("out_trade_no", json!("1")),
        with("mchid", json!("1530009999")),
        with("total_fee", json!("88.88")),
        with("total_fee", json!("")),
        r#"{"return_code":0,"return_msg":"no such order"}"#.to_owned(),
    ] {
        let result = query(Provider::PayJs, &Server::says(body.clone()));
        assert!(matches!(result, Err(Failure::Unclear(_))), "{body}: {result:?}");
    }
}
