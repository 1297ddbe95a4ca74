//! The merchants' keys of the simulators. They are public: for the local stack only, never for anything that is deployed.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{self, KeyPair, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

/// The application that [`alipay_params`] names; every other number works with the same key.
const ALIPAY_APP_ID: &str = "2021000000000000";

/// The parameters of an Alipay channel whose gateway is the stack at `url` (`http://127.0.0.1:PORT`).
pub fn alipay_params(url: &str) -> Value {
    json!({
        "appId": ALIPAY_APP_ID,
        "keyType": "PKCS8",
        "privateKey": APP_PRIVATE,
        "alipayPublicKey": ALIPAY_PUBLIC,
        "api": format!("{url}/_local/pay/alipay/gateway.do"),
    })
}

/// The parameters of an epay channel of the merchant `pid` (digits) at the stack at `url`.
pub fn epay_params(url: &str, pid: &str) -> Value {
    json!({"pid": pid, "key": epay_key(pid), "api": format!("{url}/_local/pay/epay"), "return_url": format!("{url}/")})
}

/// The parameters of a PAYJS channel of the merchant `mchid` at the stack at `url`.
pub fn payjs_params(url: &str, mchid: &str) -> Value {
    let api = format!("{url}/_local/pay/payjs");
    json!({"mchid": mchid, "key": payjs_key(mchid), "api": api, "return_url": format!("{url}/")})
}

/// The parameters of a xunhupay channel of the application `appid` at the stack at `url`.
pub fn xunhupay_params(url: &str, appid: &str) -> Value {
    let api = format!("{url}/_local/pay/xunhupay");
    json!({"appid": appid, "key": xunhupay_key(appid), "api": api, "return_url": format!("{url}/")})
}

pub(super) fn epay_key(pid: &str) -> String {
    format!("local-epay-key-of-{pid}")
}

pub(super) fn payjs_key(mchid: &str) -> String {
    format!("local-payjs-key-of-{mchid}")
}

pub(super) fn xunhupay_key(appid: &str) -> String {
    format!("local-xunhupay-key-of-{appid}")
}

/// Alipay's signature of `text`, in whatever charset that is, RSA2, in base64.
pub(super) fn sign_as_alipay(text: &[u8]) -> String {
    static KEY: LazyLock<Option<RsaKeyPair>> = LazyLock::new(|| pair(ALIPAY_PRIVATE));
    KEY.as_ref().map(|pair| sign(pair, text)).unwrap_or_default()
}

/// Whether `signature` is the application's own of `text`.
pub(super) fn application_signed(text: &str, signature: &str) -> bool {
    static KEY: LazyLock<Option<RsaKeyPair>> = LazyLock::new(|| pair(APP_PRIVATE));
    let (Some(pair), Ok(signature)) = (KEY.as_ref(), STANDARD.decode(signature)) else {
        return false;
    };
    let key = UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
    key.verify(text.as_bytes(), &signature).is_ok()
}

/// The application's signature of `text`: what a merchant does.
#[cfg(test)]
pub(super) fn sign_as_application(text: &str) -> String {
    sign(&pair(APP_PRIVATE).unwrap(), text.as_bytes())
}

fn pair(key: &str) -> Option<RsaKeyPair> {
    RsaKeyPair::from_pkcs8(&STANDARD.decode(key).ok()?).ok()
}

/// A channel for each provider, as the administrator's form takes it.
pub(super) fn channels(url: &str) -> Value {
    let channel = |name: &str, channel: &str, types: &str, params: Value| json!({"name": name, "channel": channel, "types": types, "status": 1, "params": params.to_string()});
    json!([
        channel("支付宝当面付", "alipay", "alipay", alipay_params(url)),
        channel("易支付", "yipay", "alipay,wxpay,qqpay", epay_params(url, "1001")),
        channel("PAYJS", "jspay", "wxpay", payjs_params(url, "1500000001")),
        channel("虎皮椒", "hpjpay", "wxpay", xunhupay_params(url, "201906000001")),
    ])
}

fn sign(pair: &RsaKeyPair, text: &[u8]) -> String {
    let mut signature = vec![0; pair.public().modulus_len()];
    // The randomness blinds the arithmetic; the signature is the same every time.
    match pair.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature) {
        Ok(()) => STANDARD.encode(signature),
        Err(_) => String::new(),
    }
}

/// The application's private key, PKCS#8 in base64.
const APP_PRIVATE: &str = concat!(
    "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDbwkNCGjwetvqaNKS0TKSBMFiC7epR2k04siK9a5eDWxHt0aEv",
    "ui77b0eX+F8bOijLMmQ6PaHN4NiFegF8Jxd45xXO7c3LLVxC862I/B3u5rz06VA9oSTSANEzRmKQAyqMJk1A6zdWPpmFDp7dJNGa",
    "NBLrfEwcTr0VVsY2WQaBIuoATmaQXXPbt0bZCPfLSRty/BgtzxFEb36LQkafajFf+wxw4QnPlXVBBgr7LfuUId06uYPMDKYcw4Rj",
    "Ctuc+YkxSUUExwCltxtFoBWzektY5X5g/iW9rga4hZYriuargul0Ofr67JokE6CB80J+SCnr3jsA9fB+DvFU1zoE07lDAgMBAAEC",
    "ggEAP1eNH16Eea3wKcaGutlkiUAwIv0EjzdHDtJ5pPOAJoJ3dn734NPfeuWmUy1p7GUlIPyTWx4spzTp8/8osmpqH5Ur+gsdSDT4",
    "5Otr15Ij5ppnWIhvcnQiMs29fvQIsM3Y07Cuj8m8l4VPpsSCEefs6m+cDHg1T+t6IM50L3IVp96pYejowA69dLpVafKO2/JmWQjO",
    "zdIAMdeNQKZmuYyyt9i1t7FilezXITPJaIoZ+hatp0hxIGCCvHabc0fflXSaK6o5cMBpwhVQkzqetFnUumQJ/WYFM46zLnjC2Qqx",
    "s4o+BS+gj1UiW1jsByEtP4N3+KdoY+7mhXFqno4uZUk8oQKBgQD9KSzuAZCYgg6dccOCFcOUrbiWm7O5MmS1BQYlvO0m/zxin4Mh",
    "iuid5tky/0YEUimGzC6gWCGo+m46v9lLZoxPaVM4QOUv1jwyN/yB2b3SMJEbVnU9uAuloZIC2RuVrLWgWTppz3FBVzvtBghrYNxg",
    "RdhVhh0C8IIk1G0c1Px5ywKBgQDeOTCq4JudbJSaRoCr9wruBLntTUBChlKuF5KgcCudmdx75dDMcQaKyDTG52USfrOvmv4FnsZU",
    "JxzGwJxljz6xVaFArwp3Fqslpq5B7Z+eo8d+XrGHDHBVsKIwxgODN2V7azRlkrnoZGR2Txj+aCNKa1nFIFQjS8u78Pe/hYyvaQKB",
    "gQCgsv97QXEI7h3a4XkqXShee3vd1o5aM9vrcHn7gJbFl2U8cWbq5uNMQFqFXbeTTJhhocDDNc6AFh/cmSWVEE5mpkQWRFN3bzWc",
    "5x8ZSh+NihjCUrpvaCG0jQBDYI97DjvowlsrCWwp/vbiOV8k0kJxtkRh3ZUS5ZqnSFTO5YAyywKBgFrRxLIRWYfc+F6UscGWFUFx",
    "bQsupzSI8QF1YNdxAGJIn3ODWPI0vxe4+tjPeN82KPl7vpVNboC1+2y/Cyv2fwi6lkx5PS2udgPNOyp2kuWiycU7rhIjY0WiCqck",
    "Rgs6eJ8YETHx5Ui0vtobOXu/06x2cxm9PKWwNHN658W+LuEBAoGBANawm7vqgg6jY7atV6IEYmAnbfh6UCO5yufo+tW6K1Cs/vl6",
    "mZS09Rs5MhgMYh+KQdgtLM1Dtgd/bnGSPDB/PGyyYTiEe7t0uzZ+y6HSX2iLQeWGot/z5JDEvOQLiHjZ2i23x5f8ayH8xAdfwvhr",
    "DetH/+K6z7fzVy/EcZeMfK+U",
);

/// Alipay's private key, PKCS#8 in base64.
const ALIPAY_PRIVATE: &str = concat!(
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCWWbpONOQoot7yymSO+Xyd/umbnX2Ol3UtHXPghm7anu0jCMqf",
    "ziVybJ5VnAaAtiOMvHeDP+EubeicjtQ4HNd+Rfkl2nqmekJGyEoGACIRAMF0dK7vSU4tbbG6Y8hWAI9aLsqxqav7kfDORP9RVgHf",
    "nzJlWIyuZ96OH8bOputDYac61JiTW5JeWrAnar0VOPnuDzCDCAwzJqOTbYQjSp0ugYIfDNDysS3crIoQ1kxHUiDOnt4slFvVVmbL",
    "hNQK8bAzRBG51uHd7sV//RUcxmpnXboz6LcCBYxLGFuY7h4BNRDfLO5/+cgNzubTGzYtQSKlbA5UpXz7DLODCloG7wXxAgMBAAEC",
    "ggEAAXQHUsQchvSGZLt2U/KfJNykMn39QFHgNEdjjve5rf5egtR4oelhZQezUuxDHKl2B+vr7fkMeAaLBVVfltXCMvfMl/7dPotH",
    "ZU1VuCpg6eq+E/OLRn0+G/63uq+beH0A+wwL/JeMCyPUBihg/Tl7Dee+j3/MPKTSIBai9S0kRcEnIceL3vCSOyfnzMznIO+xnbC3",
    "nLmuere0DcJRfh1WDwRcYJqEeDbmXvfjPG93RH6St/o/+FoqKLiH1V/l+ZzOEd0y9jl5LGdm9rzCC0GdZMzhfre1N42KMfQ4MBi+",
    "oN4/QNh2R1wRdDBf3ey9K/cftL4/dHjSsowoTvnhQq2RAQKBgQDGuu+WNGbqY9OcA32LLarUiflLc2KPzwX4aeySOAA0vH13QRnt",
    "J5M5np6GITa5QuFE9wZTWYQEmFeEe3WOdMWH8bfc+EYk3awZmoG1XJSTc8vdJktuOADb2D42Rc8/UPPhqIU98xnJiDUtKYpQ1poV",
    "YF+oiTHgj2yo51iEs51qcQKBgQDBraQNRW9GRb3oH/AesGmiolarT3s9JthFImHPNTKpoxmFWY3lGOoW+8poxVOvHtdSIYfknjyS",
    "WuAMD4pw3+5aRCq6uQD58I2OdNM1lKcclJbQB9uUoGx7+0ORDKCFkNVRDkGHb0ijcCIQKP4oSobr6lKnNXC/T+qpaUmSsBYTgQKB",
    "gDzNJs5K3A3sWurJuphhcXmzeP1XoRkkmswFBGc8EPwRi0V4OolvaUDgwdmBwe9ugeOKvHm10olhXq1e5HmgSmssTjeiEjvnQmdW",
    "+UZWu/JdJEtWEw/2vHSGtYn/U8goaWVqHNH2VbZuIO7fXb0b22qc4Md8qjDtUK5gkZmQJqJRAoGAAUhXF8dn7z0y/sCHZIyihnMw",
    "w72pAUSqlfqeTzL4/OqZlqp7KBM8KZ7NPlhgL36yylZyge8SU53KcgoATrMM7wgYiFgFS6JuLY1UgLxVRvks7n++0oMldMS7M9Cz",
    "l27YGstPX8g64OozL4w18qpbrmBE39qYvouW8DxEQnZsDwECgYEAoEu9COlfkbKFZ7iWhDjN0OCN7UA82XRDehN0BWTzbkpEAxZb",
    "78+zBtWobWy2FvRsN2KpgA68QFt+42laOTHnho4+Yi7y0JSyJwLXcAkerrtK1cNgGJgJZHLpUHJH3SfPCX0zZNwgYYJZhSUIhrGC",
    "wQ80hh1/x/s/ujNpZtUtXfA=",
);

/// Alipay's public key, as its console shows it: the SPKI in base64.
const ALIPAY_PUBLIC: &str = concat!(
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAllm6TjTkKKLe8spkjvl8nf7pm519jpd1LR1z4IZu2p7tIwjKn84lcmye",
    "VZwGgLYjjLx3gz/hLm3onI7UOBzXfkX5Jdp6pnpCRshKBgAiEQDBdHSu70lOLW2xumPIVgCPWi7Ksamr+5HwzkT/UVYB358yZViM",
    "rmfejh/GzqbrQ2GnOtSYk1uSXlqwJ2q9FTj57g8wgwgMMyajk22EI0qdLoGCHwzQ8rEt3KyKENZMR1Igzp7eLJRb1VZmy4TUCvGw",
    "M0QRudbh3e7Ff/0VHMZqZ126M+i3AgWMSxhbmO4eATUQ3yzuf/nIDc7m0xs2LUEipWwOVKV8+wyzgwpaBu8F8QIDAQAB",
);
