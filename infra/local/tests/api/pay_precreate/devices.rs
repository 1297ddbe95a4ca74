//! What a person holds in hand decides which of a provider's addresses they get.

use hyper::Method;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::wish;
use crate::app::{ADMIN, Person, TestApp};
use crate::shop::{collects, params, sells};
use crate::stranger::Stranger;

const DESKTOP: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1";
const WECHAT: &str = "Mozilla/5.0 (iPhone) Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI";
const QQ: &str = "Mozilla/5.0 (iPhone) Mobile/15E148 QQ/9.0.60.614 Pixel/1170";
const ALIPAY: &str = "Mozilla/5.0 (iPhone) AliApp(AP/10.6) AlipayClient/10.6 Language/zh";

/// The address that somebody with this browser gets.
async fn pay_url(app: &TestApp, person: &Person<'_>, product: &str, user_agent: &str) -> Value {
    let headers = [("token", person.token.as_str()), ("user-agent", user_agent)];
    let body = wish(product).to_string();
    app.http.send(Method::POST, "/api/pay/precreate", &headers, body).await.data()["pay_url"].clone()
}

/// A channel whose provider is this server. Returns the product to buy.
async fn sells_through(app: &TestApp, provider: &str, server: &Stranger) -> String {
    let mut params = params(app, provider);
    params["api"] = json!(server.url());
    collects(app, provider, &params).await;
    sells(app).await
}

#[tokio::test]
async fn an_epay_site_is_told_the_device_and_gives_an_address_for_each() {
    TestApp::run(async |app| {
        let (scan, tap) = ("weixin://wxpay/bizpayurl?pr=1", "https://q.example/pay/1");
        let answer = json!({"code": 1, "trade_no": "1", "qrcode": scan, "payurl": tap}).to_string();
        let server = Stranger::answering("200 OK", "", &answer).await;
        let (ada, product) = (app.log_in("ada@example.com").await, sells_through(app, "yipay", &server).await);
        for (user_agent, device, expected) in [
            (DESKTOP, "pc", scan),
            (PHONE, "mobile", tap),
            (WECHAT, "wechat", tap),
            (QQ, "qq", tap),
            (ALIPAY, "alipay", tap),
            ("", "pc", scan),
        ] {
            assert_eq!(pay_url(app, &ada, &product, user_agent).await, expected, "{user_agent}");
            let request = server.seen().pop().unwrap();
            let (head, form) = request.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("POST /mapi.php HTTP/1.1"), "{head}");
            let fields: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            for (name, value) in [("device", device), ("clientip", "127.0.0.1"), ("money", "10.00"), ("type", "alipay")]
            {
                assert!(fields.contains(&(name.to_owned(), value.to_owned())), "{name}: {fields:?}");
            }
        }
        assert_eq!(server.seen().len(), 6, "one call for each order");
    })
    .await;
}

/// Its code is a picture, which we read for who has a camera in the other hand.
#[tokio::test]
async fn xunhupays_picture_is_read_for_a_desktop_and_its_page_is_for_a_phone() {
    TestApp::run(async |app| {
        let (scan, tap) = ("https://q.example/scan/1", "https://q.example/pay/1");
        let picture = format!("{}/_local/pay/xunhupay/qrcode?data=https%3A%2F%2Fq.example%2Fscan%2F1", app.stack.url());
        let key = params(app, "hpjpay")["key"].as_str().unwrap().to_owned();
        let signed = |picture: &str| {
            let text = format!("errcode=0&errmsg=success!&openid=7&url={tap}&url_qrcode={picture}{key}");
            let hash = format!("{:032x}", u128::from_be_bytes(Md5::digest(text.as_bytes()).into()));
            json!({
                "openid": 7, "url_qrcode": picture, "url": tap, "errcode": 0, "errmsg": "success!", "hash": hash,
            })
            .to_string()
        };
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        for (number, (picture, on_desktop)) in [
            (picture, scan),
            // What cannot be read, or must not be called, leaves the page.
            (format!("{}/_local/pay", app.stack.url()), tap),
            ("https://10.0.0.1/qr.png".to_owned(), tap),
            ("file:///etc/passwd".to_owned(), tap),
        ]
        .into_iter()
        .enumerate()
        {
            let server = Stranger::answering("200 OK", "", &signed(&picture)).await;
            let mut form = crate::shop::channel("hpjpay", &params(app, "hpjpay"));
            let mut params = params(app, "hpjpay");
            params["api"] = json!(server.url());
            (form["params"], form["sort"]) = (json!(params.to_string()), json!(-i64::try_from(number).unwrap()));
            app.post("/api/admin/payment", &admin.token, &form).await.data();
            let product = sells(app).await;
            assert_eq!(pay_url(app, &ada, &product, DESKTOP).await, on_desktop, "{picture}");
            assert_eq!(pay_url(app, &ada, &product, PHONE).await, tap, "{picture}");
            assert!(server.seen()[0].starts_with("POST /payment/do.html HTTP/1.1"), "{:?}", server.seen());
        }
    })
    .await;
}

/// Addresses that run something, or are none, are not handed on.
#[tokio::test]
async fn an_address_that_is_no_address_is_not_handed_on() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let answer = json!({"code": 1, "trade_no": "1", "qrcode": "javascript:alert(1)", "payurl": "data:text/html,x"});
        let server = Stranger::answering("200 OK", "", &answer.to_string()).await;
        let product = sells_through(app, "yipay", &server).await;
        let refused = crate::shop::asks(app, &ada, &wish(&product)).await;
        assert_eq!(refused.refusal(502), "支付错误，稍后再试");
        assert!(!refused.text().contains("javascript"));
        // The site has taken the order, so it may still be paid.
        let id = super::orders(app)[0]["id"].as_str().unwrap().to_owned();
        let row = crate::shop::order(app, &admin, &id).await;
        assert_eq!((&row["trade_status"], &row["pay_url"]), (&json!("TRADE_AWAIT"), &Value::Null));
        let text = "下单结果不明，将按计划向支付平台查询：支付接口没有给出可用的支付链接";
        assert_eq!(row["timeline"][1]["text"], text);
    })
    .await;
}
