//! `POST /api/pay/precreate`

mod devices;
mod failing;
mod faults;
mod limits;
mod links;
mod numbers;
mod refusals;
mod titles;

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::app::{ADMIN, Person, TestApp};
use crate::shop::function::{Function, event};
use crate::shop::{PROVIDERS, asks, connects, order, product, sells, trade};

/// One of a product, to be paid with Alipay's app.
fn wish(product: &str) -> Value {
    json!({"pay_type": "alipay", "product_id": product, "quantity": 1})
}

/// Connects a provider, and puts the usual product on sale under this title. Returns the product.
async fn sells_as(app: &TestApp, admin: &Person<'_>, provider: &str, title: &str) -> String {
    connects(app, provider).await;
    let mut form = product();
    form["title"] = json!(title);
    app.post("/api/admin/products", &admin.token, &form).await.data()["id"].as_str().unwrap().to_owned()
}

/// The orders in the table.
fn orders(app: &TestApp) -> Vec<Map<String, Value>> {
    let is_order =
        |item: &Map<String, Value>| item["sk"] == "order" && item["pk"].as_str().unwrap().starts_with("order#");
    app.table().into_iter().filter(is_order).collect()
}

fn id_of(answer: &Value) -> String {
    answer["order_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_order_of_each_provider_says_where_to_pay() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let (channel, product) = (connects(app, provider).await, sells(app).await);
            let made = asks(app, &ada, &wish(&product)).await.data();
            let id = id_of(&made);
            let page = format!("{}/_local/pay/{id}", app.stack.url());
            let expected = json!({"channel": provider, "order_id": id, "pay_url": page, "pay_type": "alipay"});
            assert_eq!(made, expected);

            let trade = trade(app, &id);
            let notify_url = format!("{}/api/pay/notify/{provider}/{id}", app.stack.url());
            assert_eq!((trade.amount_fen, trade.title.as_str()), (1000, "一千积分"));
            assert_eq!((&trade.out_trade_no, &trade.notify_url), (&id, &notify_url));
            let row = order(app, &admin, &id).await;
            let found =
                ["payment_id", "product_id", "user_id", "notify_url", "ip", "quantity", "money", "trade_status"]
                    .map(|name| row[name].clone());
            let ten = json!(10.0);
            let expected = [
                json!(channel),
                json!(product),
                json!(ada.id),
                json!(notify_url),
                json!("127.0.0.1"),
                json!(1),
                ten,
                json!("TRADE_AWAIT"),
            ];
            assert_eq!(found, expected, "{provider}");
            assert_eq!(ada.credits().await, 10, "nothing is given before it is paid");
        })
        .await;
    }
}

/// What the order was made for stays, whatever becomes of the product and the channel.
#[tokio::test]
async fn an_order_keeps_the_product_and_the_channel_as_they_were() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let (channel, product) = (connects(app, "yipay").await, sells(app).await);
        let id = id_of(&asks(app, &ada, &wish(&product)).await.data());
        let before = order(app, &admin, &id).await;
        let change = json!({"id": product, "title": "两千积分", "price": 1, "value": 2000});
        app.put("/api/admin/products", &admin.token, &change).await.data();
        let change = json!({"id": channel, "name": "别名", "status": 0});
        app.put("/api/admin/payment", &admin.token, &change).await.data();
        assert_eq!(order(app, &admin, &id).await, before);
        for path in [format!("/api/admin/products/{product}"), format!("/api/admin/payment/{channel}")] {
            assert_eq!(app.send(Method::DELETE, &path, &admin.token, "").await.data(), 1);
        }
        assert_eq!(order(app, &admin, &id).await, before);
        assert_eq!(crate::shop::settles(app, &id).await.body, "success");
        assert_eq!(
            (ada.credits().await, ada.statement().await.1[0].clone()),
            (1010, ("1000积分".into(), "购买-一千积分".into()))
        );
    })
    .await;
}

#[tokio::test]
async fn the_price_is_that_of_all_of_them() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "yipay").await;
        let product = sells(app).await;
        for (quantity, counted) in [
            (json!(1), 1),
            (json!(3), 3),
            (json!("7"), 7),
            (json!(99), 99),
            (Value::Null, 1),
            (json!(""), 1),
            (json!("undefined"), 1),
        ] {
            let wish = json!({"pay_type": "wxpay", "product_id": product, "quantity": quantity});
            let id = id_of(&asks(app, &ada, &wish).await.data());
            assert_eq!(trade(app, &id).amount_fen, 1000 * counted, "{quantity}");
            let row = order(app, &admin, &id).await;
            assert_eq!((&row["quantity"], row["money"].as_i64()), (&json!(counted), None));
            assert_eq!((row["money"].to_string(), &row["pay_type"]), (format!("{counted}0.0"), &json!("wxpay")));
        }
        // Clients know ids as numbers too.
        let number: i64 = product.parse().unwrap();
        let id = id_of(&asks(app, &ada, &json!({"pay_type": " alipay ", "product_id": number})).await.data());
        assert_eq!(trade(app, &id).amount_fen, 1000);
    })
    .await;
}

/// Where the provider tells of the payment is the deployment's word, and who pays is API Gateway's.
#[tokio::test]
async fn no_header_decides_where_notifications_go_and_who_pays() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "yipay").await;
        let product = sells(app).await;
        let headers = [
            ("token", ada.token.as_str()),
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "host=evil.example;for=198.51.100.1"),
            ("x-forwarded-for", "198.51.100.1"),
            ("x-real-ip", "198.51.100.1"),
        ];
        let body = wish(&product).to_string();
        let answer = app.http.send(Method::POST, "/api/pay/precreate", &headers, body).await;
        let id = id_of(&answer.data());
        let expected = format!("{}/api/pay/notify/yipay/{id}", app.stack.url());
        assert_eq!(trade(app, &id).notify_url, expected);
        assert_eq!(order(app, &admin, &id).await["ip"], "127.0.0.1");

        // Without an address of its owner's, a deployment is where API Gateway serves it.
        let mut event = event("shop-post-pay_precreate", &ada.token, "", &wish(&product));
        let gateway = event["requestContext"]["domainName"].as_str().unwrap().to_owned();
        event["headers"]["Host"] = json!("evil.example");
        event["multiValueHeaders"]["Host"] = json!(["evil.example"]);
        for (public_url, base) in [
            ("", format!("https://{gateway}/prod")),
            ("https://pay.example.com/", "https://pay.example.com".to_owned()),
        ] {
            let function = Function::start_at(app, public_url).await;
            let id = id_of(&function.answers(&event).await.data());
            assert_eq!(trade(app, &id).notify_url, format!("{base}/api/pay/notify/yipay/{id}"));
            let ip = &event["requestContext"]["identity"]["sourceIp"];
            assert_eq!(&order(app, &admin, &id).await["ip"], ip);
        }
    })
    .await;
}
