//! `GET /api/admin/turnover`, `PUT /api/admin/turnover`, `DELETE /api/admin/turnover/{id}`

mod corrections;
mod faults;
mod hiding;

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

async fn page(app: &TestApp, admin: &Person<'_>, query: &str) -> Value {
    app.get(&format!("/api/admin/turnover{query}"), &admin.token).await.data()
}

/// The values of a page's rows.
fn values(data: &Value) -> Vec<String> {
    data["rows"].as_array().unwrap().iter().map(|row| row["value"].as_str().unwrap().to_owned()).collect()
}

/// The ids of a person's rows that can be seen, newest first.
async fn row_ids(app: &TestApp, person: &Person<'_>) -> Vec<String> {
    let data = app.get("/api/turnover?page_size=100", &person.token).await.data();
    data["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn correct(app: &TestApp, admin: &Person<'_>, id: &str, describe: &str) -> Answer {
    app.put("/api/admin/turnover", &admin.token, &json!({"id": id, "describe": describe})).await
}

async fn hide(app: &TestApp, admin: &Person<'_>, id: &str) -> Answer {
    app.send(Method::DELETE, &format!("/api/admin/turnover/{id}"), &admin.token, "").await
}

/// Rows of 1, 2, 3 … credits, a millisecond apart.
fn give(app: &TestApp, person: &Person<'_>, rows: i64) {
    for credits in 1..=rows {
        app.clock.advance(Duration::from_millis(1));
        person.is_given(credits);
    }
}

#[tokio::test]
async fn pages_are_exact_and_newest_first_with_the_people() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        give(app, &ada, 22);
        let expected = |credits: std::ops::RangeInclusive<i64>| -> Vec<String> {
            credits.rev().map(|credits| format!("{credits}积分")).collect()
        };
        for (query, rows) in [("", 13..=22), ("?page=2&page_size=10", 3..=12), ("?page=1&page_size=20", 3..=22)] {
            let data = page(app, &admin, query).await;
            assert_eq!((&data["count"], values(&data)), (&json!(24), expected(rows)), "{query}");
        }
        // The two gifts of one millisecond close the list.
        assert_eq!(values(&page(app, &admin, "?page=3&page_size=10").await), ["2积分", "1积分", "10积分", "10积分"]);
        assert!(values(&page(app, &admin, "?page=4&page_size=10").await).is_empty());

        let row = &page(app, &admin, "?page_size=1").await["rows"][0];
        assert_eq!(
            *row,
            json!({"id": row["id"], "user_id": ada.id, "value": "22积分", "describe": "测试",
                "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
                "user": {"id": ada.id, "account": "ada@example.com", "nickname": "Chat用户", "avatar": app.default_avatar()}})
        );
    })
    .await;
}

#[tokio::test]
async fn the_list_of_one_user_is_their_statement() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        give(app, &ada, 12);
        let of = |id: &str, rest: &str| format!("?user_id={id}{rest}");
        let first = page(app, &admin, &of(&ada.id, "")).await;
        assert_eq!((&first["count"], values(&first)[0].as_str(), values(&first).len()), (&json!(13), "12积分", 10));
        assert_eq!(first["rows"][0]["user"]["account"], "ada@example.com");
        assert_eq!(values(&page(app, &admin, &of(&ada.id, "&page=2")).await), ["2积分", "1积分", "10积分"]);
        assert_eq!(page(app, &admin, &of(&admin.id, "")).await["count"], 1);
        assert_eq!(page(app, &admin, &of("7", "")).await, json!({"count": 0, "rows": []}));
        assert_eq!(page(app, &admin, "?user_id=undefined").await["count"], 14);

        // What is wrong with a request is told to administrators alone.
        let path = "/api/admin/turnover?user_id=ada";
        assert_eq!(app.get(path, &admin.token).await.refusal(400), "参数不正确");
        assert_eq!(app.get(path, &ada.token).await.refusal(403), "拒绝访问");
        assert_eq!(app.get(path, "").await.refusal(401), "请登陆");
    })
    .await;
}

#[tokio::test]
async fn rows_outlive_their_people() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        give(app, &ada, 2);
        let gift = row_ids(app, &ada).await[2].clone();
        let path = format!("/api/admin/user/{}", ada.id);
        app.send(Method::DELETE, &path, &admin.token, "").await.data();
        let query = format!("?user_id={}", ada.id);
        let (everybodys, adas) = (page(app, &admin, "").await, page(app, &admin, &query).await);
        assert_eq!((&everybodys["count"], &adas["count"]), (&json!(5), &json!(4)));
        for row in adas["rows"].as_array().unwrap() {
            assert_eq!((&row["user_id"], &row["user"]), (&json!(ada.id), &Value::Null));
        }
        assert_eq!(values(&adas), ["-13积分", "2积分", "1积分", "10积分"]);
        // They can still be corrected and hidden.
        assert_eq!(correct(app, &admin, &gift, "注册赠送").await.data()[0]["describe"], "注册赠送");
        assert_eq!(hide(app, &admin, &gift).await.data(), 1);
        assert_eq!(values(&page(app, &admin, &query).await), ["-13积分", "2积分", "1积分"]);
        assert_eq!(page(app, &admin, "").await["count"], 4);
    })
    .await;
}
