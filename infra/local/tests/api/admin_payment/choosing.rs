//! Which of several channels a new order goes through.

use serde_json::{Value, json};
use testkit::payments::{alipay_params, epay_params};

use super::{PATH, change, delete, makes};
use crate::app::{ADMIN, Person, TestApp};
use crate::shop::{asks, channel, sells, trade};

/// An epay account, whose number tells it apart.
async fn account(app: &TestApp, admin: &Person<'_>, pid: &str, sort: i64) -> Value {
    let mut form = channel("yipay", &epay_params(&app.stack.url(), pid));
    form["sort"] = json!(sort);
    app.clock.advance(std::time::Duration::from_millis(1));
    makes(app, admin, &form).await["id"].clone()
}

/// The merchant whom somebody who buys now pays, and the channel that the order names.
async fn chosen(app: &TestApp, admin: &Person<'_>, product: &str, pay_type: &str) -> (String, Value) {
    let ada = app.log_in(&format!("buyer-{}@example.com", app.stack.payments.trades().len())).await;
    let wish = json!({"pay_type": pay_type, "product_id": product, "quantity": 1});
    let order = asks(app, &ada, &wish).await.data()["order_id"].as_str().unwrap().to_owned();
    let row = crate::shop::order(app, admin, &order).await;
    (trade(app, &order).merchant, row["payment_id"].clone())
}

#[tokio::test]
async fn the_enabled_channel_of_the_smallest_place_is_chosen_and_of_equals_the_oldest() {
    TestApp::run(async |app| {
        let (admin, product) = (app.log_in(ADMIN).await, sells(app).await);
        let first = account(app, &admin, "1001", 5).await;
        let second = account(app, &admin, "1002", 1).await;
        let third = account(app, &admin, "1003", 1).await;
        let who = async || chosen(app, &admin, &product, "wxpay").await;
        assert_eq!(who().await, ("1002".to_owned(), second.clone()));
        change(app, &admin, &second, json!({"status": 0})).await;
        assert_eq!(who().await, ("1003".to_owned(), third.clone()));
        change(app, &admin, &third, json!({"types": "qqpay"})).await;
        assert_eq!(who().await, ("1001".to_owned(), first.clone()));
        change(app, &admin, &second, json!({"status": 1, "sort": 6})).await;
        assert_eq!(who().await, ("1001".to_owned(), first.clone()));
        assert_eq!(delete(app, &admin, first.as_str().unwrap()).await.data(), 1);
        assert_eq!(who().await, ("1002".to_owned(), second.clone()));
        assert_eq!(chosen(app, &admin, &product, "qqpay").await, ("1003".to_owned(), third));
    })
    .await;
}

/// A channel can be moved to another account and to another provider; orders of before keep theirs.
#[tokio::test]
async fn a_channel_moves_to_another_provider_with_its_parameters_alone() {
    TestApp::run(async |app| {
        let (admin, product) = (app.log_in(ADMIN).await, sells(app).await);
        let id = account(app, &admin, "1001", 0).await;
        let before = chosen(app, &admin, &product, "alipay").await;
        let alipay = alipay_params(&app.stack.url());
        for (form, sentence) in [
            // The keys of one provider are none of another's.
            (json!({"channel": "alipay", "types": "alipay"}), "缺少必要参数"),
            (json!({"channel": "alipay", "params": alipay.to_string()}), "该支付渠道只支持：alipay"),
            (
                json!({"channel": "jspay", "types": "alipay", "params": "{\"mchid\":\"1\",\"key\":\"local-************1001\"}"}),
                "密钥不能包含 *，请填写完整的密钥(key)",
            ),
        ] {
            let mut form = form;
            form["id"] = id.clone();
            assert_eq!(app.put(PATH, &admin.token, &form).await.refusal(400), sentence, "{form}");
        }
        assert_eq!(chosen(app, &admin, &product, "wxpay").await.0, "1001");
        let fields = json!({"channel": "alipay", "types": "alipay", "params": alipay.to_string()});
        assert_eq!(change(app, &admin, &id, fields).await["channel"], "alipay");
        let after = chosen(app, &admin, &product, "alipay").await;
        assert_eq!((before.0.as_str(), after.0.as_str()), ("1001", alipay["appId"].as_str().unwrap()));
        let numbers: Vec<String> = app.stack.payments.trades().into_iter().map(|trade| trade.number).collect();
        let channels = numbers.iter().map(async |number| crate::shop::order(app, &admin, number).await["channel"].clone());
        let channels = futures_util::future::join_all(channels).await;
        assert_eq!(channels, ["yipay", "yipay", "alipay"].map(Value::from));
    })
    .await;
}
