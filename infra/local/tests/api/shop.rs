//! A shop that is open: products, payment channels and orders, made as their people make them.

use serde_json::{Value, json};

use crate::app::{ADMIN, Person, TestApp};

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

async fn created(app: &TestApp, path: &str, form: &Value) -> String {
    let admin = app.log_in(ADMIN).await;
    app.post(path, &admin.token, form).await.data()["id"].as_str().unwrap().to_owned()
}
