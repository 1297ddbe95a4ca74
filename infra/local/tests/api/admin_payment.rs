//! `GET`, `POST`, `PUT /api/admin/payment`, `DELETE /api/admin/payment/{id}`, `POST /api/admin/payment/{id}/test`

mod choosing;
mod pasted;
mod refusals;
mod secrets;
mod trying;

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;
use crate::shop::{PROVIDERS, channel, params};

const PATH: &str = "/api/admin/payment";

async fn list(app: &TestApp, admin: &Person<'_>) -> Value {
    app.get(&format!("{PATH}?page_size=100"), &admin.token).await.data()
}

async fn delete(app: &TestApp, admin: &Person<'_>, id: &str) -> Answer {
    app.send(Method::DELETE, &format!("{PATH}/{id}"), &admin.token, "").await
}

/// Connects an account, and returns the channel's row.
async fn makes(app: &TestApp, admin: &Person<'_>, form: &Value) -> Value {
    app.post(PATH, &admin.token, form).await.data()
}

/// Changes fields of a channel, and returns its row.
async fn change(app: &TestApp, admin: &Person<'_>, id: &Value, fields: Value) -> Value {
    let mut form = fields;
    form["id"] = id.clone();
    let mut data = app.put(PATH, &admin.token, &form).await.data();
    assert_eq!(data[1], false);
    data[0].take()
}

/// The name of a provider's secret.
fn secret(provider: &str) -> &'static str {
    if provider == "alipay" { "privateKey" } else { "key" }
}

/// What is shown of a long secret.
fn masked(secret: &str) -> String {
    format!("{}{}{}", &secret[..6], "*".repeat(secret.len() - 10), &secret[secret.len() - 4..])
}

/// The parameters in a row.
fn read_params(row: &Value) -> Value {
    serde_json::from_str(row["params"].as_str().expect("a JSON text")).expect("JSON")
}

#[tokio::test]
async fn a_channel_of_each_provider_is_made_listed_changed_and_deleted() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let admin = app.log_in(ADMIN).await;
            assert_eq!(list(app, &admin).await, json!({"count": 0, "rows": []}));
            let (form, mut shown) = (channel(provider, &params(app, provider)), params(app, provider));
            shown[secret(provider)] = json!(masked(shown[secret(provider)].as_str().unwrap()));
            let row = makes(app, &admin, &form).await;
            let id = row["id"].as_str().unwrap().to_owned();
            let mut expected = json!({
                "id": id, "name": "收款", "channel": provider, "types": form["types"], "params": row["params"],
                "sort": 0, "status": 1, "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
            });
            assert_eq!((&row, read_params(&row)), (&expected, shown.clone()));
            assert_eq!(list(app, &admin).await, json!({"count": 1, "rows": [expected]}));

            app.clock.advance(Duration::from_secs(60));
            let changed = change(app, &admin, &row["id"], json!({"name": "备用", "status": 0, "sort": -2})).await;
            (expected["name"], expected["status"], expected["sort"]) = ("备用".into(), 0.into(), (-2).into());
            expected["update_time"] = "2026-01-01 08:01:00".into();
            assert_eq!(changed, expected);
            let changed = change(app, &admin, &row["id"], json!({"types": " alipay , alipay，"})).await;
            expected["types"] = "alipay".into();
            assert_eq!(changed, expected);
            // A form sends the whole row back.
            assert_eq!(app.put(PATH, &admin.token, &expected).await.data(), json!([expected, false]));
            assert_eq!(list(app, &admin).await["rows"], json!([expected]));

            assert_eq!(delete(app, &admin, &id).await.data(), json!(1));
            assert_eq!(delete(app, &admin, &id).await.data(), json!(0));
            assert_eq!(list(app, &admin).await, json!({"count": 0, "rows": []}));
            assert_eq!(app.put(PATH, &admin.token, &expected).await.refusal(404), "数据不存在");
            assert_eq!(delete(app, &admin, "x").await.refusal(404), "数据不存在");
            assert_eq!(app.stack.payments.calls(), 0, "nobody is asked when a channel is kept");
        })
        .await;
    }
}

/// Some front ends send the object itself, and what people paste has blanks and routes around it.
#[tokio::test]
async fn parameters_are_taken_as_people_give_them() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let api = format!("{}/_local/pay/epay", app.stack.url());
        let mut form = channel("yipay", &Value::Null);
        form["params"] = json!({
            "pid": 1001, "key": " local-epay-key-of-1001 ", "api": format!("{api}/mapi.php"), "return_url": "", "x": 1,
        });
        let row = makes(app, &admin, &form).await;
        let shown = json!({"pid": "1001", "key": "local-************1001", "api": api, "return_url": ""});
        assert_eq!(read_params(&row), shown);
        // A whole secret below sixteen signs is hidden whole.
        form["params"] = json!({"pid": 1001, "key": "short-secret", "api": api});
        let row = makes(app, &admin, &form).await;
        assert_eq!(read_params(&row)["key"], "************");
    })
    .await;
}

#[tokio::test]
async fn there_is_room_for_thirty_and_pages_are_newest_first() {
    TestApp::run(async |app| {
        let (admin, form) = (app.log_in(ADMIN).await, channel("yipay", &params(app, "yipay")));
        let mut ids = Vec::new();
        for number in 0..30 {
            app.clock.advance(Duration::from_millis(1));
            let mut form = form.clone();
            form["sort"] = json!(number / 10);
            ids.insert(0, makes(app, &admin, &form).await["id"].clone());
        }
        let refused = app.post(PATH, &admin.token, &form).await.refusal(400);
        assert_eq!(refused, "支付渠道数量已达上限30个，请先删除不用的渠道");
        for (query, expected) in [
            ("", &ids[..10]),
            ("?page=2&pageSIze=20", &ids[20..]),
            ("?page=3&page_size=7", &ids[14..21]),
            ("?page=9", &[]),
        ] {
            let page = app.get(&format!("{PATH}{query}"), &admin.token).await.data();
            let found: Vec<Value> = page["rows"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
            assert_eq!((&page["count"], &found[..]), (&json!(30), expected), "{query}");
        }
        assert_eq!(delete(app, &admin, ids[7].as_str().unwrap()).await.data(), 1);
        makes(app, &admin, &form).await;
        assert_eq!(list(app, &admin).await["count"], 30);
    })
    .await;
}
