//! Xunhupay: what it is sent, what is made of its answers, and the picture of its QR code.

use payment::{Device, Failure, Fen, Order, Provider, State};
use qrcode::{Color, QrCode};
use serde_json::{Value, json};

use crate::server::{Act, Server};
use crate::{KEY, NUMBER, create, order, pairs, query, signing};

const CASHIER: &str = "https://api.xunhupay.com/payments/wechat/index?id=1";
const SCANNED: &str = "weixin://wxpay/bizpayurl?pr=QpyXFy2zz";

fn sealed(mut answer: Value) -> Vec<u8> {
    answer["hash"] = json!(signing::xunhupay(&pairs(&answer), KEY));
    answer.to_string().into_bytes()
}

fn created(qr_code: &str) -> Value {
    json!({ "openid": 20_259_876_543_i64, "url_qrcode": qr_code, "url": CASHIER, "errcode": 0, "errmsg": "success!" })
}

/// A PNG of a QR code, four pixels for each module.
fn picture(text: &str) -> Vec<u8> {
    let code = QrCode::new(text).unwrap();
    let (colors, modules) = (code.to_colors(), code.width());
    let side = (modules + 8) * 4;
    let is_dark = |x: usize, y: usize| {
        let inside = |at: usize| (4..4 + modules).contains(&at);
        inside(x) && inside(y) && colors[(y - 4) * modules + x - 4] == Color::Dark
    };
    let shade = |place: usize| if is_dark(place % side / 4, place / side / 4) { 0 } else { 255 };
    let pixels: Vec<u8> = (0..side * side).map(shade).collect();
    let mut file = Vec::new();
    let side = u32::try_from(side).unwrap();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

/// A provider whose QR code is behind `/qrcode` and does this.
fn provider(qr_code: impl Fn() -> Act + Send + Sync + 'static) -> Server {
    Server::start_with(move |url, request| {
        if request.line.starts_with("GET /qrcode") {
            qr_code()
        } else {
            Act::Say(sealed(created(&format!("{url}/qrcode?data=1"))))
        }
    })
}

#[test]
fn an_order_is_created_by_a_signed_form_and_its_code_is_read() {
    let server = provider(|| Act::Say(picture(SCANNED)));
    let offer = create(Provider::Xunhupay, &server, &order()).unwrap();
    assert_eq!((offer.pay_url.as_str(), offer.provider_number.as_deref()), (SCANNED, Some("20259876543")));
    let request = server.requests().remove(0);
    assert_eq!(request.line, "POST /payment/do.html");
    for (name, value) in [
        ("version", "1.1"),
        ("appid", "20250100001"),
        ("trade_order_id", NUMBER),
        ("total_fee", "88.88"),
        ("title", "会员 A＆B=C"),
        ("time", "1735758245"),
        ("nonce_str", "0123456789abcdef"),
        ("notify_url", "https://shop.example.com/api/pay/notify/x/51370316848435200"),
    ] {
        assert_eq!(request.field(name), value, "{name}");
    }
    assert_eq!(request.field("hash"), signing::xunhupay(&request.fields, KEY));
}

#[test]
fn phones_open_the_cashier_and_fetch_no_picture() {
    for device in [Device::Mobile, Device::WeChat, Device::Alipay] {
        let server = provider(|| Act::Say(picture(SCANNED)));
        let offer = create(Provider::Xunhupay, &server, &Order { device, ..order() }).unwrap();
        assert_eq!((offer.pay_url.as_str(), server.requests().len()), (CASHIER, 1));
    }
}

#[test]
fn a_code_that_cannot_be_read_leaves_the_cashier() {
    let broken: [fn() -> Act; 6] = [
        || Act::Say(b"<html>".to_vec()),
        || Act::Say(picture("javascript:alert(1)")),
        || Act::Raw(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n".to_vec()),
        || Act::Raw(b"HTTP/1.1 302 Found\r\nlocation: /qrcode2\r\ncontent-length: 0\r\n\r\n".to_vec()),
        || Act::Flood,
        || Act::Hang,
    ];
    for act in broken {
        let server = provider(act);
        assert_eq!(create(Provider::Xunhupay, &server, &order()).unwrap().pay_url, CASHIER);
    }
}

#[test]
fn a_picture_inside_the_network_is_not_fetched() {
    for address in
        ["http://10.0.0.1/qr", "https://169.254.169.254/latest", "ftp://127.0.0.1/", "file:///etc/passwd", ""]
    {
        let server = Server::says(sealed(created(address)));
        assert_eq!(create(Provider::Xunhupay, &server, &order()).unwrap().pay_url, CASHIER, "{address}");
    }
}

#[test]
fn only_signed_answers_make_an_offer() {
    let tampered = String::from_utf8(sealed(created(""))).unwrap().replace("wechat/index", "evil");
    for body in [tampered.into_bytes(), created("").to_string().into_bytes()] {
        let result = create(Provider::Xunhupay, &Server::says(body), &order());
        assert_eq!(result, Err(Failure::Unclear("支付接口应答的签名不正确".to_owned())));
    }
    let refused = create(Provider::Xunhupay, &Server::says(r#"{"errcode":40029,"errmsg":"签名错误"}"#), &order());
    assert_eq!(refused, Err(Failure::Refused("签名错误".to_owned())));
}

fn found(status: &str, number: &str, amount: &str) -> Value {
    let data = json!({
        "open_order_id": "20259876543", "out_trade_order": number, "status": status, "total_amount": amount,
        "transaction_id": if status == "OD" { json!("42") } else { Value::Null },
    });
    json!({ "errcode": 0, "data": data, "errmsg": "" })
}

#[test]
fn an_order_is_asked_after_by_its_number() {
    let server = Server::says(found("OD", NUMBER, "88.88").to_string());
    let report = query(Provider::Xunhupay, &server).unwrap();
    assert_eq!((report.state, report.amount), (State::Paid, Fen::new(8_888)));
    let request = server.requests().remove(0);
    assert_eq!(request.line, "POST /payment/query.html");
    assert_eq!((request.field("out_trade_order"), request.field("nonce_str")), (NUMBER, "abcdef0123456789"));
    assert_eq!(request.field("hash"), signing::xunhupay(&request.fields, KEY));
    for (status, state) in [("WP", State::Waiting), ("CD", State::Closed), ("??", State::Unknown("??".to_owned()))] {
        let report = query(Provider::Xunhupay, &Server::says(found(status, NUMBER, "88.88").to_string())).unwrap();
        assert_eq!(report.state, state);
    }
}

#[test]
fn answers_that_vouch_for_nothing_make_no_report() {
    let mut wrong = found("OD", NUMBER, "88.88");
    wrong["hash"] = json!("0".repeat(32));
    let mut empty = wrong.clone();
    empty["hash"] = json!("");
    for body in [
        wrong,
        empty,
        found("OD", "1", "88.88"),
        found("OD", "", "88.88"),
        found("OD", NUMBER, ""),
        found("OD", NUMBER, "8.8e1"),
        found("", NUMBER, "88.88"),
        json!({ "errcode": 0, "data": [], "errmsg": "" }),
        json!({ "errcode": 500, "errmsg": "订单不存在" }),
    ] {
        let result = query(Provider::Xunhupay, &Server::says(body.to_string()));
        assert!(matches!(result, Err(Failure::Unclear(_))), "{body}: {result:?}");
    }
}
