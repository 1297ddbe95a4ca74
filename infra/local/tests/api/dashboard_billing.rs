//! `GET /dashboard/billing/subscription`, `GET /dashboard/billing/usage`, and the same below `/v1`

use hyper::Method;
use serde_json::{Value, json};

use crate::app::{Person, TestApp};

const SUBSCRIPTION: &str = "/dashboard/billing/subscription";

/// What a balance page makes of both answers: all, spent, left.
async fn balance(app: &TestApp, above: &str, key: &str) -> (f64, f64, f64) {
    let get = async |what: &str| {
        let answer = app.call(Method::GET, &format!("{above}/dashboard/billing/{what}"), key, &Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let subscription = get("subscription").await;
    let usage = get("usage?start_date=2026-01-01&end_date=2026-02-01").await;
    assert_eq!((&subscription["object"], &usage["object"]), (&json!("billing_subscription"), &json!("list")));
    assert_eq!(subscription["hard_limit_usd"], subscription["system_hard_limit_usd"]);
    let all = subscription["hard_limit_usd"].as_f64().unwrap();
    let spent = usage["total_usage"].as_f64().unwrap() / 100.0;
    (all, spent, all - spent)
}

async fn key(person: &Person<'_>, form: Value) -> String {
    person.makes_key(form).await["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_balance_page_shows_what_the_key_has_left_at_either_place() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(90);
        let (open, capped) = (key(&ada, json!({})).await, key(&ada, json!({"limit": 30})).await);
        let draw = json!({"prompt": "a cat", "n": 1, "size": "256x256", "model": "dall-e-2"});
        let drawn = app.call(Method::POST, "/v1/images/generations", &capped, &draw).await;
        assert_eq!(drawn.status, 200, "{}", drawn.text());
        for above in ["", "/v1", "/prod", "/prod/v1"] {
            assert_eq!(balance(app, above, &capped).await, (30.0, 10.0, 20.0), "{above}");
            assert_eq!(balance(app, above, &open).await, (90.0, 0.0, 90.0), "{above}");
        }
        // No more than its owner has, whatever it may spend.
        ada.is_given(-85);
        assert_eq!(balance(app, "", &capped).await, (15.0, 10.0, 5.0));
    })
    .await;
}

#[tokio::test]
async fn it_is_told_to_a_live_key_alone_and_when_that_ends() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let ending = ada.makes_key(json!({"expire_time": "2026-01-02"})).await;
        let text = ending["key"].as_str().unwrap();
        let told = app.call(Method::GET, SUBSCRIPTION, text, &Value::Null).await.json();
        // The end of that day in Shanghai.
        assert_eq!(told["access_until"], 1_767_369_600);
        for (key, token) in [("", ada.token.as_str()), ("sk-nobodys", "")] {
            let bearer = format!("Bearer {key}");
            for path in [SUBSCRIPTION, "/v1/dashboard/billing/usage"] {
                let headers = [("authorization", bearer.as_str()), ("token", token)];
                let answer = app.http.send(Method::GET, path, &headers, "").await;
                let code = &answer.json()["error"]["code"];
                assert_eq!((answer.status.as_u16(), code), (401, &json!("invalid_api_key")), "{path}");
            }
        }
        let id = ending["id"].as_str().unwrap();
        app.send(Method::DELETE, &format!("/api/user/keys/{id}"), &ada.token, "").await.data();
        assert_eq!(app.call(Method::GET, SUBSCRIPTION, text, &Value::Null).await.status, 401);
    })
    .await;
}
