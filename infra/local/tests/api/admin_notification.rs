//! `/api/admin/notification`

use std::time::Duration;

use futures_util::future::join;
use hyper::Method;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

const PATH: &str = "/api/admin/notification";

/// A notice as a form sends it.
pub fn maintenance() -> Value {
    json!({"title": "系统维护", "content": "<p>今晚两点维护</p>", "sort": 1, "status": 1})
}

/// Puts a notice up and returns its id.
pub async fn put_up(app: &TestApp) -> String {
    let admin = app.log_in(ADMIN).await;
    app.post(PATH, &admin.token, &maintenance()).await.data()["id"].as_str().unwrap().to_owned()
}

async fn delete(app: &TestApp, admin: &Person<'_>, id: &str) -> Answer {
    app.send(Method::DELETE, &format!("{PATH}/{id}"), &admin.token, "").await
}

async fn list(app: &TestApp, admin: &Person<'_>) -> Value {
    app.get(&format!("{PATH}?page_size=100"), &admin.token).await.data()
}

#[tokio::test]
async fn a_notice_is_written_changed_and_deleted() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        assert_eq!(list(app, &admin).await, json!({"count": 0, "rows": []}));
        let row = app.post(PATH, &admin.token, &maintenance()).await.data();
        let id = row["id"].as_str().unwrap().to_owned();
        let mut expected = json!({
            "id": id, "title": "系统维护", "content": "<p>今晚两点维护</p>", "sort": 1, "status": 1,
            "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
        });
        assert_eq!(row, expected);
        assert_eq!(list(app, &admin).await, json!({"count": 1, "rows": [expected]}));

        app.clock.advance(Duration::from_secs(60));
        let changed = app.put(PATH, &admin.token, &json!({"id": id, "status": 0, "sort": "7"})).await.data();
        (expected["status"], expected["sort"]) = (0.into(), 7.into());
        expected["update_time"] = "2026-01-01 08:01:00".into();
        assert_eq!(changed, json!([expected, false]));
        // A form sends the whole row back.
        expected["title"] = "null".into();
        assert_eq!(app.put(PATH, &admin.token, &expected).await.data(), json!([expected, false]));
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
async fn wrong_forms_are_refused() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let with = |field: &str, value: Value| {
            let mut form = maintenance();
            form[field] = value;
            form
        };
        for (form, sentence) in [
            (json!({}), "缺少必要参数"),
            (json!({"title": "x"}), "缺少必要参数"),
            (with("content", Value::Null), "缺少必要参数"),
            (with("title", json!("")), "标题须为1到100个字符的纯文本"),
            (with("title", json!("长".repeat(101))), "标题须为1到100个字符的纯文本"),
            (with("title", json!("a\nb")), "标题须为1到100个字符的纯文本"),
            (with("title", json!(["x"])), "参数不正确"),
            (with("content", json!("")), "内容不能为空"),
            (with("content", json!(" <script>alert(1)</script> ")), "内容不能为空"),
            (with("content", json!("x".repeat(33_000))), "内容不能超过32KB或含有过多格式标签"),
            (with("sort", json!("first")), "参数不正确"),
            (with("sort", json!(-1_000_001)), "排序须为-1000000到1000000之间的整数"),
            (with("sort", json!(i64::MIN)), "排序须为-1000000到1000000之间的整数"),
            (with("status", json!(2)), "参数不正确"),
        ] {
            assert_eq!(app.post(PATH, &admin.token, &form).await.refusal(400), sentence, "{form}");
        }
        let id = put_up(app).await;
        let before = list(app, &admin).await;
        for (form, sentence) in [
            (json!({"title": "x"}), "缺少必要参数"),
            (json!({"id": "x"}), "参数不正确"),
            (json!({"id": id, "content": "<!-- -->"}), "内容不能为空"),
            (json!({"id": id, "title": " "}), "标题须为1到100个字符的纯文本"),
        ] {
            assert_eq!(app.put(PATH, &admin.token, &form).await.refusal(400), sentence, "{form}");
        }
        assert_eq!(list(app, &admin).await, before);
    })
    .await;
}

#[tokio::test]
async fn content_is_sanitised_when_it_is_written() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let hostile = "<h1 style=\"color:red;position:fixed\" onclick=a()>x</h1><iframe src=//b></iframe>";
        let row = app.post(PATH, &admin.token, &json!({"title": "<b>x</b>", "content": hostile})).await.data();
        let left = "<h1 style=\"color:red\">x</h1>";
        assert_eq!((&row["title"], &row["content"]), (&json!("<b>x</b>"), &json!(left)));
        let changed = app.put(PATH, &admin.token, &json!({"id": row["id"], "content": hostile})).await.data();
        assert_eq!(changed[0]["content"], left);
    })
    .await;
}

#[tokio::test]
async fn pages_are_newest_first_and_there_is_a_limit() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let mut ids = Vec::new();
        for _ in 0..50 {
            app.clock.advance(Duration::from_millis(1));
            ids.insert(0, app.post(PATH, &admin.token, &maintenance()).await.data()["id"].clone());
        }
        for (query, expected) in [
            ("", &ids[..10]),
            ("?page=2&pageSIze=20", &ids[20..40]),
            ("?page=3&page_size=20", &ids[40..]),
            ("?page=9", &[]),
        ] {
            let page = app.get(&format!("{PATH}{query}"), &admin.token).await.data();
            let found: Vec<Value> = page["rows"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
            assert_eq!((&page["count"], &found[..]), (&json!(50), expected), "{query}");
        }
        let one_more = app.post(PATH, &admin.token, &maintenance()).await;
        assert_eq!(one_more.refusal(400), "通知数量已达上限50个，请先删除不用的通知");
        delete(app, &admin, ids[7].as_str().unwrap()).await.data();
        app.post(PATH, &admin.token, &maintenance()).await.data();
    })
    .await;
}

#[tokio::test]
async fn two_who_change_different_things_of_a_notice_both_do() {
    TestApp::run(async |app| {
        let (admin, id) = (app.log_in(ADMIN).await, put_up(app).await);
        for round in 1..=20 {
            let (one, two) = join(
                app.put(PATH, &admin.token, &json!({"id": id, "sort": round})),
                app.put(PATH, &admin.token, &json!({"id": id, "title": format!("第{round}次")})),
            )
            .await;
            one.data();
            two.data();
            let row = &list(app, &admin).await["rows"][0];
            assert_eq!((&row["sort"], &row["title"]), (&json!(round), &json!(format!("第{round}次"))));
        }
        // A change never brings a deleted notice back.
        let form = json!({"id": id, "sort": 99});
        let (changed, deleted) = join(app.put(PATH, &admin.token, &form), delete(app, &admin, &id)).await;
        assert!([200, 404].contains(&changed.status.as_u16()), "{}", changed.text());
        assert_eq!(deleted.data(), json!(1));
        assert_eq!(list(app, &admin).await["count"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    for kind in
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict]
    {
        let mut struck = 0;
        // The administrator and the list beside it, or the notice; the transaction.
        for nth in 1..=3 {
            TestApp::run(async |app| {
                let (admin, id) = (app.log_in(ADMIN).await, put_up(app).await);
                let what = format!("{kind:?} at call {nth}");
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                app.post(PATH, &admin.token, &maintenance()).await.data();
                struck += fault.hits();
                app.stack.wire.heal();
                assert_eq!(list(app, &admin).await["count"], 2, "{what}");

                app.stack.wire.plan(Fault::new(kind).nth(nth));
                let changed = app.put(PATH, &admin.token, &json!({"id": id, "sort": 8})).await.data();
                assert_eq!(changed[0]["sort"], 8, "{what}");
                app.stack.wire.heal();

                app.stack.wire.plan(Fault::new(kind).nth(nth));
                assert_eq!(delete(app, &admin, &id).await.data(), json!(1), "{what}");
                app.stack.wire.heal();
                assert_eq!(list(app, &admin).await["count"], 1, "{what}");
            })
            .await;
        }
        assert!(struck >= 1, "{kind:?}: {struck}");
    }
}
