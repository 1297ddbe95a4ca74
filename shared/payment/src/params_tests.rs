//! What administrators paste, and what is refused of it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::vectors::Vectors;

fn keys(name: &str) -> String {
    let keys: Value = serde_json::from_str(include_str!("../tests/vectors/keys.json")).unwrap();
    keys[name].as_str().unwrap().to_owned()
}

fn armoured(name: &str, key: &str) -> String {
    let lines: Vec<_> = key.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {name}-----\r\n{}\r\n-----END {name}-----\n", lines.join("\r\n"))
}

fn parse(provider: Provider, typed: &Value) -> Result<Params, ParamsError> {
    Params::parse(provider, &typed.to_string(), Loopback::Refuse)
}

/// An account that is fine, with one key changed; without it when the value is null.
fn with(provider: Provider, name: &str, value: &Value) -> Result<Params, ParamsError> {
    let mut typed = fine(provider);
    typed[name] = value.clone();
    if value.is_null() {
        typed.as_object_mut().unwrap().remove(name);
    }
    parse(provider, &typed)
}

fn fine(provider: Provider) -> Value {
    match provider {
        Provider::Alipay => {
            let vectors = Vectors::alipay();
            json!({
                "appId": "2021000000000001",
                "keyType": "PKCS8",
                "privateKey": vectors.text("/keys/app_private_pkcs8"),
                "alipayPublicKey": vectors.text("/keys/alipay_public_spki"),
            })
        }
        Provider::Epay => json!({ "pid": "1001", "key": "5HIY5yiCdlDDlYFI", "api": "https://pay.example.com" }),
        Provider::PayJs => json!({ "mchid": "1530000001", "key": "k3y-of_payjs" }),
        Provider::Xunhupay => json!({ "appid": "201906158184", "key": "x0ng8Secret" }),
    }
}

fn sentence(result: Result<Params, ParamsError>) -> String {
    result.map_or_else(|error| error.sentence(), |_| "fine".to_owned())
}

#[test]
fn what_is_fine_is_kept_and_read_again() {
    for provider in Provider::ALL {
        let params = parse(provider, &fine(provider)).unwrap();
        assert_eq!(Params::from_json(provider, &params.to_json()), Ok(params.clone()));
        assert!(!params.merchant(provider).is_empty() && params.api(provider).starts_with("https://"));
        for secret in Params::secrets(provider) {
            let value = params.get(secret).unwrap();
            assert!(!format!("{params:?}").contains(value) && format!("{params:?}").contains(secret));
        }
    }
}

#[test]
fn numbers_blanks_and_unknown_keys_are_forgiven() {
    let typed = json!({
        "pid": 1001, "key": " k ", "api": " pay.example.com/ ", "return_url": "", "other": "x", "list": [1],
    });
    let params = parse(Provider::Epay, &typed).unwrap();
    let entries: Vec<_> = params.entries().collect();
    assert_eq!(entries, [("api", "https://pay.example.com"), ("key", "k"), ("pid", "1001"), ("return_url", "")]);
    assert_eq!(params.merchant(Provider::Epay), "1001");
}

#[test]
fn keys_are_read_however_they_are_pasted() {
    let vectors = Vectors::alipay();
    let (pkcs8, pkcs1) = (vectors.text("/keys/app_private_pkcs8"), vectors.text("/keys/app_private_pkcs1"));
    let private = |key_type: Value, key: &str| {
        let mut typed = fine(Provider::Alipay);
        (typed["keyType"], typed["privateKey"]) = (key_type, json!(key));
        parse(Provider::Alipay, &typed)
    };
    assert_eq!(private(json!("pkcs8"), &armoured("PRIVATE KEY", pkcs8)).unwrap().get("privateKey"), Some(pkcs8));
    assert_eq!(private(json!(""), &armoured("RSA PRIVATE KEY", pkcs1)).unwrap().get("privateKey"), Some(pkcs1));
    assert!(private(json!("PKCS1"), pkcs1).is_ok() && private(json!(""), pkcs8).is_ok());
    assert!(private(json!("PKCS8"), &keys("rsa4096_pkcs8")).is_ok());
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY"] {
        for (ending, dashes) in [("", "-----"), (" ", "----"), ("\\n", "-----"), ("\\r\\n", "—"), ("\r\n", "")] {
            let lines = pkcs1.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap());
            let body = lines.map(|line| format!("{line}{ending}")).collect::<Vec<_>>().concat();
            let pasted = format!("{dashes}BEGIN {label}{dashes}{ending}{body}{dashes}END {label}{dashes}{ending}");
            let kept = private(json!("PKCS1"), &pasted).unwrap();
            assert_eq!(kept.get("privateKey"), Some(pkcs1), "{label} {ending:?} {dashes:?}");
        }
    }
    assert!(private(json!("PKCS1"), pkcs1.trim_end_matches('=')).is_ok());
    for (key_type, key) in [
        ("PKCS8", pkcs1),
        ("PKCS1", pkcs8),
        ("", &keys("rsa1024_pkcs8")),
        ("", &keys("ec_pkcs8")),
        ("", "MIIE"),
        ("", vectors.text("/keys/alipay_public_spki")),
        ("", &pkcs8[..pkcs8.len() - 8]),
    ] {
        let error = private(json!(key_type), key).unwrap_err();
        assert_eq!(error, ParamsError { field: "privateKey", fault: Fault::PrivateKey }, "{key_type} {key}");
    }
    let public = |key: &str| sentence(with(Provider::Alipay, "alipayPublicKey", &json!(key)));
    let spki = vectors.text("/keys/alipay_public_spki");
    assert_eq!(public(&armoured("PUBLIC KEY", spki)), "fine");
    assert_eq!(public(vectors.text("/keys/app_public_spki")), "填的是应用公钥，应填写支付宝公钥(alipayPublicKey)");
    for key in [keys("ec_spki"), keys("rsa1024_spki"), "x".to_owned(), pkcs8.to_owned()] {
        assert_eq!(public(&key), "支付宝公钥无法识别(alipayPublicKey)");
    }
}

#[test]
fn faults_are_told_by_field() {
    use Provider::{Alipay, Epay, PayJs, Xunhupay};
    let long = json!("k".repeat(300));
    for (provider, name, value, said) in [
        (Epay, "key", json!(""), "密钥不能为空(key)"),
        (Epay, "key", json!("  "), "密钥不能为空(key)"),
        (Epay, "key", json!(null), "密钥不能为空(key)"),
        (Epay, "key", json!("5HIY5y******lYFI"), "密钥不能包含 *，请填写完整的密钥(key)"),
        (Epay, "key", json!("密钥"), "密钥格式不正确(key)"),
        (Epay, "key", json!("a\u{0}b"), "密钥格式不正确(key)"),
        (Epay, "key", long.clone(), "密钥格式不正确(key)"),
        (Epay, "key", json!(["k"]), "密钥不能为空(key)"),
        (Epay, "pid", json!("a1"), "fine"),
        (Epay, "pid", json!("a&1"), "商户ID格式不正确(pid)"),
        (Epay, "pid", json!("-1"), "商户ID格式不正确(pid)"),
        (Epay, "pid", json!("1".repeat(65)), "商户ID格式不正确(pid)"),
        (Epay, "api", json!(null), "接口地址不能为空(api)"),
        (Epay, "api", json!("http://pay.example.com"), "接口地址必须以 https:// 开头(api)"),
        (Epay, "api", json!("https://127.0.0.1"), "该地址不在公网上，不能使用(api)"),
        (Epay, "api", json!("https://pay.example.com/?a=1"), "接口地址格式不正确(api)"),
        (Epay, "return_url", json!("javascript:alert(1)"), "跳转地址格式不正确(return_url)"),
        (Epay, "return_url", json!("https://shop.example.com/done"), "fine"),
        (PayJs, "mchid", json!(null), "商户号不能为空(mchid)"),
        (PayJs, "mchid", json!("a&b"), "商户号格式不正确(mchid)"),
        (PayJs, "api", json!("https://10.0.0.1"), "该地址不在公网上，不能使用(api)"),
        (Xunhupay, "appid", json!(""), "应用ID不能为空(appid)"),
        (Alipay, "appId", json!("wx1"), "应用ID格式不正确(appId)"),
        (Alipay, "keyType", json!("PKCS7"), "密钥类型格式不正确(keyType)"),
        (Alipay, "keyType", json!(null), "fine"),
        (Alipay, "privateKey", json!("MIIEvQ******Q=="), "应用私钥不能包含 *，请填写完整的应用私钥(privateKey)"),
        (Alipay, "privateKey", json!("A".repeat(9_000)), "应用私钥格式不正确(privateKey)"),
        (Alipay, "alipayPublicKey", json!(""), "支付宝公钥不能为空(alipayPublicKey)"),
    ] {
        assert_eq!(sentence(with(provider, name, &value)), said, "{name} {value}");
    }
    for text in ["", "[]", "null", "{\"key\":\"a\",\"key\":\"b\"}", &format!("{{\"a\":\"{}\"}}", "x".repeat(40_000))] {
        let result = Params::parse(Epay, text, Loopback::Refuse);
        assert_eq!(sentence(result), "参数格式不正确，应为 JSON 对象", "{}", text.len());
    }
}

#[test]
fn no_error_holds_a_value() {
    let error = with(Provider::Epay, "key", &json!("s3cret\u{0}key")).unwrap_err();
    assert_eq!(format!("{error}"), "key: unfit");
    assert!(!format!("{error:?} {}", error.sentence()).contains("s3cret"));
}

#[test]
fn addresses_are_forgiven_what_is_pasted_along() {
    for (provider, typed, api) in [
        (Provider::Epay, "https://pay.example.com/", "https://pay.example.com"),
        (Provider::Epay, "https://pay.example.com/mapi.php", "https://pay.example.com"),
        (Provider::Epay, "https://pay.example.com/xpay/submit.php/", "https://pay.example.com/xpay"),
        (Provider::Epay, "pay.example.com:8443/a", "https://pay.example.com:8443/a"),
        (Provider::PayJs, "https://payjs.cn/api/native", "https://payjs.cn"),
        (Provider::PayJs, "https://payjs.cn/api", "https://payjs.cn"),
        (Provider::PayJs, "", "https://payjs.cn"),
        (Provider::Xunhupay, "https://api.xunhupay.com/payment/do.html", "https://api.xunhupay.com"),
        (Provider::Xunhupay, "https://api.dpweixin.com/", "https://api.dpweixin.com"),
        (Provider::Alipay, "https://openapi.alipay.com", "https://openapi.alipay.com/gateway.do"),
        (Provider::Alipay, "https://openapi.alipay.com/gateway.do", "https://openapi.alipay.com/gateway.do"),
        (Provider::Alipay, "", "https://openapi.alipay.com/gateway.do"),
    ] {
        assert_eq!(with(provider, "api", &json!(typed)).unwrap().api(provider), api, "{typed}");
    }
    let mut typed = fine(Provider::Epay);
    typed["api"] = json!("http://127.0.0.1:3200/_local/pay/epay/");
    let local = Params::parse(Provider::Epay, &typed.to_string(), Loopback::Allow).unwrap();
    assert_eq!(local.api(Provider::Epay), "http://127.0.0.1:3200/_local/pay/epay");
    assert!(parse(Provider::Epay, &typed).is_err());
}

#[tokio::test]
async fn names_are_looked_up_when_an_account_is_saved() {
    let at = |api: &str| {
        let mut typed = fine(Provider::Epay);
        typed["api"] = json!(api);
        Params::parse(Provider::Epay, &typed.to_string(), Loopback::Allow).unwrap()
    };
    assert_eq!(at("https://1.1.1.1").check_reachable(Provider::Epay, Loopback::Refuse).await, Ok(()));
    assert_eq!(at("http://localhost:1").check_reachable(Provider::Epay, Loopback::Allow).await, Ok(()));
    let refused = at("http://localhost:1").check_reachable(Provider::Epay, Loopback::Refuse).await;
    assert_eq!(refused.unwrap_err().field, "api");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_reader_and_what_passes_is_stable(
        text in "\\PC{0,60}|[{}\":,a-z*0-9]{0,60}",
        key in "[!-~]{1,20}",
        api in "(https://)?[a-z]{1,5}\\.[a-z]{2,4}(/[a-z.]{0,8}){0,3}",
    ) {
        for provider in Provider::ALL {
            let _ = Params::parse(provider, &text, Loopback::Refuse);
        }
        let typed = json!({ "pid": "1", "key": key, "api": api });
        if let Ok(params) = parse(Provider::Epay, &typed) {
            prop_assert_eq!(Params::from_json(Provider::Epay, &params.to_json()), Ok(params.clone()));
            prop_assert!(!params.key().contains('*'));
        }
    }
}
