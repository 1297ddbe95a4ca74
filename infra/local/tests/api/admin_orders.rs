//! `GET /api/admin/orders`, `GET /api/admin/orders/{id}`, `POST /api/admin/orders/{id}/refresh`

mod listing;
mod refreshing;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::app::{ADMIN, Person, TestApp};
use crate::shop::{asks, connects, order, params, sells, settles, trade};

const PATH: &str = "/api/admin/orders";

/// The count and the rows of a page.
async fn list(app: &TestApp, admin: &Person<'_>, query: &str) -> (u64, Vec<Value>) {
    let data = app.get(&format!("{PATH}{query}"), &admin.token).await.data();
    (data["count"].as_u64().unwrap(), data["rows"].as_array().unwrap().clone())
}

/// Orders one of a product, to be paid with Alipay's app. Returns the order's number.
async fn orders(app: &TestApp, person: &Person<'_>, product: &str) -> String {
    let wish = json!({"pay_type": "alipay", "product_id": product, "quantity": 1});
    asks(app, person, &wish).await.data()["order_id"].as_str().unwrap().to_owned()
}

/// A JSON text.
fn read(text: &Value) -> Value {
    serde_json::from_str(text.as_str().expect("a text")).expect("JSON")
}

/// What a row shows besides its JSON texts.
fn without_texts(row: &Value) -> Map<String, Value> {
    let texts = ["product_info", "payment_info", "params", "notify_info"];
    let fields = row.as_object().unwrap().iter().filter(|(name, _)| !texts.contains(&name.as_str()));
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[tokio::test]
async fn a_row_has_all_that_front_ends_read_before_and_after_the_payment() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let (channel, product) = (connects(app, "yipay").await, sells(app).await);
        let sold = app.get("/api/admin/products", &admin.token).await.data()["rows"][0].clone();
        let connected = app.get("/api/admin/payment", &admin.token).await.data()["rows"][0].clone();
        app.clock.advance(Duration::from_secs(60));
        let id = orders(app, &ada, &product).await;
        let mut expected = json!({
            "id": id, "order_id": id, "trade_no": null, "pay_type": "alipay", "product_id": product,
            "product_title": "一千积分", "trade_status": "TRADE_AWAIT", "user_id": ada.id, "channel": "yipay",
            "payment_id": channel, "money": 10.0, "quantity": 1, "late": 0, "pay_time": null,
            "pay_url": format!("{}/_local/pay/{id}", app.stack.url()), "ip": "127.0.0.1",
            "create_time": "2026-01-01 08:01:00", "update_time": "2026-01-01 08:01:00",
            "user": {"id": ada.id, "account": "ada@example.com", "nickname": "Chat用户", "avatar": ada.info().await["avatar"]},
        });
        let row = list(app, &admin, "").await.1.remove(0);
        assert_eq!(Value::Object(without_texts(&row)), expected);
        assert_eq!((read(&row["product_info"]), &row["notify_info"]), (sold.clone(), &Value::Null));
        let numbers = json!({"order_id": id, "product_id": product, "user_id": ada.id, "payment_id": channel});
        assert_eq!(read(&row["params"]), numbers);
        let mut info = read(&row["payment_info"]);
        let mut public = params(app, "yipay");
        public.as_object_mut().unwrap().remove("key");
        assert_eq!(read(&info["params"].take()), public, "without its secret, masked or not");
        let mut shown = connected;
        shown["params"].take();
        assert_eq!(info, shown);

        app.clock.advance(Duration::from_secs(60));
        assert_eq!(settles(app, &id).await.body, "success");
        let row = list(app, &admin, "").await.1.remove(0);
        let trade = trade(app, &id);
        (expected["trade_status"], expected["trade_no"]) = ("TRADE_SUCCESS".into(), trade.trade_no.clone().into());
        expected["pay_time"] = "2026-01-01 08:02:00".into();
        expected["update_time"] = "2026-01-01 08:02:00".into();
        assert_eq!(Value::Object(without_texts(&row)), expected);
        let told = json!({
            "pid": "1001", "trade_no": trade.trade_no, "out_trade_no": id, "type": "alipay", "name": "一千积分",
            "money": "10", "trade_status": "TRADE_SUCCESS",
        });
        let found = read(&row["notify_info"]);
        for (name, value) in told.as_object().unwrap() {
            assert_eq!(&found[name], value, "{name}: {found}");
        }
        assert!(found.get("sign").is_none() && found.as_object().unwrap().values().all(Value::is_string), "{found}");
    })
    .await;
}

#[tokio::test]
async fn an_order_tells_all_that_happened_to_it() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "yipay").await;
        let id = orders(app, &ada, &sells(app).await).await;
        app.clock.advance(Duration::from_secs(5));
        app.post(&format!("{PATH}/{id}/refresh"), &admin.token, &Value::Null).await.data();
        app.clock.advance(Duration::from_secs(60));
        assert!(app.stack.run_janitor().await.get("error").is_none());
        // What happens in one millisecond has no order.
        app.clock.advance(Duration::from_secs(5));
        let forged = app.get(&format!("/api/pay/notify/yipay/{id}?sign=x"), "").await;
        assert_eq!(forged.text(), "fail");
        app.clock.advance(Duration::from_secs(5));
        assert_eq!(settles(app, &id).await.body, "success");

        let detail = order(app, &admin, &id).await;
        let notify_url = format!("{}/api/pay/notify/yipay/{id}", app.stack.url());
        assert_eq!(detail["notify_url"], notify_url);
        let mut row = detail.clone();
        for more in ["notify_url", "timeline"] {
            row.as_object_mut().unwrap().remove(more);
        }
        assert_eq!(list(app, &admin, "").await.1, [row], "else it is the list's row");
        let timeline = detail["timeline"].as_array().unwrap();
        let told: Vec<[&str; 3]> =
            timeline.iter().map(|event| ["time", "event", "text"].map(|name| event[name].as_str().unwrap())).collect();
        assert_eq!(
            told,
            [
                ["2026-01-01 08:00:00", "created", "创建订单：一千积分×1，应付10.00元"],
                ["2026-01-01 08:00:00", "offered", "支付平台已接受订单"],
                ["2026-01-01 08:00:05", "asked", "管理员查询：尚未支付"],
                ["2026-01-01 08:01:05", "asked", "定时查询：尚未支付"],
                ["2026-01-01 08:01:10", "odd", "通知不可信：通知的签名不正确"],
                ["2026-01-01 08:01:15", "paid", "支付平台通知已付款，已到账"],
            ]
        );
        assert_eq!((&timeline[2]["user_id"], timeline[3].get("user_id")), (&json!(admin.id), None));
        assert_eq!((&timeline[4]["raw"], &timeline[5]["raw"]), (&json!("sign=x"), &detail["notify_info"]));
        for id in ["1", "x", "51370316848435200"] {
            assert_eq!(app.get(&format!("{PATH}/{id}"), &admin.token).await.refusal(404), "数据不存在");
        }
    })
    .await;
}
