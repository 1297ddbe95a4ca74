//! The three providers that sign with MD5.

use http::Method;
use serde_json::json;

use super::*;

const PAGE: &str = "http://127.0.0.1:3200/_local/pay/42";

#[tokio::test]
async fn epay_makes_a_trade_and_tells_of_it() {
    let payments = payments();
    let made = ask(&payments, "/epay/mapi.php", &epay("42", "VIP 会员&x=1")).await;
    let trade = payments.trades().remove(0);
    assert_eq!(made, json!({"code": 1, "trade_no": trade.trade_no, "qrcode": PAGE}));
    assert_eq!((trade.provider, trade.merchant.as_str(), trade.amount_fen), (Provider::Epay, "1001", 1250));
    assert_eq!((trade.notify_url.as_str(), trade.state), (NOTIFY, State::Waiting));

    let order = |key: String, number: &str| get(&format!("/epay/api.php?act=order&pid=1001&key={key}&{number}"));
    let answer = |request| async { serde_json::from_str::<Value>(&text(payments.answer(request, URL).await).await) };
    let waiting = answer(order(epay_key("1001"), "out_trade_no=42")).await.unwrap();
    assert_eq!((&waiting["code"], &waiting["status"], &waiting["money"]), (&1.into(), &0.into(), &"12.50".into()));
    assert!(payments.pay("42") && payments.pay("42"));
    let paid = answer(order(epay_key("1001"), &format!("trade_no={}", trade.trade_no))).await.unwrap();
    assert_eq!((&paid["status"], &paid["endtime"]), (&1.into(), &"2025-01-02 03:04:05".into()));
    assert!(payments.refund("42") && !payments.pay("42") && !payments.close("42"));
    assert_eq!(answer(order(epay_key("1001"), "out_trade_no=42")).await.unwrap()["status"], 2);
    assert_eq!(answer(order(epay_key("1001"), "out_trade_no=43")).await.unwrap()["code"], -1);
    assert_eq!(answer(order(epay_key("1002"), "out_trade_no=42")).await.unwrap()["code"], -3);
}

#[tokio::test]
async fn a_phone_gets_a_link_from_epay() {
    let payments = payments();
    let form = with(epay("42", "VIP"), "device", "mobile");
    let names = ["clientip", "device", "money", "name", "notify_url", "out_trade_no", "pid", "type"];
    let sign = md5(&format!("{}{}", joined(&form, &names), epay_key("1001")));
    assert_eq!(ask(&payments, "/epay/mapi.php", &with(form, "sign", &sign)).await["payurl"], PAGE);
}

#[tokio::test]
async fn epay_refuses_in_its_own_words() {
    let payments = payments();
    let wrong = with(epay("1", "VIP"), "money", "0.01");
    let answer = ask(&payments, "/epay/mapi.php", &wrong).await;
    assert_eq!(answer, json!({"code": -3, "msg": "签名校验失败，请返回重试！"}));
    let twice = [epay("1", "VIP"), vec![("money", "0.01".to_owned())]].concat();
    assert_eq!(ask(&payments, "/epay/mapi.php", &twice).await["code"], -1);
    for (name, value) in [
        ("money", "0"),
        ("money", "1.005"),
        ("money", "1e2"),
        ("notify_url", "javascript:1"),
        ("out_trade_no", "一"),
        ("type", "cash"),
        ("clientip", "me"),
    ] {
        let answer = ask(&payments, "/epay/mapi.php", &epay_signed(with(epay("1", "VIP"), name, value))).await;
        assert_eq!(answer["code"], -1, "{name}={value}: {answer}");
        assert!(answer["msg"].as_str().unwrap().contains(name), "{answer}");
    }
    assert!(payments.trades().is_empty());
    let first = ask(&payments, "/epay/mapi.php", &epay("1", "VIP")).await;
    assert_eq!(ask(&payments, "/epay/mapi.php", &epay("1", "VIP")).await, first);
    let taken = json!({"code": -1, "msg": "商户订单号(out_trade_no)已存在"});
    assert_eq!(ask(&payments, "/epay/mapi.php", &epay("1", "SVIP")).await, taken);
    payments.pay("1");
    assert_eq!(ask(&payments, "/epay/mapi.php", &epay("1", "VIP")).await, taken);
    assert_eq!(payments.trades().len(), 1);
    // A site cuts a name of more than 127 bytes at a character.
    ask(&payments, "/epay/mapi.php", &epay("2", &"会".repeat(50))).await;
    assert_eq!(payments.trades()[1].title, "会".repeat(42));
}

#[tokio::test]
async fn epay_notifies_in_the_query() {
    let payments = payments();
    ask(&payments, "/epay/mapi.php", &epay("42", "VIP 会员&x=1")).await;
    payments.pay("42");
    let notification = payments.notification("42", &Change::default());
    assert_eq!((notification.method.clone(), notification.content_type), (Method::GET, None));
    assert!(notification.url.starts_with("http://127.0.0.1:9/api/pay/notify?pid=1001&"));
    let fields = fields_of(&notification);
    // 12.50 counts as 12.5 there.
    assert_eq!(field(&fields, "money"), "12.5");
    let names = ["money", "name", "out_trade_no", "pid", "trade_no", "trade_status", "type"];
    assert_eq!(field(&fields, "sign"), md5(&format!("{}{}", joined(&fields, &names), epay_key("1001"))));
    assert_eq!(field(&fields, "trade_status"), "TRADE_SUCCESS");
    assert_eq!(field(&fields, "name"), "VIP 会员&x=1");
}

#[tokio::test]
async fn changes_are_signed_over() {
    let payments = payments();
    ask(&payments, "/epay/mapi.php", &epay("42", "VIP")).await;
    let change = Change {
        amount: Some("0.01".into()),
        status: Some("WAIT".into()),
        fields: vec![("pid".into(), "1002".into()), ("zz".into(), "1".into())],
        key: Some("another".into()),
        wrong_signature: false,
    };
    let fields = fields_of(&payments.notification("42", &change));
    let names = ["money", "name", "out_trade_no", "pid", "trade_no", "trade_status", "type", "zz"];
    let text = joined(&fields, &names);
    assert!(text.contains("money=0.01&") && text.contains("pid=1002&") && text.contains("trade_status=WAIT&"));
    assert_eq!(field(&fields, "sign"), md5(&format!("{text}another")));

    let wrong = Change { wrong_signature: true, ..change.clone() };
    assert_ne!(field(&fields_of(&payments.notification("42", &wrong)), "sign"), field(&fields, "sign"));
    let forged = Change { fields: vec![("sign".into(), "0".into())], ..Change::default() };
    assert_eq!(field(&fields_of(&payments.notification("42", &forged)), "sign"), "0");
}

#[tokio::test]
async fn payjs_signs_what_it_answers() {
    let payments = payments();
    let made = ask(&payments, "/payjs/api/native", &payjs("42", "一年期会员")).await;
    let order = made["payjs_order_id"].as_str().unwrap();
    let image = format!("{URL}/_local/pay/payjs/qrcode?data=http%3A%2F%2F127%2E0%2E0%2E1%3A3200%2F%5Flocal%2Fpay%2F42");
    let text = format!(
        "code_url={PAGE}&out_trade_no=42&payjs_order_id={order}&qrcode={image}&return_code=1&return_msg=SUCCESS&\
         total_fee=1250&key=local-payjs-key-of-1530000001"
    );
    assert_eq!(made["sign"], md5(&text).to_uppercase());
    assert_eq!(made["return_code"], 1);

    let sign = md5(&format!("payjs_order_id={order}&key=local-payjs-key-of-1530000001")).to_uppercase();
    let check = vec![("payjs_order_id", order.to_owned()), ("sign", sign)];
    assert_eq!(ask(&payments, "/payjs/api/check", &check).await["status"], 0);
    payments.pay("42");
    let paid = ask(&payments, "/payjs/api/check", &check).await;
    let text = format!(
        "mchid=1530000001&openid=local-openid&out_trade_no=42&paid_time=2025-01-02 03:04:05&payjs_order_id={order}&\
         return_code=1&status=1&total_fee=1250&transaction_id=4200{order}&key=local-payjs-key-of-1530000001"
    );
    assert_eq!(paid["sign"], md5(&text).to_uppercase(), "{paid}");
    assert_eq!(ask(&payments, "/payjs/api/check", &with(check.clone(), "sign", "0")).await["msg"], "签名错误");
    assert_eq!(ask(&payments, "/payjs/api/check", &with(check, "payjs_order_id", "0")).await["msg"], "订单不存在");

    let unsigned = ask(&payments, "/payjs/api/native", &payjs("43", "VIP[[unsigned]]")).await;
    assert_eq!((unsigned["return_code"].clone(), unsigned["sign"].as_str().unwrap().len()), (1.into(), 32));
}

#[tokio::test]
async fn payjs_refuses_and_notifies() {
    let payments = payments();
    let refusals =
        [("total_fee", "0"), ("total_fee", "12.5"), ("total_fee", "1000001"), ("notify_url", ""), ("type", "x")];
    for (name, value) in refusals {
        let form = with(payjs("42", "VIP"), name, value);
        let text = digest::text_to_sign(form.iter().map(|(name, value)| (*name, value.as_str())), &["sign"]);
        let sign = md5(&format!("{text}&key={}", payjs_key("1530000001"))).to_uppercase();
        let answer = ask(&payments, "/payjs/api/native", &with(form, "sign", &sign)).await;
        assert_eq!(answer["return_code"], 0, "{name}={value}");
        assert!(answer["msg"].as_str().unwrap().contains(name), "{answer}");
    }
    assert_eq!(ask(&payments, "/payjs/api/native", &with(payjs("42", "VIP"), "body", "x")).await["msg"], "签名错误");
    assert!(payments.trades().is_empty());
    ask(&payments, "/payjs/api/native", &payjs("42", "VIP")).await;
    assert_eq!(ask(&payments, "/payjs/api/native", &payjs("42", "VIP")).await["msg"], "商户订单号重复");

    payments.pay("42");
    let notification = payments.notification("42", &Change::default());
    assert_eq!((notification.method.clone(), notification.url.as_str()), (Method::POST, NOTIFY));
    let fields = fields_of(&notification);
    let names = [
        "mchid",
        "openid",
        "out_trade_no",
        "payjs_order_id",
        "return_code",
        "time_end",
        "total_fee",
        "transaction_id",
        "type",
    ];
    let text = format!("{}&key=local-payjs-key-of-1530000001", joined(&fields, &names));
    assert_eq!(field(&fields, "sign"), md5(&text).to_uppercase());
    assert_eq!((field(&fields, "return_code"), field(&fields, "total_fee")), ("1".into(), "1250".into()));
}

#[tokio::test]
async fn payjs_and_xunhupay_take_json() {
    let payments = payments();
    for (path, form) in
        [("/payjs/api/native", payjs("42", "VIP")), ("/xunhupay/payment/do.html", xunhupay("43", "VIP"))]
    {
        let object: serde_json::Map<_, _> = form.into_iter().map(|(name, it)| (name.to_owned(), it.into())).collect();
        let body = Value::from(object).to_string();
        let request = Request::post(path).header("content-type", "application/json").body(body.into()).unwrap();
        let answer: Value = serde_json::from_str(&text(payments.answer(request, URL).await).await).unwrap();
        assert!(answer["return_code"] == 1 || answer["errcode"] == 0, "{answer}");
    }
}

#[tokio::test]
async fn xunhupay_makes_a_trade_and_tells_of_it() {
    let payments = payments();
    let made = ask(&payments, "/xunhupay/payment/do.html", &xunhupay("42", "VIP")).await;
    let (order, image) = (made["openid"].as_u64().unwrap(), made["url_qrcode"].as_str().unwrap());
    let key = "local-xunhupay-key-of-20250100001";
    let text_of_it = format!("errcode=0&errmsg=success!&openid={order}&url={PAGE}&url_qrcode={image}{key}");
    assert_eq!(made["hash"], md5(&text_of_it));

    let picture = payments.answer(get(image.strip_prefix(URL).unwrap()), URL).await;
    assert_eq!(picture.headers()["content-type"], "image/png");
    let file = picture.into_body().collect().await.unwrap().to_bytes();
    assert!(file.starts_with(b"\x89PNG\r\n\x1a\n"));

    let text_of_it = "appid=20250100001&nonce_str=1&out_trade_order=42&time=1735758245";
    let query = vec![
        ("appid", "20250100001".to_owned()),
        ("out_trade_order", "42".to_owned()),
        ("time", "1735758245".to_owned()),
        ("nonce_str", "1".to_owned()),
        ("hash", md5(&format!("{text_of_it}{key}"))),
    ];
    let state = |answer: Value| answer["data"]["status"].clone();
    assert_eq!(state(ask(&payments, "/xunhupay/payment/query.html", &query).await), "WP");
    payments.pay("42");
    let paid = ask(&payments, "/xunhupay/payment/query.html", &query).await;
    assert_eq!((paid["errcode"].clone(), paid["data"]["total_amount"].clone()), (0.into(), "12.50".into()));
    assert_eq!(paid["data"]["open_order_id"], order.to_string());
    assert_eq!(state(paid), "OD");
    payments.refund("42");
    assert_eq!(state(ask(&payments, "/xunhupay/payment/query.html", &query).await), "CD");
    assert_eq!(ask(&payments, "/xunhupay/payment/query.html", &with(query, "hash", "")).await["errcode"], 40029);
}

#[tokio::test]
async fn xunhupay_refuses_and_notifies() {
    let payments = payments();
    let path = "/xunhupay/payment/do.html";
    for (name, value) in [("total_fee", "-1"), ("notify_url", "/x"), ("trade_order_id", "一"), ("version", "2")] {
        let answer = ask(&payments, path, &xunhupay_signed(with(xunhupay("42", "VIP"), name, value))).await;
        let problem = answer["errmsg"].as_str().unwrap();
        assert!(problem.contains(name), "{answer}");
        let hash = md5(&format!("errcode=500&errmsg={problem}local-xunhupay-key-of-20250100001"));
        assert_eq!((&answer["errcode"], &answer["hash"]), (&500.into(), &hash.into()));
    }
    assert_eq!(ask(&payments, path, &with(xunhupay("42", "VIP"), "total_fee", "1")).await["errcode"], 40029);
    ask(&payments, path, &xunhupay("42", "VIP")).await;
    assert_eq!(ask(&payments, path, &xunhupay("42", "VIP")).await["errcode"], 500);
    assert_eq!(payments.trades().len(), 1);

    payments.pay("42");
    let fields = fields_of(&payments.notification("42", &Change::default()));
    let names = [
        "appid",
        "nonce_str",
        "open_order_id",
        "order_title",
        "status",
        "time",
        "total_fee",
        "trade_order_id",
        "transaction_id",
    ];
    let text = format!("{}local-xunhupay-key-of-20250100001", joined(&fields, &names));
    assert_eq!(field(&fields, "hash"), md5(&text));
    assert_eq!((field(&fields, "status"), field(&fields, "total_fee")), ("OD".into(), "12.50".into()));
}

/// Values that other programs have computed, with their own keys.
#[test]
fn signatures_are_what_other_programs_compute() {
    let text = "clientip=203.0.113.9&device=pc&money=88.88&name=VIP&notify_url=https://shop.example.com/n&\
                out_trade_no=ORD20250102000001&pid=1001&return_url=https://shop.example.com/r&type=alipay";
    assert_eq!(digest::sign(text, "k9Xw2mQ7tR4vB8nZ"), "b5d3f3870f6c951f0369259587fdbe04");
    let text = "body=VIP&mchid=1530000001&notify_url=https://shop.example.com/n&out_trade_no=ORD20250102000001&\
                total_fee=8888";
    assert_eq!(super::super::payjs::sign(text, "T3stK3yPayjs0001"), "A4E3E6FB883455872948F4F56D0BA6F0");
    let text = "appid=20250100001&nonce_str=0123456789abcdef&notify_url=https://shop.example.com/n&plugins=shop&\
                return_url=https://shop.example.com/r&time=1735786800&title=VIP&total_fee=88.88&\
                trade_order_id=ORD20250102000001&version=1.1";
    assert_eq!(digest::sign(text, "x0ng8Secret4Tests0000000000000001"), "e0f94fc201c970da24d9a7e1e4f20830");
}

#[test]
fn xunhupay_signs_without_backslashes() {
    let fields = [("title", r"a\b\\c\"), ("hash", "x"), ("appid", "1")];
    assert_eq!(super::super::xunhupay::text(fields), r"appid=1&title=ab\c");
}
