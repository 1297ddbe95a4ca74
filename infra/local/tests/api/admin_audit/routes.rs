//! Every route by which administrators write leaves its record.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use super::{Item, changes, records};
use crate::app::{ADMIN, TestApp};
use crate::http::Answer;
use crate::{house, sweep};

/// Routes that leave none, and why. `GET /api/admin/carmi/check`, which is no route of this sweep, does what the
/// schedule does anyway.
const EXEMPT: [(&str, &str); 1] =
    [("POST /api/admin/payment/{id}/test", "asks whether payments would come through, and writes nothing")];

/// All routes below `/api/admin/` that write.
pub(super) fn writes() -> Vec<String> {
    let routes = house::routes().into_iter();
    let routes = routes.filter(|(_, method, path)| path.starts_with("/api/admin/") && method != "GET");
    routes.map(|(_, method, path)| format!("{method} {path}")).collect()
}

/// Those that leave a record.
pub(super) fn recorded_writes() -> Vec<String> {
    writes().into_iter().filter(|route| EXEMPT.iter().all(|(exempt, _)| exempt != route)).collect()
}

pub(super) fn method(route: &str) -> Method {
    route.split(' ').next().unwrap().parse().unwrap()
}

/// Texts that no record may hold: sessions, upstream keys, keys of payment channels, redemption codes, hashes.
fn secrets(app: &TestApp, token: &str, answer: &Answer) -> Vec<String> {
    let epay = testkit::payments::epay_params(&app.stack.url(), "1001");
    let mut secrets = vec![
        token.to_owned(),
        "sk-0123456789abcdef".to_owned(),
        "sk-local".to_owned(),
        epay["key"].as_str().expect("a key").to_owned(),
    ];
    if let Some(codes) = answer.envelope()["data"].as_array() {
        secrets.extend(codes.iter().filter_map(|code| code["key"].as_str().map(str::to_owned)));
    }
    for item in app.table() {
        if let Some(sessions) = item.get("sessions").and_then(Value::as_object) {
            secrets.extend(sessions.keys().cloned());
        }
        if let Some(hash) = item["pk"].as_str().unwrap().strip_prefix("redemption#") {
            secrets.push(hash.to_owned());
        }
    }
    secrets
}

fn check_without(record: &Item, secrets: &[String]) {
    let text = Value::Object(record.clone()).to_string();
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{secret} in {text}");
    }
}

#[tokio::test]
async fn every_write_leaves_one_record() {
    for route in writes() {
        TestApp::run(async |app| {
            app.log_in("ada@example.com").await;
            let admin = app.log_in(ADMIN).await;
            let (path, body) = sweep::request(app, &route).await;
            let before = records(app);
            app.clock.advance(Duration::from_millis(1));
            let answer = app.send(method(&route), &path, &admin.token, &body).await;
            answer.data();
            let new = records(app).split_off(before.len());
            if EXEMPT.iter().any(|(exempt, _)| *exempt == route) {
                assert_eq!(new, Vec::<Item>::new(), "{route}");
                return;
            }
            let [record] = new.as_slice() else { panic!("{route} left {} records: {new:?}", new.len()) };
            let told = ["action", "request", "user", "at"].map(|name| record[name].clone());
            let request = answer.headers["x-request-id"].to_str().unwrap();
            let expected = [json!(route), json!(request), json!(admin.id), json!(app.clock.millis())];
            assert_eq!(told, expected, "{record:?}");
            check_without(record, &secrets(app, &admin.token, &answer));
            println!("{route:42} {:32} {}", record["target"].as_str().unwrap(), changes(record));

            // Done again it changes nothing, unless it makes or asks something new.
            let again = app.send(method(&route), &path, &admin.token, &body).await;
            assert!([200, 404].contains(&again.status.as_u16()) || route.starts_with("POST"), "{}", again.text());
            let more = records(app).len() - before.len();
            let expected = usize::from(route.starts_with("POST") && again.status == 200);
            assert_eq!(more, 1 + expected, "{route} again: {}", again.text());
        })
        .await;
    }
}

#[tokio::test]
async fn only_what_an_administrator_does_to_the_pictures_of_others_is_recorded() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        ada.is_given(100);
        let drawn = ada.draws(app, "a secret cat", 2).await;
        let own = admin.draws(app, "a dog", 1).await;
        let change = async |token: &str, image: &Value, status: i64| {
            app.put("/api/images", token, &json!({"id": image["id"], "status": status})).await.data();
        };
        change(&ada.token, &drawn[0], 1).await;
        change(&admin.token, &own[0], 1).await;
        change(&admin.token, &own[0], 0).await;
        assert_eq!(records(app), Vec::<Item>::new());
        change(&admin.token, &drawn[0], 4).await;
        change(&admin.token, &drawn[0], 4).await;
        app.clock.advance(Duration::from_millis(1));
        change(&admin.token, &drawn[1], 0).await;
        let records = records(app);
        let told: Vec<(&Value, &Value, Value)> =
            records.iter().map(|record| (&record["action"], &record["target"], changes(record))).collect();
        let [hidden, deleted] =
            [0, 1].map(|place: usize| json!(format!("image {}", drawn[place]["id"].as_str().unwrap())));
        assert_eq!(
            told,
            [
                (&json!("PUT /api/images"), &hidden, json!({"visibility": ["public", "private"]})),
                (
                    &json!("PUT /api/images"),
                    &deleted,
                    json!({"user_id": [ada.id, null], "visibility": ["private", null]})
                ),
            ]
        );
        check_without(&records[1], &["a secret cat".to_owned(), "/public/".to_owned()]);
    })
    .await;
}

/// A check tells what it found; it is a write of the administrator's when a key runs again by it.
#[tokio::test]
async fn a_check_that_lets_a_key_run_again_is_recorded() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let check = async || app.post("/api/admin/token/check", &admin.token, &json!({"id": "1"})).await.data();
        check().await;
        assert_eq!(records(app), Vec::<Item>::new());
        let table = app.base().table;
        let site = table::site::load_now(&table).await.unwrap();
        let stopped = table::upstream_key::stop(&table, &site.upstreams[0], "密钥无效 (401)", app.clock.millis()).await;
        assert!(stopped.unwrap());
        assert_eq!(check().await["status"], 1);
        check().await;
        let records = records(app);
        let [record] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(
            (&record["target"], changes(record)),
            (&json!("token 1"), json!({"reason": ["密钥无效 (401)", null]}))
        );
    })
    .await;
}
