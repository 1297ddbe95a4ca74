//! `POST /api/admin/payment/{id}/test`: one look that says what would go wrong with the first order.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use super::{PATH, change, makes};
use crate::app::{ADMIN, Person, TestApp};
use crate::house;
use crate::http::Answer;
use crate::shop::function::{Function, event};
use crate::shop::{PROVIDERS, channel, params};
use crate::stranger::Stranger;

const FINE: &str = "测试通过：通知可达，支付平台接受密钥";
const EVENT: &str = "shop-post-admin_payment_id_test";

/// The sentence of a test, which its data repeat when there is something wrong.
fn sentence(answer: &Answer) -> String {
    let envelope = answer.envelope();
    let message = envelope["message"].as_str().unwrap().to_owned();
    let is_fine = message == FINE;
    let expected = json!({"status": i32::from(is_fine), "reason": if is_fine { "" } else { &message }});
    assert_eq!(envelope["data"], expected);
    message
}

async fn tries(app: &TestApp, admin: &Person<'_>, id: &Value) -> String {
    let path = format!("{PATH}/{}/test", id.as_str().unwrap());
    sentence(&app.post(&path, &admin.token, &Value::Null).await)
}

#[tokio::test]
async fn a_channel_of_each_provider_passes() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for (provider, calls) in PROVIDERS.into_iter().zip([0, 3, 6, 9]) {
            let row = makes(app, &admin, &channel(provider, &params(app, provider))).await;
            assert_eq!(tries(app, &admin, &row["id"]).await, FINE, "{provider}");
            assert_eq!(app.stack.payments.calls(), calls + 1, "one question");
            // Before it is switched on is when it is wanted most.
            change(app, &admin, &row["id"], json!({"status": 0})).await;
            app.stack.payments.fail_next(1);
            let said = tries(app, &admin, &row["id"]).await;
            assert_eq!(said, "支付平台没有接受查询：支付接口应答状态 502", "{provider}");
            assert_eq!(tries(app, &admin, &row["id"]).await, FINE, "{provider}");
            let path = format!("{PATH}/{}", row["id"].as_str().unwrap());
            app.send(Method::DELETE, &path, &admin.token, "").await.data();
            let gone = app.post(&format!("{path}/test"), &admin.token, &Value::Null).await;
            assert_eq!(gone.refusal(404), "数据不存在");
        }
        assert!(app.stack.payments.trades().is_empty(), "nothing was ordered");
        assert!(!app.table().iter().any(|item| item["pk"].as_str().unwrap().starts_with("order#")));
    })
    .await;
}

/// PAYJS looks for the order before it looks at the signature, so it tells nothing of keys by an order that is not there.
#[tokio::test]
async fn keys_that_the_provider_does_not_take_are_told() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let file = house::root().join("shared/payment/tests/vectors/keys.json");
        let keys: Value = serde_json::from_str(&house::read(&file)).unwrap();
        for (provider, secret, value, said) in [
            (
                "alipay",
                "privateKey",
                &keys["rsa4096_pkcs8"],
                "验签出错，请确认您的签名过程和所用的密钥 isv.invalid-signature",
            ),
            ("alipay", "alipayPublicKey", &keys["rsa4096_spki"], "支付接口应答的签名不正确"),
            ("yipay", "key", &json!("local-epay-key-of-1002"), "商户密钥错误"),
            ("hpjpay", "key", &json!("local-xunhupay-key-of-1"), "签名错误"),
        ] {
            let row = makes(app, &admin, &channel(provider, &params(app, provider))).await;
            let mut wrong = params(app, provider);
            wrong[secret] = value.clone();
            change(app, &admin, &row["id"], json!({"params": wrong.to_string()})).await;
            let expected = format!("支付平台没有接受查询：{said}");
            assert_eq!(tries(app, &admin, &row["id"]).await, expected, "{provider} {secret}");
            change(app, &admin, &row["id"], json!({"params": params(app, provider).to_string()})).await;
            assert_eq!(tries(app, &admin, &row["id"]).await, FINE, "{provider} {secret}");
        }
        let mut nowhere = params(app, "yipay");
        nowhere["api"] = json!(Stranger::nowhere().await);
        let row = makes(app, &admin, &channel("yipay", &nowhere)).await;
        assert_eq!(tries(app, &admin, &row["id"]).await, "支付平台没有接受查询：支付接口无法连接");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_notifications_do_not_reach_is_told() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let row = makes(app, &admin, &channel("yipay", &params(app, "yipay"))).await;
        let id = row["id"].as_str().unwrap();
        let at = async |public_url: &str| {
            let function = Function::start_at(app, public_url).await;
            let answer = function.answers(&event(EVENT, &admin.token, id, &Value::Null)).await;
            let said = sentence(&answer);
            let address = format!("（通知地址：{}/api/pay/notify/yipay/test）", public_url.trim_end_matches('/'));
            if said == FINE { said } else { said.strip_suffix(&address).expect(&said).to_owned() }
        };
        assert_eq!(at(&app.stack.url()).await, FINE);
        assert_eq!(at(&format!("{}/", app.stack.url())).await, FINE, "a slash at its end does no harm");
        assert_eq!(at(&Stranger::nowhere().await).await, "无法连接到公网地址，请检查域名解析和证书");
        assert_eq!(at("https://10.0.0.1").await, "公网地址不在公网上，支付平台无法访问，请检查部署参数 PublicUrl");
        assert_eq!(at("no address").await, "部署参数 PublicUrl 不是有效的网址");
        let absent = format!("{}/elsewhere", app.stack.url());
        assert_eq!(at(&absent).await, "该地址没有通知接口（404），请检查部署参数 PublicUrl 是否包含阶段名");
        let elsewhere = format!("location: {}/api/pay/notify/yipay/test\r\n", app.stack.url());
        for (status, headers, body, said) in [
            ("301 Moved", elsewhere.as_str(), "", "该地址被重定向，支付平台不会跟随，请填写最终地址"),
            ("307 Temporary", elsewhere.as_str(), "", "该地址被重定向，支付平台不会跟随，请填写最终地址"),
            ("404 Not Found", "", "success", "该地址没有通知接口（404），请检查部署参数 PublicUrl 是否包含阶段名"),
            ("403 Forbidden", "", "", "该地址拒绝了外部请求（403），请检查防火墙或WAF规则"),
            ("429 Too Many", "", "", "请求过于频繁，请稍后再试"),
            ("500 Oops", "", "success", "该地址应答了错误状态（500）"),
            ("200 OK", "", "fail", "通知到达了另一套部署，或部署密钥已变化"),
            ("200 OK", "", "<html>hello</html>", "该地址由别的网站应答，请检查域名解析和反向代理"),
            ("200 OK", "", "success", FINE),
        ] {
            let stranger = Stranger::answering(status, headers, body).await;
            assert_eq!(at(stranger.url()).await, said, "{status} {body}");
            assert_eq!(stranger.seen().len(), 1, "{status}: asked once, and no redirection was followed");
        }
    })
    .await;
}

#[tokio::test]
async fn both_problems_are_told_at_once() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let row = makes(app, &admin, &channel("yipay", &params(app, "yipay"))).await;
        app.stack.payments.fail_next(1);
        let stranger = Stranger::answering("404 Not Found", "", "").await;
        let function = Function::start_at(app, stranger.url()).await;
        let event = event(EVENT, &admin.token, row["id"].as_str().unwrap(), &Value::Null);
        let expected = format!(
            "该地址没有通知接口（404），请检查部署参数 PublicUrl 是否包含阶段名（通知地址：{}/api/pay/notify/yipay/test）；\
             支付平台没有接受查询：支付接口应答状态 502",
            stranger.url()
        );
        assert_eq!(sentence(&function.answers(&event).await), expected);
    })
    .await;
}

/// A test notification opens nothing and proves nothing but that it was sent just now, for this channel, by us.
#[tokio::test]
async fn a_forged_or_old_test_notification_gets_fail() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let row = makes(app, &admin, &channel("yipay", &params(app, "yipay"))).await;
        let stranger = Stranger::answering("200 OK", "", "success").await;
        let function = Function::start_at(app, stranger.url()).await;
        let id = row["id"].as_str().unwrap();
        assert_eq!(sentence(&function.answers(&event(EVENT, &admin.token, id, &Value::Null)).await), FINE);
        let body = stranger.seen()[0].split_once("\r\n\r\n").unwrap().1.to_owned();
        let sent = async |provider: &str, body: &str| {
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let path = format!("/api/pay/notify/{provider}/test");
            let answer = app.http.send(Method::POST, &path, &headers, body.to_owned()).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.headers["content-type"]),
                (200, &"text/plain; charset=utf-8".parse().unwrap())
            );
            answer.text()
        };
        assert_eq!(sent("yipay", &body).await, "success");
        let at = format!("at={}", app.clock.millis());
        assert!(body.contains(&at), "{body}");
        for (provider, forged) in [
            ("yipay", String::new()),
            ("yipay", "channel=1&at=1&sign=x".to_owned()),
            ("yipay", body.replace(id, "51294279280103424")),
            ("yipay", body.replace(&at, &format!("at={}", app.clock.millis() + 1))),
            ("yipay", body.replace("sign=", "sign=0")),
            ("yipay", body.split_once("&sign=").unwrap().0.to_owned()),
            ("yipay", format!("{}&sign=", body.split_once("&sign=").unwrap().0)),
            ("alipay", body.clone()),
            ("paypal", body.clone()),
        ] {
            assert_eq!(sent(provider, &forged).await, "fail", "{provider} {forged}");
        }
        app.clock.advance(Duration::from_secs(60));
        assert_eq!(sent("yipay", &body).await, "success");
        app.clock.advance(Duration::from_millis(1));
        assert_eq!(sent("yipay", &body).await, "fail");
        assert!(!app.table().iter().any(|item| item["pk"].as_str().unwrap().starts_with("order#")));
    })
    .await;
}
