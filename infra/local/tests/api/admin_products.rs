//! `GET`, `POST`, `PUT /api/admin/products`, `DELETE /api/admin/products/{id}`

mod changing;
mod faults;
mod refusals;

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;
use crate::shop::product;

const PATH: &str = "/api/admin/products";

async fn list(app: &TestApp, admin: &Person<'_>) -> Value {
    app.get(&format!("{PATH}?page_size=100"), &admin.token).await.data()
}

async fn delete(app: &TestApp, admin: &Person<'_>, id: &str) -> Answer {
    app.send(Method::DELETE, &format!("{PATH}/{id}"), &admin.token, "").await
}

/// Makes the usual product, and returns its row.
async fn makes(app: &TestApp, admin: &Person<'_>) -> Value {
    app.post(PATH, &admin.token, &product()).await.data()
}

#[tokio::test]
async fn a_product_is_made_listed_changed_and_deleted() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        assert_eq!(list(app, &admin).await, json!({"count": 0, "rows": []}));
        let row = makes(app, &admin).await;
        let id = row["id"].as_str().unwrap().to_owned();
        let mut expected = json!({
            "id": id, "title": "一千积分", "badge": "会员", "describe": "", "status": 1, "price": 1000,
            "original_price": 1223, "integral": 1000, "day": 0, "type": "integral", "value": 1000, "level": 1,
            "sort": 0, "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
        });
        assert_eq!(row, expected);
        assert_eq!(list(app, &admin).await, json!({"count": 1, "rows": [expected]}));

        app.clock.advance(Duration::from_secs(60));
        let changed = app.put(PATH, &admin.token, &json!({"id": id, "price": "300", "sort": 7})).await.data();
        (expected["price"], expected["sort"]) = (300.into(), 7.into());
        expected["update_time"] = "2026-01-01 08:01:00".into();
        assert_eq!(changed, json!([expected, false]));
        // A form sends the whole row back, of either shape.
        assert_eq!(app.put(PATH, &admin.token, &expected).await.data(), json!([expected, false]));
        let older = json!({
            "id": id, "title": "一千积分", "badge": "会员", "status": 1, "price": 300, "original_price": 1223,
            "integral": 1000, "day": 0,
        });
        assert_eq!(app.put(PATH, &admin.token, &older).await.data(), json!([expected, false]));
        assert_eq!(list(app, &admin).await["rows"], json!([expected]));

        assert_eq!(delete(app, &admin, &id).await.data(), json!(1));
        assert_eq!(delete(app, &admin, &id).await.data(), json!(0));
        assert_eq!(list(app, &admin).await, json!({"count": 0, "rows": []}));
        assert_eq!(app.put(PATH, &admin.token, &expected).await.refusal(404), "数据不存在");
        assert_eq!(delete(app, &admin, "x").await.refusal(404), "数据不存在");
    })
    .await;
}

#[tokio::test]
async fn both_shapes_are_accepted_and_both_are_sent() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let common = json!({"title": "x", "price": 100});
        for (form, sent) in [
            (json!({"type": "integral", "value": 366}), ("integral", 366, 1, 366, 0)),
            (json!({"type": "integral", "value": "366", "level": 2}), ("integral", 366, 1, 366, 0)),
            (json!({"type": "day", "value": 15, "level": 1}), ("day", 15, 1, 0, 15)),
            (json!({"type": "day", "value": 15, "level": "2"}), ("day", 15, 2, 0, 15)),
            (json!({"type": "day", "value": 15}), ("day", 15, 1, 0, 15)),
            (json!({"integral": 1000, "day": 0}), ("integral", 1000, 1, 1000, 0)),
            (json!({"integral": "1000", "day": null}), ("integral", 1000, 1, 1000, 0)),
            (json!({"integral": 0, "day": 7}), ("day", 7, 1, 0, 7)),
            (json!({"integral": null, "day": "7", "level": 2}), ("day", 7, 2, 0, 7)),
            (json!({"integral": "", "day": 7}), ("day", 7, 1, 0, 7)),
            // Who knows both shapes sends both; the newer one counts.
            (json!({"type": "day", "value": 3, "level": 2, "integral": 1000, "day": 0}), ("day", 3, 2, 0, 3)),
        ] {
            let mut whole = common.clone();
            whole.as_object_mut().unwrap().extend(form.as_object().unwrap().clone());
            let row = app.post(PATH, &admin.token, &whole).await.data();
            let found = ["type", "value", "level", "integral", "day"].map(|name| row[name].clone());
            let sent = [json!(sent.0), json!(sent.1), json!(sent.2), json!(sent.3), json!(sent.4)];
            assert_eq!(found, sent, "{form}");
            assert_eq!((&row["original_price"], &row["badge"], &row["status"]), (&Value::Null, &json!(""), &json!(1)));
            delete(app, &admin, row["id"].as_str().unwrap()).await.data();
        }
    })
    .await;
}

#[tokio::test]
async fn texts_are_kept_without_html() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let mut form = product();
        form["title"] = json!(" <b>一千</b>积分<script>alert(1)</script> ");
        form["badge"] = json!("<i>热</i>");
        form["describe"] = json!("<p onclick=a()>A&B</p><img src=x onerror=alert(1)>3 < 5\n第二行");
        let row = app.post(PATH, &admin.token, &form).await.data();
        let texts = |row: &Value| ["title", "badge", "describe"].map(|name| row[name].as_str().unwrap().to_owned());
        assert_eq!(texts(&row), ["一千积分", "热", "A&B3 &lt; 5\n第二行"]);
        // What comes back from a form as it was shown stays so.
        let again = app.put(PATH, &admin.token, &row).await.data();
        assert_eq!(texts(&again[0]), texts(&row));
        let change = json!({"id": row["id"], "title": "<a href=javascript:x>y</a>", "badge": "", "describe": ""});
        let changed = app.put(PATH, &admin.token, &change).await.data();
        assert_eq!(texts(&changed[0]), ["y", "", ""]);
    })
    .await;
}

/// Whatever their places among those that people see.
#[tokio::test]
async fn pages_are_newest_first() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let mut ids = Vec::new();
        for sort in [3, 1, 2, 1, 5] {
            app.clock.advance(Duration::from_millis(1));
            let mut form = product();
            (form["sort"], form["status"]) = (json!(sort), json!(sort % 2));
            ids.insert(0, app.post(PATH, &admin.token, &form).await.data()["id"].clone());
        }
        for (query, expected) in [
            ("", &ids[..]),
            ("?page_size=2", &ids[..2]),
            ("?page=2&pageSIze=2", &ids[2..4]),
            ("?page=3&page_size=2", &ids[4..]),
            ("?page=9", &[]),
        ] {
            let page = app.get(&format!("{PATH}{query}"), &admin.token).await.data();
            let found: Vec<Value> = page["rows"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
            assert_eq!((&page["count"], &found[..]), (&json!(5), expected), "{query}");
        }
    })
    .await;
}
