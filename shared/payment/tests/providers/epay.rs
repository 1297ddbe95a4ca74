//! epay: what it is sent, and what is made of its answers.

use payment::{Device, Failure, Fen, Order, PayType, Provider, State};

use crate::server::Server;
use crate::{KEY, NUMBER, create, order, query, signing};

const GOOD: &str = r#"{"code":1,"trade_no":"2025010203041512345","payurl":"https:\/\/pay.example.com\/pay\/1"}"#;

#[test]
fn an_order_is_created_by_a_signed_form() {
    let server = Server::says(GOOD);
    let offer = create(Provider::Epay, &server, &Order { pay_type: PayType::Qq, ..order() }).unwrap();
    assert_eq!(offer.pay_url, "https://pay.example.com/pay/1");
    assert_eq!(offer.provider_number.as_deref(), Some("2025010203041512345"));
    let request = server.requests().remove(0);
    assert_eq!(request.line, "POST /mapi.php");
    assert!(request.head.contains("content-type: application/x-www-form-urlencoded"), "{}", request.head);
    for (name, value) in [
        ("pid", "1001"),
        ("type", "qqpay"),
        ("out_trade_no", NUMBER),
        ("name", "会员 A＆B=C"),
        ("money", "88.88"),
        ("clientip", "203.0.113.9"),
        ("device", "pc"),
        ("return_url", "https://shop.example.com/r"),
        ("notify_url", "https://shop.example.com/api/pay/notify/x/51370316848435200"),
        ("sign_type", "MD5"),
        ("key", ""),
    ] {
        assert_eq!(request.field(name), value, "{name}");
    }
    assert_eq!(request.field("sign"), signing::epay(&request.fields, KEY));
}

#[test]
fn the_device_is_told_and_long_titles_are_cut() {
    for (device, name) in [
        (Device::Desktop, "pc"),
        (Device::Mobile, "mobile"),
        (Device::WeChat, "wechat"),
        (Device::Qq, "qq"),
        (Device::Alipay, "alipay"),
    ] {
        let server = Server::says(GOOD);
        create(Provider::Epay, &server, &Order { device, title: &"会".repeat(99), ..order() }).unwrap();
        let request = server.requests().remove(0);
        assert_eq!((request.field("device"), request.field("name").len()), (name, 126));
    }
}

#[test]
fn a_refusal_is_told_in_its_words() {
    let server = Server::says(r#"{"code":-1,"msg":"支付金额不能小于1元"}"#);
    let refused = create(Provider::Epay, &server, &order());
    assert_eq!(refused, Err(Failure::Refused("支付金额不能小于1元".to_owned())));
}

#[test]
fn an_order_is_asked_after_by_its_number() {
    let body = format!(
        "\u{feff}{{\"code\":\"1\",\"trade_no\":\"7\",\"out_trade_no\":\"{NUMBER}\",\"pid\":1001,\"money\":\"88.8\",\"status\":\"1\"}}"
    );
    let server = Server::says(body);
    let report = query(Provider::Epay, &server).unwrap();
    assert_eq!((report.state, report.amount, report.number.as_str()), (State::Paid, Fen::new(8_880), NUMBER));
    assert_eq!(report.trade_no.as_deref(), Some("7"));
    let request = server.requests().remove(0);
    assert_eq!(request.line, "GET /api.php");
    for (name, value) in [("act", "order"), ("pid", "1001"), ("key", KEY), ("out_trade_no", NUMBER)] {
        assert_eq!(request.field(name), value);
    }
}

#[test]
fn a_base_with_a_path_is_kept() {
    let server = Server::says(GOOD);
    let at = format!("{}/_local/pay/epay/", server.url);
    crate::create_within(Provider::Epay, &at, &order(), 5_000).unwrap();
    assert_eq!(server.requests()[0].line, "POST /_local/pay/epay/mapi.php");
}
