//! What is wrong with a channel is said by its field, and leaves nothing behind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{KeyPair as _, RsaKeyPair};
use serde_json::{Value, json};

use super::{PATH, list, makes};
use crate::app::{ADMIN, TestApp};
use crate::house;
use crate::shop::{PROVIDERS, channel, params};

const EMPTY_KEY: &str = "密钥不能为空(key)";
const MASKED_KEY: &str = "密钥不能包含 *，请填写完整的密钥(key)";
const PRIVATE: &str = "应用私钥无法识别，请检查格式(PKCS8 或 PKCS1)和长度(2048 至 4096 位)(privateKey)";
const NOT_PUBLIC: &str = "该地址不在公网上，不能使用(api)";
const NOT_HTTPS: &str = "接口地址必须以 https:// 开头(api)";
const MALFORMED: &str = "接口地址格式不正确(api)";

/// What stands before a 2048-bit RSA key where a public key says of itself what it is.
const SPKI_HEAD: [u8; 24] = [
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    0x03, 0x82, 0x01, 0x0f, 0x00,
];

/// The public half of the application's own key, as Alipay's console shows it beside the right one.
fn own_public_key(app: &TestApp) -> String {
    let private = STANDARD.decode(params(app, "alipay")["privateKey"].as_str().unwrap()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(&private).unwrap();
    STANDARD.encode([&SPKI_HEAD[..], pair.public_key().as_ref()].concat())
}

/// A parameter's wrong value, and what is said of it. Null takes the parameter out.
fn wrong_values(app: &TestApp) -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let file = house::root().join("shared/payment/tests/vectors/keys.json");
    let keys: Value = serde_json::from_str(&house::read(&file)).unwrap();
    let masked_private = "应用私钥不能包含 *，请填写完整的应用私钥(privateKey)";
    let mut wrong = vec![
        ("alipay", "appId", Value::Null, "应用ID不能为空(appId)"),
        ("alipay", "appId", json!("wx123"), "应用ID格式不正确(appId)"),
        ("alipay", "keyType", json!("PKCS7"), "密钥类型格式不正确(keyType)"),
        ("alipay", "privateKey", Value::Null, "应用私钥不能为空(privateKey)"),
        ("alipay", "privateKey", json!(" "), "应用私钥不能为空(privateKey)"),
        ("alipay", "privateKey", json!("MIIEvQ******+9U="), masked_private),
        ("alipay", "privateKey", json!("MIIE"), PRIVATE),
        ("alipay", "privateKey", json!("not a key at all"), PRIVATE),
        ("alipay", "privateKey", keys["rsa1024_pkcs8"].clone(), PRIVATE),
        ("alipay", "privateKey", keys["ec_pkcs8"].clone(), PRIVATE),
        ("alipay", "alipayPublicKey", Value::Null, "支付宝公钥不能为空(alipayPublicKey)"),
        ("alipay", "alipayPublicKey", json!("x"), "支付宝公钥无法识别(alipayPublicKey)"),
        ("alipay", "alipayPublicKey", json!(own_public_key(app)), "填的是应用公钥，应填写支付宝公钥(alipayPublicKey)"),
        ("yipay", "pid", Value::Null, "商户ID不能为空(pid)"),
        ("yipay", "pid", json!("a&1"), "商户ID格式不正确(pid)"),
        ("yipay", "pid", json!("-1"), "商户ID格式不正确(pid)"),
        ("yipay", "pid", json!("1.5"), "商户ID格式不正确(pid)"),
        ("yipay", "api", Value::Null, "接口地址不能为空(api)"),
        ("yipay", "key", json!("密钥"), "密钥格式不正确(key)"),
        ("yipay", "return_url", json!("javascript:alert(1)"), "跳转地址格式不正确(return_url)"),
        ("jspay", "mchid", Value::Null, "商户号不能为空(mchid)"),
        ("jspay", "mchid", json!("a&b"), "商户号格式不正确(mchid)"),
        ("hpjpay", "appid", json!(""), "应用ID不能为空(appid)"),
    ];
    for provider in ["yipay", "jspay", "hpjpay"] {
        wrong.push((provider, "key", Value::Null, EMPTY_KEY));
        wrong.push((provider, "key", json!(""), EMPTY_KEY));
        wrong.push((provider, "key", json!("*"), MASKED_KEY));
        wrong.push((provider, "key", json!("secret-*****-secret"), MASKED_KEY));
    }
    for provider in PROVIDERS {
        wrong.extend(
            [
                ("http://example.com", NOT_HTTPS),
                ("http://10.0.0.1", NOT_HTTPS),
                ("https://10.0.0.1/pay", NOT_PUBLIC),
                ("https://169.254.169.254/latest", NOT_PUBLIC),
                ("https://[::ffff:10.0.0.1]", NOT_PUBLIC),
                ("https://0x0a000001", NOT_PUBLIC),
                ("https://metadata.internal", NOT_PUBLIC),
                ("https://user:pw@1.1.1.1", MALFORMED),
                ("https://@1.1.1.1", MALFORMED),
                ("https://1.1.1.1/?a=b", MALFORMED),
                ("https://1.1.1.1:22", "接口地址的端口不可用，请使用 443 或 1024 以上的端口(api)"),
                ("ftp://1.1.1.1", NOT_HTTPS),
            ]
            .map(|(api, sentence)| (provider, "api", json!(api), sentence)),
        );
    }
    wrong
}

/// Forms that are wrong beside their parameters.
fn wrong_forms(app: &TestApp) -> Vec<(Value, &'static str)> {
    let with = |provider: &str, fields: Value| {
        let mut form = channel(provider, &params(app, provider));
        form.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        form
    };
    vec![
        (with("yipay", json!({"params": "{"})), "支付参数不是有效的JSON"),
        (with("yipay", json!({"params": "[]"})), "支付参数不是有效的JSON"),
        (with("yipay", json!({"params": "null"})), "支付参数不是有效的JSON"),
        (with("yipay", json!({"params": 5})), "支付参数不是有效的JSON"),
        (with("yipay", json!({"params": ["x"]})), "支付参数不是有效的JSON"),
        (with("yipay", json!({"params": {}})), "商户ID不能为空(pid)"),
        (with("yipay", json!({"channel": "paypal"})), "支付渠道不支持"),
        (with("yipay", json!({"channel": "epay"})), "支付渠道不支持"),
        (with("yipay", json!({"types": "bank"})), "支付方式须为alipay、wxpay或qqpay"),
        (with("yipay", json!({"types": "alipay;wxpay"})), "支付方式须为alipay、wxpay或qqpay"),
        (with("alipay", json!({"types": "alipay,wxpay"})), "该支付渠道只支持：alipay"),
        (with("jspay", json!({"types": "qqpay"})), "该支付渠道只支持：alipay、wxpay"),
        (with("hpjpay", json!({"types": "alipay,qqpay"})), "该支付渠道只支持：alipay、wxpay"),
        (with("yipay", json!({"name": ""})), "渠道名称须为1到50个字符的纯文本"),
        (with("yipay", json!({"name": "<b></b>"})), "渠道名称须为1到50个字符的纯文本"),
        (with("yipay", json!({"name": "长".repeat(51)})), "渠道名称须为1到50个字符的纯文本"),
        (with("yipay", json!({"name": ["x"]})), "参数不正确"),
        (with("yipay", json!({"status": 2})), "参数不正确"),
        (with("yipay", json!({"sort": "first"})), "参数不正确"),
        (with("yipay", json!({"sort": 1_000_001})), "排序须为-1000000到1000000之间的整数"),
    ]
}

fn with_value(app: &TestApp, provider: &str, name: &str, value: &Value) -> Value {
    let mut params = params(app, provider);
    params[name] = value.clone();
    if value.is_null() {
        params.as_object_mut().unwrap().remove(name);
    }
    params
}

#[tokio::test]
async fn a_wrong_new_channel_leaves_nothing() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for (provider, name, value, sentence) in wrong_values(app) {
            let form = channel(provider, &with_value(app, provider, name, &value));
            let answer = app.post(PATH, &admin.token, &form).await;
            assert_eq!(answer.refusal(400), sentence, "{provider} {name} {value}");
        }
        for (form, sentence) in wrong_forms(app) {
            assert_eq!(app.post(PATH, &admin.token, &form).await.refusal(400), sentence, "{form}");
        }
        for (missing, empty) in [("name", false), ("channel", true), ("types", true), ("params", true)] {
            let mut form = channel("yipay", &params(app, "yipay"));
            form[missing] = Value::Null;
            assert_eq!(app.post(PATH, &admin.token, &form).await.refusal(400), "缺少必要参数", "{missing}");
            form.as_object_mut().unwrap().remove(missing);
            assert_eq!(app.post(PATH, &admin.token, &form).await.refusal(400), "缺少必要参数", "{missing}");
            if empty && missing != "params" {
                form[missing] = json!("");
                assert_eq!(app.post(PATH, &admin.token, &form).await.refusal(400), "缺少必要参数", "{missing}");
            }
        }
        assert_eq!(list(app, &admin).await, json!({"count": 0, "rows": []}));
        assert!(!app.table().iter().any(|item| item["pk"] == "shop"), "something of the shop was stored");
        assert_eq!(app.stack.payments.calls(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_change_changes_nothing() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for provider in PROVIDERS {
            makes(app, &admin, &channel(provider, &params(app, provider))).await;
        }
        let before = list(app, &admin).await;
        let id = |provider: &str| {
            let rows = before["rows"].as_array().unwrap();
            rows.iter().find(|row| row["channel"] == provider).unwrap()["id"].clone()
        };
        for (provider, name, value, sentence) in wrong_values(app) {
            let params = with_value(app, provider, name, &value).to_string();
            let form = json!({"id": id(provider), "sort": 9, "params": params});
            let answer = app.put(PATH, &admin.token, &form).await;
            assert_eq!(answer.refusal(400), sentence, "{provider} {name} {value}");
        }
        for (mut form, sentence) in wrong_forms(app) {
            // The channel that is there is another provider's only where the form says so.
            let provider = form["channel"].as_str().filter(|name| PROVIDERS.contains(name)).unwrap_or("yipay");
            form["id"] = id(provider);
            assert_eq!(app.put(PATH, &admin.token, &form).await.refusal(400), sentence, "{form}");
        }
        for (form, status, sentence) in [
            (json!({"status": 0}), 400, "缺少必要参数"),
            (json!({"id": "x", "status": 0}), 400, "参数不正确"),
            (json!({"id": "2", "status": 0}), 404, "数据不存在"),
        ] {
            assert_eq!(app.put(PATH, &admin.token, &form).await.refusal(status), sentence, "{form}");
        }
        assert_eq!(list(app, &admin).await, before);
    })
    .await;
}

/// A name that leads nowhere is known before an order needs it.
#[tokio::test]
async fn an_address_that_has_no_name_is_refused() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let form = channel("yipay", &with_value(app, "yipay", "api", &json!("https://pay.invalid")));
        let answer = app.post(PATH, &admin.token, &form).await;
        assert_eq!(answer.refusal(400), "接口地址的域名无法解析(api)");
        assert_eq!(list(app, &admin).await["count"], 0);
    })
    .await;
}
