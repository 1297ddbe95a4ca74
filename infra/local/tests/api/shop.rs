//! A shop that is open: products, payment channels and orders, made as their people make them.

pub mod function;
pub mod paying;

pub use paying::{PROVIDERS, params};

use serde_json::{Value, json};
use testkit::payments::{Change, Delivery, Trade};

use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

/// A product as a form sends it: ten yuan, for a thousand credits.
pub fn product() -> Value {
    json!({"title": "一千积分", "badge": "会员", "status": 1, "price": 1000, "original_price": 1223, "integral": 1000, "day": 0})
}

/// A channel as a form sends it, for all ways to pay that its provider has.
pub fn channel(provider: &str, params: &Value) -> Value {
    let types = match provider {
        "alipay" => "alipay",
        "yipay" => "alipay,wxpay,qqpay",
        _ => "alipay,wxpay",
    };
    json!({"name": "收款", "status": 1, "channel": provider, "types": types, "params": params.to_string()})
}

/// Puts the usual product on sale and returns its id.
pub async fn sells(app: &TestApp) -> String {
    created(app, "/api/admin/products", &product()).await
}

/// Connects an account at a provider, by the name that clients call it, and returns the channel's id.
pub async fn collects(app: &TestApp, provider: &str, params: &Value) -> String {
    created(app, "/api/admin/payment", &channel(provider, params)).await
}

/// Orders one of a product, to be paid with Alipay's app, and returns what the client is told.
pub async fn buys(app: &TestApp, person: &Person<'_>, product: &str) -> Value {
    let wish = json!({"pay_type": "alipay", "product_id": product, "quantity": 1});
    app.post("/api/pay/precreate", &person.token, &wish).await.data()
}

/// Connects the account of [`params`], and returns the channel's id.
pub async fn connects(app: &TestApp, provider: &str) -> String {
    collects(app, provider, &params(app, provider)).await
}

/// Asks for an order as the front end does, and returns whatever comes.
pub async fn asks(app: &TestApp, person: &Person<'_>, wish: &Value) -> Answer {
    app.post("/api/pay/precreate", &person.token, wish).await
}

/// Pays an order at its provider, which says so: the answer that it gets.
pub async fn settles(app: &TestApp, order: &str) -> Delivery {
    assert!(app.stack.payments.pay(order), "{order} waits for its payment");
    app.stack.payments.deliver(order, &Change::default()).await
}

/// The order as its provider knows it.
pub fn trade(app: &TestApp, order: &str) -> Trade {
    let trades = app.stack.payments.trades();
    trades.into_iter().find(|trade| trade.number == order).expect("the provider has taken it")
}

/// The order as administrators see it, with its timeline.
pub async fn order(app: &TestApp, admin: &Person<'_>, order: &str) -> Value {
    app.get(&format!("/api/admin/orders/{order}"), &admin.token).await.data()
}

async fn created(app: &TestApp, path: &str, form: &Value) -> String {
    let admin = app.log_in(ADMIN).await;
    app.post(path, &admin.token, form).await.data()["id"].as_str().unwrap().to_owned()
}
