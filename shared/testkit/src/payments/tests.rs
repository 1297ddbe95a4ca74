//! The providers over their interfaces, as a merchant and as a person see them.

mod alipay;
mod desk;
mod md5;

use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::Clock;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::keys::{epay_key, payjs_key, xunhupay_key};
use super::*;

/// 2025-01-02 03:04:05 in China.
const NOW: i64 = 1_735_758_245_000;
const URL: &str = "http://127.0.0.1:3200";
const NOTIFY: &str = "http://127.0.0.1:9/api/pay/notify";

fn payments() -> Payments {
    Payments::new(Clock::fixed(NOW))
}

/// A form's fields.
type Form = Vec<(&'static str, String)>;

fn encoded(form: &Form) -> String {
    Serializer::new(String::new()).extend_pairs(form).finish()
}

fn post(path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(path).header("content-type", "application/x-www-form-urlencoded").body(body.into()).unwrap()
}

fn get(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::new()).unwrap()
}

async fn text(answer: Response<UpstreamBody>) -> String {
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// What a provider says to a form, as JSON with status 200.
async fn ask(payments: &Payments, path: &str, form: &Form) -> Value {
    let answer = payments.answer(post(path, encoded(form)), URL).await;
    assert_eq!(answer.status(), StatusCode::OK);
    serde_json::from_str(&text(answer).await).unwrap()
}

/// Replaces a field, or adds it.
fn with(mut form: Form, name: &'static str, value: &str) -> Form {
    form.retain(|(known, _)| *known != name);
    form.push((name, value.to_owned()));
    form
}

/// The text that is signed, put together in the order of `names`, which a test writes down itself.
fn joined(form: &[(impl AsRef<str>, String)], names: &[&str]) -> String {
    let value = |name: &str| form.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value.as_str());
    names.iter().map(|name| format!("{name}={}", value(name).unwrap())).collect::<Vec<_>>().join("&")
}

/// The MD5 of another implementation's shape: hexadecimal digits of RFC 1321's function.
fn md5(text: &str) -> String {
    digest::md5(text)
}

/// A trade at epay, signed by hand.
fn epay(number: &str, name: &str) -> Form {
    let form = vec![
        ("pid", "1001".to_owned()),
        ("type", "alipay".to_owned()),
        ("out_trade_no", number.to_owned()),
        ("notify_url", NOTIFY.to_owned()),
        ("name", name.to_owned()),
        ("money", "12.50".to_owned()),
        ("clientip", "203.0.113.9".to_owned()),
        ("param", String::new()),
    ];
    epay_signed(form)
}

fn epay_signed(form: Form) -> Form {
    let names = ["clientip", "money", "name", "notify_url", "out_trade_no", "pid", "type"];
    let sign = md5(&format!("{}{}", joined(&form, &names), epay_key("1001")));
    with(with(form, "sign", &sign), "sign_type", "MD5")
}

fn payjs(number: &str, body: &str) -> Form {
    let form = vec![
        ("mchid", "1530000001".to_owned()),
        ("total_fee", "1250".to_owned()),
        ("out_trade_no", number.to_owned()),
        ("body", body.to_owned()),
        ("notify_url", NOTIFY.to_owned()),
        ("type", "alipay".to_owned()),
        ("attach", String::new()),
    ];
    payjs_signed(form)
}

fn payjs_signed(form: Form) -> Form {
    let text = joined(&form, &["body", "mchid", "notify_url", "out_trade_no", "total_fee", "type"]);
    let sign = md5(&format!("{text}&key={}", payjs_key("1530000001"))).to_uppercase();
    with(form, "sign", &sign)
}

fn xunhupay(number: &str, title: &str) -> Form {
    let form = vec![
        ("version", "1.1".to_owned()),
        ("appid", "20250100001".to_owned()),
        ("trade_order_id", number.to_owned()),
        ("total_fee", "12.5".to_owned()),
        ("title", title.to_owned()),
        ("time", "1735758245".to_owned()),
        ("notify_url", NOTIFY.to_owned()),
        ("attach", String::new()),
        ("nonce_str", "0123456789abcdef".to_owned()),
    ];
    xunhupay_signed(form)
}

fn xunhupay_signed(form: Form) -> Form {
    let names = ["appid", "nonce_str", "notify_url", "time", "title", "total_fee", "trade_order_id", "version"];
    let hash = md5(&format!("{}{}", joined(&form, &names), xunhupay_key("20250100001")));
    with(form, "hash", &hash)
}

/// The fields of a notification, in the order in which they came.
fn fields_of(notification: &Notification) -> Vec<(String, String)> {
    let query = notification.url.split_once('?').map(|(_, query)| query.as_bytes());
    let form = if notification.body.is_empty() { query.unwrap() } else { &notification.body };
    url::form_urlencoded::parse(form).into_owned().collect()
}

fn field(fields: &[(String, String)], name: &str) -> String {
    fields.iter().find(|(known, _)| known == name).unwrap().1.clone()
}

#[test]
fn md5_is_the_standards() {
    assert_eq!(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(md5("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
}

#[test]
fn texts_to_sign_are_sorted_and_leave_out_what_is_empty() {
    let fields = [("b", "2&c=3"), ("sign", "x"), ("a", "一 +"), ("empty", ""), ("B", "0")];
    assert_eq!(digest::text_to_sign(fields, &["sign"]), "B=0&a=一 +&b=2&c=3");
}

#[test]
fn amounts_are_plain_decimals() {
    for (yuan, fen) in [("1", 100), ("0.01", 1), ("12.5", 1250), ("12.50", 1250), ("007.00", 700)] {
        assert_eq!(fields::fen(yuan), Some(fen), "{yuan}");
    }
    for yuan in ["", "0", "0.00", "-1", "+1", "1.", ".5", "1.005", "1e3", "1,5", " 1", "١", "9999999999"] {
        assert_eq!(fields::fen(yuan), None, "{yuan}");
    }
    assert_eq!(fields::yuan(1205), "12.05");
}

#[tokio::test]
async fn calls_are_counted_and_fail_on_demand() {
    let payments = payments();
    payments.fail_next(1);
    let answer = payments.answer(post("/epay/mapi.php", encoded(&epay("1", "VIP"))), URL).await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert!(payments.trades().is_empty());
    assert_eq!(ask(&payments, "/epay/mapi.php", &epay("1", "VIP")).await["code"], 1);
    payments.answer(get("/"), URL).await;
    assert_eq!(payments.calls(), 2);
}

#[tokio::test]
async fn directives_spoil_the_answer_after_the_trade_is_there() {
    let payments = payments();
    let garbage = payments.answer(post("/epay/mapi.php", encoded(&epay("1", "VIP[[garbage]]"))), URL).await;
    assert!(serde_json::from_str::<Value>(&text(garbage).await).is_err());
    let cut = payments.answer(post("/epay/mapi.php", encoded(&epay("2", "VIP[[drop]]"))), URL).await;
    assert!(cut.into_body().collect().await.is_err());
    assert_eq!(payments.trades().len(), 2);
    assert_eq!(ask(&payments, "/epay/mapi.php", &epay("3", "VIP[[refuse]]")).await["code"], -1);
    assert_eq!(payments.trades().len(), 2);

    let before = Instant::now();
    ask(&payments, "/epay/mapi.php", &epay("4", "VIP[[slow_ms=300]]")).await;
    assert!(before.elapsed() >= Duration::from_millis(300));
}

#[test]
fn the_newest_ten_thousand_trades_are_kept() {
    let book = Book::default();
    for number in 0..=10_000 {
        let draft = trade::Draft {
            provider: Provider::Epay,
            merchant: "1".into(),
            out_trade_no: number.to_string(),
            amount_fen: 1,
            title: "VIP".into(),
            notify_url: NOTIFY.into(),
            method: "alipay".into(),
            attach: String::new(),
            plugins: String::new(),
        };
        book.enter(draft, NOW).unwrap();
    }
    let trades = book.all();
    assert_eq!((trades.len(), trades[0].number.as_str()), (10_000, "1"));
    let numbers: std::collections::BTreeSet<_> = trades.iter().map(|trade| &trade.trade_no).collect();
    assert_eq!(numbers.len(), 10_000);
}

#[tokio::test]
async fn two_merchants_may_have_the_same_number() {
    let payments = payments();
    ask(&payments, "/epay/mapi.php", &epay("7", "VIP")).await;
    ask(&payments, "/payjs/api/native", &payjs("7", "VIP")).await;
    let trades = payments.trades();
    assert_eq!((trades[0].number.as_str(), trades[1].number.as_str()), ("7", "7.2"));
    assert_eq!(trades[1].out_trade_no, "7");
    assert_eq!(field(&fields_of(&payments.notification("7.2", &Change::default())), "out_trade_no"), "7");
}
