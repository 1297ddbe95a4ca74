//! `GET /api/user/keys`, `POST /api/user/keys` and `DELETE /api/user/keys/{id}`

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{Person, TestApp};
use crate::books;

/// The caller's keys, newest first.
async fn keys(app: &TestApp, person: &Person<'_>) -> Vec<Value> {
    let data = app.get("/api/user/keys", &person.token).await.data();
    let rows = data["rows"].as_array().unwrap().clone();
    assert_eq!(data["count"], rows.len());
    rows
}

/// Whether a key opens `/v1`.
async fn opens(app: &TestApp, key: &Value) -> bool {
    let answer = app.call(Method::GET, "/v1/models", key["key"].as_str().unwrap(), &Value::Null).await;
    assert!([200, 401].contains(&answer.status.as_u16()), "{}", answer.text());
    answer.status == 200
}

#[tokio::test]
async fn a_key_is_shown_once_and_masked_from_then_on() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let form = json!({"name": " 编辑器 ", "limit": "500", "expire_time": "2026-01-02 12:00:00",
            "models": "gpt-4o，gpt-3.5-turbo,\n gpt-4o"});
        let key = ada.makes_key(form).await;
        let text = key["key"].as_str().unwrap().to_owned();
        assert!(text.starts_with("sk-") && text.len() == 57, "{text}");
        let mut row = key.clone();
        row["key"] = format!("{}{}{}", &text[..6], "*".repeat(47), &text[53..]).into();
        assert_eq!(
            row,
            json!({"id": key["id"], "name": "编辑器", "key": row["key"], "limit": 500, "usage": 0,
                "expire_time": "2026-01-02", "models": "gpt-4o,gpt-3.5-turbo", "create_time": "2026-01-01 08:00:00"})
        );
        assert_eq!(keys(app, &ada).await, [row]);
        let unbound = ada.makes_key(json!({})).await;
        assert_eq!(
            (&unbound["name"], &unbound["limit"], &unbound["expire_time"], &unbound["models"]),
            (&json!(""), &Value::Null, &Value::Null, &json!(""))
        );
        assert_eq!(keys(app, &ada).await.len(), 2);
        // The table could be read by anybody without harm.
        let secret = &text[3..];
        assert!(app.table().iter().flat_map(books::leaves).all(|leaf| !leaf.contains(secret)));
    })
    .await;
}

#[tokio::test]
async fn a_key_opens_v1_alone_and_a_session_never_does() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = ada.makes_key(json!({})).await;
        assert!(opens(app, &key).await);
        let text = key["key"].as_str().unwrap();
        for token in [text, &text[3..]] {
            app.get("/api/user/info", token).await.refusal(401);
            let chat = json!({"prompt": "hi", "parentMessageId": crate::app::CONVERSATION});
            app.post("/api/chat/completions", token, &chat).await.refusal(401);
            app.get("/api/user/keys", token).await.refusal(401);
            // As a bearer it opens nothing of the site either.
            app.call(Method::GET, "/api/user/info", token, &Value::Null).await.refusal(401);
        }
        for bearer in [ada.token.as_str(), &format!("sk-{}", ada.token), "", "sk-", &text[3..], &text[..56]] {
            let answer = app.call(Method::GET, "/v1/models", bearer, &Value::Null).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["error"]["code"]), (401, &json!("invalid_api_key")));
        }
        let headers = [("token", text)];
        assert_eq!(app.http.send(Method::GET, "/v1/models", &headers, "").await.status, 401);
        let headers = [("authorization", text)];
        assert_eq!(app.http.send(Method::GET, "/v1/models", &headers, "").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_key_ends_with_its_day_its_revocation_and_its_user() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let today = ada.makes_key(json!({"expire_time": "2026-01-01"})).await;
        let lasting = ada.makes_key(json!({})).await;
        app.clock.advance(Duration::from_secs(16 * 3600 - 1));
        assert!(opens(app, &today).await);
        app.clock.advance(Duration::from_secs(1));
        assert!(!opens(app, &today).await && opens(app, &lasting).await);
        // Its owner still sees it, and why it opens nothing.
        assert_eq!(keys(app, &ada).await.len(), 2);
        let path = format!("/api/user/keys/{}", lasting["id"].as_str().unwrap());
        assert_eq!(app.send(Method::DELETE, &path, &ada.token, "").await.data(), 1);
        assert!(!opens(app, &lasting).await);
        assert_eq!(app.send(Method::DELETE, &path, &ada.token, "").await.data(), 0);
        assert_eq!(keys(app, &ada).await.len(), 1);
        let other = ada.makes_key(json!({})).await;
        app.ban(&ada);
        assert!(!opens(app, &other).await);
        let bob = app.log_in("bob@example.com").await;
        let bobs = bob.makes_key(json!({})).await;
        let admin = app.log_in(crate::app::ADMIN).await;
        let path = format!("/api/admin/user/{}", bob.id);
        assert_eq!(app.send(Method::DELETE, &path, &admin.token, "").await.data(), 1);
        assert!(!opens(app, &bobs).await);
        let remains = app.users().into_iter().find(|user| user["id"] == bob.id.as_str()).unwrap();
        assert!(!remains.contains_key("api_keys"), "{remains:?}");
    })
    .await;
}

#[tokio::test]
async fn nobody_revokes_anothers_key() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let key = ada.makes_key(json!({})).await;
        let path = format!("/api/user/keys/{}", key["id"].as_str().unwrap());
        assert_eq!(app.send(Method::DELETE, &path, &bob.token, "").await.data(), 0);
        assert!(opens(app, &key).await);
        app.send(Method::DELETE, "/api/user/keys/x", &ada.token, "").await.refusal(404);
    })
    .await;
}

#[tokio::test]
async fn ten_keys_are_enough_and_revoked_ones_make_room() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for _ in 0..3 {
            for _ in 0..10 {
                ada.makes_key(json!({"models": "gpt-4o"})).await;
            }
            let refusal = app.post("/api/user/keys", &ada.token, &json!({})).await.refusal(400);
            assert_eq!(refusal, "密钥数量已达上限，请先删除不用的密钥");
            for key in keys(app, &ada).await {
                let path = format!("/api/user/keys/{}", key["id"].as_str().unwrap());
                assert_eq!(app.send(Method::DELETE, &path, &ada.token, "").await.data(), 1);
            }
        }
        ada.makes_key(json!({})).await;
        let user = app.users().into_iter().next().unwrap();
        assert_eq!(user["api_keys"].as_object().unwrap().len(), 1, "what is spent is gone: {user:?}");
    })
    .await;
}

#[tokio::test]
async fn keys_made_at_once_are_never_too_many() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let tries: Vec<_> = (0..16).map(|_| (ada.token.clone(), json!({}))).collect();
        let answers = tries.iter().map(|(token, form)| app.post("/api/user/keys", token, form));
        let answers = futures_util::future::join_all(answers).await;
        let made = answers.iter().filter(|answer| answer.status == 200).count();
        assert!(answers.iter().all(|answer| [200, 400, 503].contains(&answer.status.as_u16())));
        assert_eq!(keys(app, &ada).await.len(), made);
        assert!((1..=10).contains(&made), "{made}");
    })
    .await;
}

#[tokio::test]
async fn wrong_forms_are_refused() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for (form, message) in [
            (json!({"limit": -1}), "积分上限不正确"),
            (json!({"limit": 1_000_000_001}), "积分上限不正确"),
            (json!({"limit": "many"}), "参数不正确"),
            (json!({"expire_time": "2025-12-31"}), "到期时间不能早于今天"),
            (json!({"expire_time": "soon"}), "参数不正确"),
            (json!({"name": "a\nb"}), "密钥名称不正确"),
            (json!({"name": "名".repeat(51)}), "密钥名称不正确"),
            (json!({"models": "m".repeat(101)}), "模型名称不正确或过多"),
            (json!({"models": (0..21).map(|n| format!("m{n}")).collect::<Vec<_>>().join(",")}), "模型名称不正确或过多"),
        ] {
            assert_eq!(app.post("/api/user/keys", &ada.token, &form).await.refusal(400), message, "{form}");
        }
        assert!(keys(app, &ada).await.is_empty());
        assert_eq!(ada.makes_key(json!({"limit": 0})).await["limit"], Value::Null);
    })
    .await;
}

/// Whatever call of the creation or the revocation fails, before its effect or after: a passing failure is not noticed,
/// and what was answered holds.
#[tokio::test]
async fn a_failing_call_makes_no_key_twice_and_loses_none() {
    for (kind, lasting) in [
        (FaultKind::FailBefore, false),
        (FaultKind::FailAfter, false),
        (FaultKind::Conflict, false),
        (FaultKind::FailBefore, true),
        (FaultKind::FailAfter, true),
    ] {
        for nth in 1..4 {
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                let first = ada.makes_key(json!({})).await;
                let fault = Fault::new(kind).nth(nth);
                let fault = if lasting { fault.lasting() } else { fault };
                app.stack.wire.plan(fault.clone());
                let made = app.post("/api/user/keys", &ada.token, &json!({"name": "second"})).await;
                app.stack.wire.heal();
                let there = keys(app, &ada).await.len();
                match made.status.as_u16() {
                    200 => assert_eq!(there, 2, "{fault:?}"),
                    503 if lasting => assert!((1..=2).contains(&there), "{fault:?}"),
                    other => panic!("{other} {fault:?}"),
                }
                app.stack.wire.plan(fault.clone());
                let path = format!("/api/user/keys/{}", first["id"].as_str().unwrap());
                let answer = app.send(Method::DELETE, &path, &ada.token, "").await;
                app.stack.wire.heal();
                match answer.status.as_u16() {
                    // 0 where the answer of the try that did it was lost.
                    200 => assert!(!opens(app, &first).await, "{fault:?}"),
                    503 if lasting => {}
                    other => panic!("{other} {fault:?}"),
                }
            })
            .await;
        }
    }
}
