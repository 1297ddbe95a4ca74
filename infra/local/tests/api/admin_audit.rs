//! `GET /api/admin/audit`

mod faults;
mod routes;
mod secrets;

use std::time::Duration;

use futures_util::future::join;
use serde_json::{Map, Value, json};

use crate::app::{ADMIN, Person, TestApp};
use crate::house;

type Item = Map<String, Value>;

/// The stored records, oldest first.
fn records(app: &TestApp) -> Vec<Item> {
    let is_record = |item: &Item| item["pk"].as_str().unwrap().starts_with("audit#") && item["sk"] != "count";
    let mut records: Vec<Item> = app.table().into_iter().filter(is_record).collect();
    records.sort_by_key(|record| record["list_sk"].as_i64());
    records
}

/// What a record says that changed.
fn changes(record: &Item) -> Value {
    serde_json::from_str(record["changes"].as_str().unwrap()).unwrap()
}

/// A page of the list.
async fn page(app: &TestApp, admin: &Person<'_>, query: &str) -> Value {
    app.get(&format!("/api/admin/audit{query}"), &admin.token).await.data()
}

/// Bob, who is an administrator by the first one's hand.
async fn another<'a>(app: &'a TestApp, admin: &Person<'_>) -> Person<'a> {
    let bob = app.log_in("bob@example.com").await;
    let role = json!({"id": bob.id, "role": "administrator"});
    app.put("/api/admin/user", &admin.token, &role).await.data();
    app.log_in("bob@example.com").await
}

async fn sets(app: &TestApp, admin: &Person<'_>, body: &Value) {
    app.put("/api/admin/config", &admin.token, body).await.data();
    app.clock.advance(Duration::from_secs(1));
}

#[tokio::test]
async fn a_record_tells_who_did_what_and_how_it_was() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        assert_eq!(page(app, &admin, "").await, json!({"count": 0, "rows": []}));
        let answer = app.put("/api/admin/config", &admin.token, &json!({"signin_reward": 5, "ai3_ratio": 7})).await;
        let first = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        app.clock.advance(Duration::from_secs(60));
        let answer = app.put("/api/admin/config", &admin.token, &json!({"signin_reward": 6, "ai3_ratio": 7})).await;
        let second = answer.headers["x-request-id"].to_str().unwrap().to_owned();

        let mut data = page(app, &admin, "").await;
        let ids: Vec<Value> = (0..2).map(|row: usize| data["rows"][row]["id"].take()).collect();
        assert!(ids.iter().all(|id| id.as_str().is_some_and(|id| id.parse::<i64>().is_ok())), "{ids:?}");
        let row = |target: &str, changes: Value, request: &str, time: &str| {
            json!({
                "id": null, "user_id": admin.id, "action": "PUT /api/admin/config", "target": target,
                "user": {"id": admin.id, "account": ADMIN, "nickname": "Chat用户", "avatar": app.default_avatar()},
                "changes": changes.to_string(), "request_id": request, "create_time": time,
            })
        };
        let rows = [
            row("setting signin_reward", json!({"signin_reward": ["5", "6"]}), &second, "2026-01-01 08:01:00"),
            row(
                "settings",
                json!({"ai3_ratio": [null, "7"], "signin_reward": [null, "5"]}),
                &first,
                "2026-01-01 08:00:00",
            ),
        ];
        assert_eq!(data, json!({"count": 2, "rows": rows}));
    })
    .await;
}

#[tokio::test]
async fn pages_are_of_all_or_of_one_administrator() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let bob = another(app, &admin).await;
        app.clock.advance(Duration::from_secs(1));
        for number in 1..=7 {
            let who = if number % 3 == 0 { &bob } else { &admin };
            sets(app, who, &json!({"signin_reward": number})).await;
        }
        let after = |row: &Value| -> String {
            let changes: Value = serde_json::from_str(row["changes"].as_str().unwrap()).unwrap();
            changes["signin_reward"][1].as_str().unwrap_or("role").to_owned()
        };
        let check = async |query: &str, count: u64, expected: &[&str]| {
            let data = page(app, &admin, query).await;
            let told: Vec<String> = data["rows"].as_array().unwrap().iter().map(after).collect();
            assert_eq!(
                (data["count"].as_u64(), told),
                (Some(count), expected.iter().map(ToString::to_string).collect())
            );
        };
        check("?page_size=3", 8, &["7", "6", "5"]).await;
        check("?page_size=3&page=2", 8, &["4", "3", "2"]).await;
        check("?page_size=3&page=3", 8, &["1", "role"]).await;
        check("?page_size=3&page=4", 8, &[]).await;
        let of = |person: &Person<'_>, query: &str| format!("?user_id={}{query}", person.id);
        check(&of(&admin, "&page_size=2"), 6, &["7", "5"]).await;
        check(&of(&admin, "&page_size=2&page=2"), 6, &["4", "2"]).await;
        check(&of(&admin, "&page_size=2&page=3"), 6, &["1", "role"]).await;
        check(&of(&admin, "&page_size=4&page=2"), 6, &["1", "role"]).await;
        check(&of(&admin, "&page=9"), 6, &[]).await;
        check(&of(&bob, ""), 2, &["6", "3"]).await;
        check("?user_id=7", 0, &[]).await;
        assert_eq!(app.get("/api/admin/audit?user_id=x", &admin.token).await.refusal(400), "参数不正确");

        // What was done stays told when the administrator is gone.
        app.send(hyper::Method::DELETE, &format!("/api/admin/user/{}", bob.id), &admin.token, "").await.data();
        for query in [of(&bob, ""), String::new()] {
            let data = page(app, &admin, &query).await;
            let his: Vec<&Value> =
                data["rows"].as_array().unwrap().iter().filter(|row| row["user_id"] == bob.id.as_str()).collect();
            assert!(his.len() == 2 && his.iter().all(|row| row["user"].is_null()), "{data}");
        }
        // The janitor moves the counts, and nothing is lost by that.
        app.clock.advance(Duration::from_secs(24 * 3600));
        assert!(app.stack.run_janitor().await.get("error").is_none());
        assert_eq!(page(app, &app.log_in(ADMIN).await, "").await["count"], 9);
    })
    .await;
}

#[test]
fn no_route_changes_or_deletes_a_record() {
    let routes = house::routes().into_iter().filter(|(_, _, path)| path.contains("audit"));
    let routes: Vec<(String, String)> = routes.map(|(_, method, path)| (method, path)).collect();
    assert_eq!(routes, [("GET".to_owned(), "/api/admin/audit".to_owned())]);
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_record() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        sets(app, &admin, &json!({"signin_reward": 5})).await;
        let updated = app.get("/api/admin/config", &admin.token).await.data()[1]["update_time"].clone();
        sets(app, &admin, &json!({"signin_reward": "5"})).await;
        assert_eq!(app.get("/api/admin/config", &admin.token).await.data()[1]["update_time"], updated);
        for path in [
            "user/7",
            "turnover/7",
            "carmi/7",
            "carmi/batch/7",
            "messages/7",
            "token/7",
            "aikey/7",
            "products/7",
            "payment/7",
            "notification/7",
        ] {
            let answer = app.send(hyper::Method::DELETE, &format!("/api/admin/{path}"), &admin.token, "").await;
            assert_eq!(answer.data(), 0, "{path}");
        }
        for (path, body) in [
            ("user", json!({"id": admin.id, "nickname": "Chat用户", "status": 1})),
            ("token", json!({"id": "1", "remarks": "本地模拟"})),
        ] {
            app.put(&format!("/api/admin/{path}"), &admin.token, &body).await.data();
        }
        app.put("/api/admin/config", &admin.token, &json!({"signin_reward": -1})).await.refusal(400);
        assert_eq!(records(app).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_administrators_at_once_both_are_recorded() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let bob = another(app, &admin).await;
        for round in 1..=10 {
            // Records of one millisecond have no order.
            app.clock.advance(Duration::from_millis(1));
            let before = records(app).len();
            let (hers, his) = (json!({"signin_reward": 100 + round}), json!({"ai3_ratio": 100 + round}));
            let (one, two) =
                join(app.put("/api/admin/config", &admin.token, &hers), app.put("/api/admin/config", &bob.token, &his))
                    .await;
            one.data();
            two.data();
            let rows = app.get("/api/admin/config", &admin.token).await.data();
            let value =
                |name: &str| rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()["value"].clone();
            let set = (100 + round).to_string();
            assert_eq!((value("signin_reward"), value("ai3_ratio")), (json!(set), json!(set)));
            let mut who: Vec<Value> =
                records(app).split_off(before).into_iter().map(|record| record["user"].clone()).collect();
            who.sort_by_key(Value::to_string);
            let mut both = vec![json!(admin.id), json!(bob.id)];
            both.sort_by_key(Value::to_string);
            assert_eq!(who, both);
        }
    })
    .await;
}

/// What the later one of two found is what the earlier one left.
#[tokio::test]
async fn of_two_who_set_the_same_one_the_records_are_a_chain() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let bob = another(app, &admin).await;
        for round in 1..=10 {
            let (hers, his) = (json!({"signin_reward": round}), json!({"signin_reward": 100 + round}));
            let (one, two) =
                join(app.put("/api/admin/config", &admin.token, &hers), app.put("/api/admin/config", &bob.token, &his))
                    .await;
            one.data();
            two.data();
        }
        let edits: Vec<Value> = records(app).iter().map(|record| changes(record)["signin_reward"].clone()).collect();
        let edits: Vec<&Value> = edits.iter().filter(|pair| pair.is_array()).collect();
        assert_eq!(edits.len(), 20);
        // Records of one millisecond have no order, but each value was left as often as it was found, but for the last.
        let rows = app.get("/api/admin/config", &admin.token).await.data();
        let mut left: Vec<String> = edits.iter().map(|pair| pair[1].to_string()).collect();
        let mut found: Vec<String> = edits.iter().map(|pair| pair[0].to_string()).collect();
        left.push(Value::Null.to_string());
        found.push(rows[1]["value"].to_string());
        left.sort();
        found.sort();
        assert_eq!(left, found);
    })
    .await;
}
