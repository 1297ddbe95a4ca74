//! `GET /api/product`

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{ADMIN, TestApp};
use crate::shop::{collects, connects, params};

const PRODUCTS: &str = "/api/admin/products";
const CHANNELS: &str = "/api/admin/payment";

/// Puts products on sale, by their titles and places, each a second after the other.
async fn sells_all(app: &TestApp, products: &[(&str, i64)]) {
    let admin = app.log_in(ADMIN).await;
    for (title, sort) in products {
        let form = json!({"title": title, "price": 100, "integral": 366, "sort": sort});
        app.post(PRODUCTS, &admin.token, &form).await.data();
        app.clock.advance(Duration::from_secs(1));
    }
}

fn titles(data: &Value) -> Vec<&str> {
    data["products"].as_array().unwrap().iter().map(|product| product["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_product_has_both_shapes_and_null_for_no_price_before() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        let form = json!({
            "title": "1元366分", "badge": "尝鲜", "describe": "新人专享", "price": 100, "original_price": 200,
            "type": "integral", "value": 366, "level": 2, "sort": 1,
        });
        let credits = app.post(PRODUCTS, &admin.token, &form).await.data();
        app.clock.advance(Duration::from_secs(60));
        let form = json!({"title": "10元15天", "price": 1000, "original_price": 0, "day": 15, "level": 2, "sort": 2});
        let days = app.post(PRODUCTS, &admin.token, &form).await.data();
        let expected = json!({"products": [
            {
                "id": credits["id"], "title": "1元366分", "price": 100, "original_price": 200, "badge": "尝鲜",
                "describe": "新人专享", "type": "integral", "value": 366, "level": 1, "integral": 366, "day": 0,
                "sort": 1, "status": 1, "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
            },
            {
                "id": days["id"], "title": "10元15天", "price": 1000, "original_price": null, "badge": "",
                "describe": "", "type": "day", "value": 15, "level": 2, "integral": 0, "day": 15,
                "sort": 2, "status": 1, "create_time": "2026-01-01 08:01:00", "update_time": "2026-01-01 08:01:00",
            },
        ], "pay_types": []});
        assert_eq!(app.get("/api/product", &ada.token).await.data(), expected);
        assert!(credits["id"].is_string() && days["id"].is_string());
    })
    .await;
}

#[tokio::test]
async fn what_is_on_sale_is_shown_by_its_place_and_then_newest_first() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        sells_all(app, &[("third", 2), ("second", 1), ("hidden", 0), ("first", 1), ("before all", -5)]).await;
        let rows = app.get(&format!("{PRODUCTS}?page_size=100"), &admin.token).await.data()["rows"].clone();
        let hidden = rows.as_array().unwrap().iter().find(|row| row["title"] == "hidden").unwrap();
        let change = |status: i64| json!({"id": hidden["id"], "status": status});
        app.put(PRODUCTS, &admin.token, &change(0)).await.data();
        let shown = app.get("/api/product", &ada.token).await.data();
        assert_eq!(titles(&shown), ["before all", "first", "second", "third"]);
        app.put(PRODUCTS, &admin.token, &change(1)).await.data();
        let shown = app.get("/api/product", &ada.token).await.data();
        assert_eq!(titles(&shown), ["before all", "hidden", "first", "second", "third"]);
    })
    .await;
}

#[tokio::test]
async fn ways_to_pay_are_those_of_enabled_channels_in_their_order() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        let ways = async || app.get("/api/product", &ada.token).await.data()["pay_types"].clone();
        let limit = async |id: &str, form: Value| {
            let mut form = form;
            form["id"] = json!(id);
            app.put(CHANNELS, &admin.token, &form).await.data();
        };
        assert_eq!(ways().await, json!([]));
        let xunhupay = connects(app, "hpjpay").await;
        limit(&xunhupay, json!({"types": "wxpay"})).await;
        assert_eq!(ways().await, json!(["wxpay"]));
        let epay = collects(app, "yipay", &params(app, "yipay")).await;
        limit(&epay, json!({"types": "qqpay,alipay"})).await;
        assert_eq!(ways().await, json!(["alipay", "wxpay", "qqpay"]));
        limit(&epay, json!({"types": "qqpay,wxpay"})).await;
        assert_eq!(ways().await, json!(["wxpay", "qqpay"]));
        limit(&epay, json!({"status": 0})).await;
        assert_eq!(ways().await, json!(["wxpay"]));
        limit(&xunhupay, json!({"status": 0})).await;
        assert_eq!(ways().await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn who_asks_for_a_page_gets_one_and_who_does_not_gets_all() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let named: Vec<String> = (0..13).map(|number| format!("p{number:02}")).collect();
        let products: Vec<(&str, i64)> = named.iter().map(String::as_str).zip(0..).collect();
        sells_all(app, &products).await;
        for (query, from, to) in [
            ("", 0, 13),
            ("?page_size=undefined", 0, 13),
            ("?page_size=1", 0, 1),
            ("?page_size=5", 0, 5),
            ("?page=2&page_size=5", 5, 10),
            ("?page=3&pageSIze=5", 10, 13),
            ("?page=4&pageSize=5", 13, 13),
            ("?page=1", 0, 10),
            ("?page_size=x", 0, 10),
        ] {
            let data = app.get(&format!("/api/product{query}"), &ada.token).await.data();
            assert_eq!(titles(&data), &named[from..to], "{query}");
            assert_eq!(data["pay_types"], json!([]), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_is_shown_nothing() {
    TestApp::run(async |app| {
        sells_all(app, &[("secret", 0)]).await;
        for token in ["", "undefined", "null", "x"] {
            let answer = app.get("/api/product", token).await;
            assert_eq!(answer.refusal(401), "请登陆");
            assert_eq!(answer.envelope()["data"], json!({}));
        }
    })
    .await;
}

/// The person and the shop are read side by side.
#[tokio::test]
async fn a_passing_failure_is_not_noticed_and_a_lasting_one_is_said() {
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500] {
        for nth in 1..=2 {
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                sells_all(app, &[("one", 0)]).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let data = app.get("/api/product", &ada.token).await.data();
                assert_eq!((titles(&data), fault.hits()), (vec!["one"], 1), "{kind:?} at call {nth}");
                app.stack.wire.heal();
                app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
                let answer = app.get("/api/product", &ada.token).await;
                assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{kind:?} from call {nth} on");
            })
            .await;
        }
    }
}
