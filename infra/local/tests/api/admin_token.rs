//! `GET`, `POST`, `PUT /api/admin/token`, `DELETE /api/admin/token/{id}`, `POST /api/admin/token/check`, and the same
//! below `/api/admin/aikey`.

mod addresses;
mod aikey;
mod changing;
mod checks;
mod faults;
mod models;
mod usage;

use serde_json::{Value, json};

use crate::app::{ADMIN, Person, TestApp};

/// What a front end sends for a new key of the scripted upstream.
pub fn draft(app: &TestApp, secret: &str) -> Value {
    json!({"host": format!("{}/_local/upstream", app.stack.url()), "key": secret})
}

/// Adds a key for the usual models and returns its row.
pub async fn add(app: &TestApp, admin: &Person<'_>, secret: &str) -> Value {
    let mut draft = draft(app, secret);
    draft["models"] = json!("gpt-3.5-turbo,gpt-4*");
    app.post("/api/admin/token", &admin.token, &draft).await.data()
}

/// A row that was just saved, as lists show it.
pub fn without_unpriced(mut saved: Value) -> Value {
    assert!(saved.as_object_mut().unwrap().remove("unpriced").is_some_and(|names| names.is_array()), "{saved}");
    saved
}

/// All rows.
pub async fn rows(app: &TestApp, admin: &Person<'_>) -> Vec<Value> {
    let data = app.get("/api/admin/token?page_size=100", &admin.token).await.data();
    let rows = data["rows"].as_array().unwrap().clone();
    assert_eq!(data["count"], rows.len());
    rows
}

/// The row with this id.
pub async fn row(app: &TestApp, admin: &Person<'_>, id: &Value) -> Value {
    rows(app, admin).await.into_iter().find(|row| row["id"] == *id).expect("the row")
}

#[tokio::test]
async fn a_key_is_added_listed_changed_and_deleted() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        app.clock.advance(std::time::Duration::from_secs(60));
        let draft = json!({
            "host": format!("{}/_local/upstream/", app.stack.url()), "key": " sk-0123456789abcdef ",
            "models": "m-1, m-2，m-1,claude-*", "remarks": "备用", "status": "1", "weight": 3, "rpm": "60",
        });
        let made = app.post("/api/admin/token", &admin.token, &draft).await.data();
        let expected = json!({
            "id": made["id"], "host": draft["host"], "key": "sk-012*********cdef", "models": "m-1,m-2,claude-*",
            "type": "openai-chat", "check": 1, "weight": 3, "rpm": 60, "remarks": "备用", "status": 1, "reason": "",
            "stopped_time": null, "waiting_until": null, "limit": 0.0, "usage": 0.0, "checked_time": null,
            "create_time": "2026-01-01 08:01:00", "update_time": "2026-01-01 08:01:00",
        });
        assert_eq!(made["unpriced"], json!(["m-1", "m-2", "claude-*"]));
        assert_eq!(without_unpriced(made.clone()), expected);
        let rows = rows(app, &admin).await;
        assert_eq!((rows.len(), &rows[0], &rows[1]["remarks"]), (2, &expected, &json!("本地模拟")));
        for (page, id) in [(1, &made["id"]), (2, &json!("1"))] {
            let data = app.get(&format!("/api/admin/token?page={page}&page_size=1"), &admin.token).await.data();
            assert_eq!((&data["count"], &data["rows"][0]["id"]), (&json!(2), id));
        }
        assert_eq!(app.get("/api/admin/token?page=9", &admin.token).await.data()["rows"], json!([]));

        app.clock.advance(std::time::Duration::from_secs(60));
        let changed = json!({"id": made["id"], "models": "", "rpm": 0, "type": "openai-draw", "status": 0});
        let data = app.put("/api/admin/token", &admin.token, &changed).await.data();
        let mut expected = expected;
        for (name, value) in [("models", json!("")), ("rpm", json!(0)), ("type", json!("openai-draw"))] {
            expected[name] = value;
        }
        (expected["status"], expected["update_time"]) = (json!(0), json!("2026-01-01 08:02:00"));
        assert_eq!((without_unpriced(data[0].clone()), &data[1]), (expected, &json!(false)));
        assert_eq!(data[0]["unpriced"], json!([]), "pictures have a price of their own");

        let path = format!("/api/admin/token/{}", made["id"].as_str().unwrap());
        for removed in [1, 0] {
            assert_eq!(app.send(hyper::Method::DELETE, &path, &admin.token, "").await.data(), removed);
        }
        assert_eq!(self::rows(app, &admin).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_said() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let long = vec!["m"; 5000].join("");
        let many = (0..101).map(|model| format!("m{model}")).collect::<Vec<_>>().join(",");
        for (field, value, sentence) in [
            ("host", json!(null), "缺少必要参数"),
            ("key", json!(""), "缺少必要参数"),
            ("key", json!("sk-012*********cdef"), "密钥格式不正确"),
            ("key", json!("sk\u{0}1"), "密钥格式不正确"),
            ("key", json!("密钥"), "密钥格式不正确"),
            ("key", json!(long), "密钥格式不正确"),
            ("host", json!(long), "接口地址过长"),
            ("type", json!("midjourney"), "密钥类型不正确"),
            ("models", json!(many), "模型数量过多"),
            ("models", json!(long), "模型名称不正确"),
            ("models", json!("gpt-4,模型"), "模型名称不正确"),
            ("models", json!("mw<img src=x onerror=alert(1)>"), "模型名称不正确"),
            ("models", json!("gpt-4\u{0}"), "模型名称不正确"),
            ("weight", json!(0), "权重应为1到100之间的整数"),
            ("weight", json!(101), "权重应为1到100之间的整数"),
            ("weight", json!("x"), "参数不正确"),
            ("rpm", json!(-1), "每分钟请求数应为0到100000之间的整数"),
            ("status", json!(2), "参数不正确"),
            ("remarks", json!("a\u{202e}b"), "备注不正确"),
        ] {
            let mut draft = draft(app, "sk-0123456789abcdef");
            draft[field] = value;
            let answer = app.post("/api/admin/token", &admin.token, &draft).await;
            assert_eq!(answer.refusal(400), sentence, "{draft}");
        }
        let answer = app.put("/api/admin/token", &admin.token, &json!({"remarks": "x"})).await;
        assert_eq!(answer.refusal(400), "缺少必要参数");
        let answer = app.put("/api/admin/token", &admin.token, &json!({"id": "2", "remarks": "x"})).await;
        assert_eq!(answer.refusal(404), "数据不存在");
        let answer = app.post("/api/admin/token/check", &admin.token, &json!({"host": "x"})).await;
        assert_eq!(answer.refusal(400), "缺少必要参数");
        let answer = app.post("/api/admin/token/check", &admin.token, &json!({"id": "2"})).await;
        assert_eq!(answer.refusal(404), "数据不存在");
        assert_eq!(rows(app, &admin).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn both_names_are_for_the_same_keys() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let made = app.post("/api/admin/aikey", &admin.token, &draft(app, "sk-0123456789abcdef")).await.data();
        assert_eq!(row(app, &admin, &made["id"]).await, without_unpriced(made.clone()));
        let changed = json!({"id": made["id"], "remarks": "x"});
        app.put("/api/admin/aikey", &admin.token, &changed).await.data();
        let listed = app.get("/api/admin/aikey", &admin.token).await.data();
        assert_eq!(listed["rows"][0]["remarks"], "x");
        let checked = app.post("/api/admin/aikey/check", &admin.token, &json!({"id": made["id"]})).await.data();
        assert_eq!(checked["status"], 1);
        let path = format!("/api/admin/aikey/{}", made["id"].as_str().unwrap());
        assert_eq!(app.send(hyper::Method::DELETE, &path, &admin.token, "").await.data(), 1);
    })
    .await;
}

#[tokio::test]
async fn there_are_two_hundred_keys_at_most() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let base = app.base();
        let site = table::site::load(&base.table).await.unwrap();
        for id in 2..=200 {
            let id = domain::UpstreamId::from_i64(id).unwrap();
            let key = table::upstream_key::UpstreamKey { id, ..site.upstreams[0].clone() };
            table::upstream_key::create(&base.table, &key, None).await.unwrap();
        }
        let answer = app.post("/api/admin/token", &admin.token, &draft(app, "sk-0123456789abcdef")).await;
        assert_eq!(answer.refusal(400), "密钥数量已达上限200个，请先删除不用的密钥");
        let page = app.get("/api/admin/token?page=2&page_size=100", &admin.token).await.data();
        assert_eq!((&page["count"], page["rows"].as_array().unwrap().len()), (&json!(200), 100));
        // The new key of the local stack is the oldest here.
        assert_eq!(page["rows"][99]["id"], "1");
    })
    .await;
}
