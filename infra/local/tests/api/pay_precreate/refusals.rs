//! What cannot be ordered is said, and leaves no order.

use hyper::Method;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use super::{orders, wish};
use crate::app::{ADMIN, TestApp};
use crate::shop::paying::open_orders;
use crate::shop::{asks, connects, product, sells};

const UNPAYABLE: &str = "支付信息未配置";
const NO_PRODUCT: &str = "商品不存在";
const MISSING: &str = "缺少必要参数";
const QUANTITY: &str = "购买数量应为1到99";

#[tokio::test]
async fn wrong_wishes_are_refused() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        connects(app, "alipay").await;
        let product = sells(app).await;
        let with = |name: &str, value: Value| {
            let mut wish = wish(&product);
            wish[name] = value;
            wish
        };
        for (wish, sentence) in [
            (json!({}), MISSING),
            (json!({"product_id": product, "quantity": 1}), MISSING),
            (json!({"pay_type": "alipay", "quantity": 1}), MISSING),
            (with("pay_type", json!("")), MISSING),
            (with("product_id", Value::Null), MISSING),
            (with("product_id", json!("undefined")), MISSING),
            (with("product_id", json!("x")), "参数不正确"),
            (with("product_id", json!(["1"])), "参数不正确"),
            (with("product_id", json!("50420988902379520")), NO_PRODUCT),
            (with("pay_type", json!("wxpay")), UNPAYABLE),
            (with("pay_type", json!("qqpay")), UNPAYABLE),
            (with("pay_type", json!("bitcoin")), UNPAYABLE),
            (with("pay_type", json!("ALIPAY")), UNPAYABLE),
            (with("quantity", json!(0)), QUANTITY),
            (with("quantity", json!(-1)), QUANTITY),
            (with("quantity", json!(100)), QUANTITY),
            (with("quantity", json!("0")), QUANTITY),
            (with("quantity", json!(i64::MAX)), QUANTITY),
            (with("quantity", json!(1.5)), "参数不正确"),
            (with("quantity", json!("many")), "参数不正确"),
            (with("quantity", json!([1])), "参数不正确"),
        ] {
            assert_eq!(asks(app, &ada, &wish).await.refusal(400), sentence, "{wish}");
        }
        let answer = app.send(Method::POST, "/api/pay/precreate", &ada.token, "{").await;
        assert_eq!(answer.refusal(400), "请求内容不是有效的JSON");
        assert_eq!((orders(app).len(), open_orders(app, &ada), app.stack.payments.calls()), (0, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn what_is_off_sale_or_gone_cannot_be_ordered() {
    TestApp::run(async |app| {
        let (admin, ada, product) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await, sells(app).await);
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(400), UNPAYABLE, "no channel at all");
        let channel = connects(app, "yipay").await;
        let switch = async |path: &str, id: &str, status: i64| {
            app.put(path, &admin.token, &json!({"id": id, "status": status})).await.data();
        };
        switch("/api/admin/payment", &channel, 0).await;
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(400), UNPAYABLE, "switched off");
        switch("/api/admin/payment", &channel, 1).await;
        switch("/api/admin/products", &product, 0).await;
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(400), NO_PRODUCT, "off sale");
        switch("/api/admin/products", &product, 1).await;
        asks(app, &ada, &wish(&product)).await.data();
        app.send(Method::DELETE, &format!("/api/admin/products/{product}"), &admin.token, "").await.data();
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(400), NO_PRODUCT, "deleted");
        // A channel's id is no product's.
        assert_eq!(asks(app, &ada, &wish(&channel)).await.refusal(400), NO_PRODUCT);
        assert_eq!((orders(app).len(), open_orders(app, &ada)), (1, 1));
    })
    .await;
}

/// What all of them give together stays within what one can have.
#[tokio::test]
async fn more_than_can_be_given_cannot_be_ordered() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "yipay").await;
        for gives in [json!({"integral": 20_000_000, "day": 0}), json!({"integral": 0, "day": 730})] {
            let mut form = product();
            form.as_object_mut().unwrap().extend(gives.as_object().unwrap().clone());
            let row = app.post("/api/admin/products", &admin.token, &form).await.data();
            let mut wish = wish(row["id"].as_str().unwrap());
            wish["quantity"] = json!(51);
            assert_eq!(asks(app, &ada, &wish).await.refusal(400), "购买数量过多", "{gives}");
            wish["quantity"] = json!(50);
            asks(app, &ada, &wish).await.data();
        }
        assert_eq!(orders(app).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn nobody_orders_nothing() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        connects(app, "yipay").await;
        let product = sells(app).await;
        for token in ["", "undefined", "null", "x"] {
            let answer = app.post("/api/pay/precreate", token, &wish(&product)).await;
            assert_eq!(answer.refusal(401), "请登陆");
        }
        app.ban(&ada);
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(401), "请登陆");
        assert_eq!((orders(app).len(), app.stack.payments.calls()), (0, 0));
    })
    .await;
}

/// A ban, or the end of the session, that lands just before the transaction wins.
#[tokio::test]
async fn an_ended_session_orders_nothing() {
    for ban in [true, false] {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            connects(app, "yipay").await;
            let product = sells(app).await;
            let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
            let wish = wish(&product);
            let (late, ()) = tokio::join!(asks(app, &ada, &wish), async {
                held.reached().await;
                if ban {
                    app.ban(&ada);
                } else {
                    app.post("/api/logout", &ada.token, &json!({})).await.data();
                }
                held.release();
            });
            assert_eq!(late.refusal(401), "请登陆");
            assert_eq!((orders(app).len(), app.stack.payments.calls()), (0, 0));
        })
        .await;
    }
}
