//! Alipay's gateway, and what it signs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::json;

use super::super::keys::sign_as_application;
use super::*;

/// A request for `method`, with the text that is signed put together by hand.
fn request(method: &str, biz_content: &Value) -> Form {
    signed(vec![
        ("app_id", "2021000000000000".to_owned()),
        ("biz_content", biz_content.to_string()),
        ("charset", "utf-8".to_owned()),
        ("format", "JSON".to_owned()),
        ("method", method.to_owned()),
        ("notify_url", NOTIFY.to_owned()),
        ("sign_type", "RSA2".to_owned()),
        ("timestamp", "2025-01-02 03:04:05".to_owned()),
        ("version", "1.0".to_owned()),
    ])
}

/// Signs a form whose fields are in order.
fn signed(form: Form) -> Form {
    let pairs = form.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    let text = pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    with(form, "sign", &sign_as_application(&text))
}

fn precreate(number: &str, subject: &str) -> Form {
    let asked = json!({"out_trade_no": number, "total_amount": "12.50", "subject": subject, "timeout_express": "90m"});
    request("alipay.trade.precreate", &asked)
}

fn query(number: &str) -> Form {
    request("alipay.trade.query", &json!({"out_trade_no": number}))
}

/// The raw answer, and its one node.
async fn answer(payments: &Payments, form: &Form) -> (String, Value) {
    let raw = text(payments.answer(post("/alipay/gateway.do", encoded(form)), URL).await).await;
    let mut parsed: Value = serde_json::from_str(&raw).unwrap();
    let fields = parsed.as_object_mut().unwrap();
    fields.remove("sign");
    let (_, node) = std::mem::take(fields).into_iter().next().unwrap();
    (raw, node)
}

/// Whether Alipay's key, as a channel knows it, has signed `text`.
fn verifies(text: &str, signature: &str) -> bool {
    let spki = STANDARD.decode(alipay_params(URL)["alipayPublicKey"].as_str().unwrap()).unwrap();
    // What stands before the key itself is the same for every key of 2,048 bits.
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &spki[24..]);
    key.verify(text.as_bytes(), &STANDARD.decode(signature).unwrap()).is_ok()
}

/// Whether the answer's signature is its node's, cut out of the text as it is.
fn is_signed(raw: &str) -> bool {
    let (before, sign) = raw.split_once(",\"sign\":\"").unwrap();
    let node = before.split_once(':').unwrap().1;
    verifies(node, sign.strip_suffix("\"}").unwrap())
}

#[tokio::test]
async fn a_trade_is_there_once_somebody_scans_it() {
    let payments = payments();
    let (raw, node) = answer(&payments, &precreate("42", "一年期会员 & more")).await;
    let page = "http://127.0.0.1:3200/_local/pay/42";
    assert_eq!(node, json!({"code": "10000", "msg": "Success", "out_trade_no": "42", "qr_code": page}));
    assert!(raw.contains(r#""qr_code":"http:\/\/127.0.0.1:3200\/_local\/pay\/42""#) && is_signed(&raw), "{raw}");
    assert_eq!((payments.trades()[0].amount_fen, payments.trades()[0].merchant.as_str()), (1250, "2021000000000000"));

    let (raw, node) = answer(&payments, &query("42")).await;
    assert_eq!((&node["code"], &node["sub_code"]), (&"40004".into(), &"ACQ.TRADE_NOT_EXIST".into()));
    assert!(is_signed(&raw));
    assert_eq!(payments.answer(get("/42"), URL).await.status(), StatusCode::OK);
    assert_eq!(answer(&payments, &query("42")).await.1["trade_status"], "WAIT_BUYER_PAY");
    payments.pay("42");
    let (raw, node) = answer(&payments, &query("42")).await;
    assert_eq!((&node["trade_status"], &node["total_amount"]), (&"TRADE_SUCCESS".into(), &"12.50".into()));
    assert_eq!(
        (&node["trade_no"], &node["send_pay_date"]),
        (&payments.trades()[0].trade_no.clone().into(), &"2025-01-02 03:04:05".into())
    );
    assert!(is_signed(&raw));
    payments.refund("42");
    assert_eq!(answer(&payments, &query("42")).await.1["trade_status"], "TRADE_CLOSED");
    let by_theirs = request("alipay.trade.query", &json!({"trade_no": payments.trades()[0].trade_no}));
    assert_eq!(answer(&payments, &by_theirs).await.1["out_trade_no"], "42");
}

#[tokio::test]
async fn the_same_order_again_is_the_same_trade() {
    let payments = payments();
    let first = answer(&payments, &precreate("42", "VIP")).await;
    assert_eq!(answer(&payments, &precreate("42", "VIP")).await, first);
    assert_eq!(payments.trades().len(), 1);
    let problem = |node: Value| node["sub_code"].clone();
    assert_eq!(problem(answer(&payments, &precreate("42", "other")).await.1), "ACQ.CONTEXT_INCONSISTENT");
    payments.pay("42");
    assert_eq!(problem(answer(&payments, &precreate("42", "VIP")).await.1), "ACQ.TRADE_HAS_SUCCESS");
    answer(&payments, &precreate("43", "VIP")).await;
    payments.close("43");
    assert_eq!(problem(answer(&payments, &precreate("43", "VIP")).await.1), "ACQ.TRADE_HAS_CLOSE");
}

#[tokio::test]
async fn wrong_requests_are_refused_in_its_own_words() {
    let payments = payments();
    for (name, value, problem) in [
        ("app_id", "", "isv.missing-app-id"),
        ("app_id", "me", "isv.invalid-app-id"),
        ("sign_type", "RSA", "isv.invalid-signature-type"),
        ("charset", "gbk", "isv.invalid-charset"),
        ("timestamp", "2025-01-02T03:04:05", "isv.invalid-timestamp"),
        ("version", "", "isv.missing-version"),
        ("sign", "", "isv.missing-signature"),
        ("sign", "AAAA", "isv.invalid-signature"),
        ("notify_url", "http://127.0.0.1/other", "isv.invalid-signature"),
        ("method", "alipay.trade.pay", "isv.invalid-method"),
    ] {
        let (raw, node) = answer(&payments, &with(precreate("42", "VIP"), name, value)).await;
        assert_eq!(node["sub_code"], problem, "{raw}");
        assert!(!raw.contains("\"sign\""), "{raw}");
    }
    let biz = |name: &str, value: Value| {
        let mut asked = json!({"out_trade_no": "42", "total_amount": "12.50", "subject": "VIP"});
        asked[name] = value;
        request("alipay.trade.precreate", &asked)
    };
    for (name, value) in [
        ("total_amount", "0.00".into()),
        ("total_amount", "1.005".into()),
        ("total_amount", Value::Null),
        ("total_amount", "100000000.01".into()),
        ("subject", "".into()),
        ("out_trade_no", "4 2".into()),
        ("timeout_express", "soon".into()),
    ] {
        let (raw, node) = answer(&payments, &biz(name, value)).await;
        assert_eq!(node["sub_code"], "ACQ.INVALID_PARAMETER", "{raw}");
        assert!(node["sub_msg"].as_str().unwrap().contains(name) && is_signed(&raw), "{raw}");
    }
    let mut nowhere = precreate("42", "VIP");
    nowhere.retain(|(name, _)| *name != "notify_url" && *name != "sign");
    assert_eq!(answer(&payments, &signed(nowhere)).await.1["sub_code"], "ACQ.INVALID_PARAMETER");
    assert!(payments.trades().is_empty());
    assert_eq!(answer(&payments, &biz("total_amount", json!(12.5))).await.1["code"], "10000");
}

#[tokio::test]
async fn parameters_may_stand_in_the_query() {
    let payments = payments();
    let (body, query): (Vec<_>, Vec<_>) =
        precreate("42", "VIP").into_iter().partition(|(name, _)| *name == "biz_content");
    let path = format!("/_local/pay/alipay/gateway.do?{}", encoded(&query));
    let answer = payments.answer(post(&path, encoded(&body)), URL).await;
    assert!(text(answer).await.contains("\"code\":\"10000\""));
}

#[tokio::test]
async fn directives_refuse_and_sign_wrongly() {
    let payments = payments();
    let (raw, node) = answer(&payments, &precreate("42", "VIP[[unsigned]]")).await;
    assert_eq!(node["code"], "10000");
    assert!(!is_signed(&raw));
    let (raw, node) = answer(&payments, &precreate("43", "VIP[[refuse]]")).await;
    assert_eq!(node["sub_code"], "ACQ.ACCESS_FORBIDDEN");
    assert!(is_signed(&raw));
}

#[tokio::test]
async fn notifications_are_signed_without_their_sign_type() {
    let payments = payments();
    answer(&payments, &precreate("42", "一年期会员 +&=%")).await;
    payments.pay("42");
    let notification = payments.notification("42", &Change::default());
    assert_eq!(notification.content_type, Some("application/x-www-form-urlencoded; charset=utf-8"));
    let fields = fields_of(&notification);
    let names = [
        "app_id",
        "auth_app_id",
        "buyer_id",
        "buyer_pay_amount",
        "charset",
        "fund_bill_list",
        "gmt_create",
        "gmt_payment",
        "invoice_amount",
        "notify_id",
        "notify_time",
        "notify_type",
        "out_trade_no",
        "point_amount",
        "receipt_amount",
        "seller_id",
        "subject",
        "total_amount",
        "trade_no",
        "trade_status",
        "version",
    ];
    assert_eq!(fields.len(), names.len() + 2, "{fields:?}");
    assert!(verifies(&joined(&fields, &names), &field(&fields, "sign")));
    assert_eq!(
        (field(&fields, "trade_status"), field(&fields, "total_amount")),
        ("TRADE_SUCCESS".into(), "12.50".into())
    );
    assert_eq!(
        (field(&fields, "sign_type"), field(&fields, "gmt_payment")),
        ("RSA2".into(), "2025-01-02 03:04:05".into())
    );

    let wrong = Change { wrong_signature: true, ..Change::default() };
    let fields = fields_of(&payments.notification("42", &wrong));
    assert!(!verifies(&joined(&fields, &names), &field(&fields, "sign")));

    payments.refund("42");
    let fields = fields_of(&payments.notification("42", &Change::default()));
    assert_eq!((field(&fields, "trade_status"), field(&fields, "refund_fee")), ("TRADE_CLOSED".into(), "12.50".into()));
    assert_eq!(field(&fields, "gmt_refund"), "2025-01-02 03:04:05.000");
}

#[test]
fn the_two_keys_are_not_one() {
    let params = alipay_params(URL);
    assert_eq!(params["api"], "http://127.0.0.1:3200/_local/pay/alipay/gateway.do");
    assert!(!verifies("a=1", &sign_as_application("a=1")));
    assert!(verifies("a=1", &keys::sign_as_alipay(b"a=1")));
}
