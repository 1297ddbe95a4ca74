//! `POST /v1/images/generations`

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::Method;
use serde_json::{Value, json};

use crate::app::{Person, TestApp};
use crate::http::Answer;
use crate::pictures::wish;

const PATH: &str = "/v1/images/generations";

/// A key of somebody's, as its text.
async fn key(person: &Person<'_>, form: Value) -> String {
    person.makes_key(form).await["key"].as_str().unwrap().to_owned()
}

async fn draw(app: &TestApp, key: &str, body: &Value) -> Answer {
    app.call(Method::POST, PATH, key, body).await
}

/// The status, type and code of a refusal, whose form is checked on the way.
fn refusal(answer: &Answer) -> (u16, String, Value) {
    let error = answer.json()["error"].clone();
    assert!(
        error["message"].as_str().is_some_and(|message| !message.is_empty()) && error["param"].is_null(),
        "{error}"
    );
    (answer.status.as_u16(), error["type"].as_str().unwrap().to_owned(), error["code"].clone())
}

fn data(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let document = answer.json();
    assert_eq!(document["created"], crate::app::START_MILLIS / 1000);
    document["data"].as_array().unwrap().clone()
}

/// OpenAI's newer models know no other form, and programs decode what comes without looking.
#[tokio::test]
async fn gpt_image_models_answer_in_base64_unless_an_address_is_asked_for() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(crate::app::ADMIN).await);
        ada.is_given(90);
        let mut draft = crate::admin_token::draft(app, "sk-0123456789abcdef");
        (draft["type"], draft["models"]) = (json!("openai-draw"), json!("gpt-image-1,openai/gpt-image-1"));
        app.post("/api/admin/token", &admin.token, &draft).await.data();
        app.clock.advance(Duration::from_secs(6));
        let key = key(&ada, json!({})).await;
        for (model, format, field) in [
            ("gpt-image-1", None, "b64_json"),
            ("openai/gpt-image-1", None, "b64_json"),
            ("gpt-image-1", Some("url"), "url"),
            ("gpt-image-1", Some("b64_json"), "b64_json"),
            ("dall-e-2", None, "url"),
        ] {
            let mut wish = wish("a cat", 1);
            (wish["model"], wish["response_format"]) = (json!(model), json!(format));
            let answer = draw(app, &key, &wish).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let fields: Vec<String> = answer.json()["data"][0].as_object().unwrap().keys().cloned().collect();
            assert_eq!(fields, [field], "{model} {format:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_program_draws_in_both_formats() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(90);
        let key = key(&ada, json!({})).await;
        let rows = data(&draw(app, &key, &wish("a cat", 2)).await);
        assert_eq!(rows.len(), 2);
        for row in &rows {
            assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), ["url"]);
            assert_eq!(app.fetch(&row["url"]).await.status, 200);
        }
        assert_ne!(rows[0], rows[1]);
        let mut wish = wish("a cat", 1);
        wish["response_format"] = json!("b64_json");
        let rows = data(&draw(app, &key, &wish).await);
        assert_eq!(rows[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["b64_json"]);
        let file = BASE64_STANDARD.decode(rows[0]["b64_json"].as_str().unwrap()).unwrap();
        assert!(app.stack.objects.list().iter().any(|object| object.bytes == file), "it is kept as well");
        assert_eq!((ada.credits().await, ada.pictures(app, "").await.0), (70, 3));
        let statement = ada.statement().await.1;
        assert_eq!(
            statement[..2],
            [("-10积分", "绘画"), ("-20积分", "绘画")].map(|(v, d)| (v.to_owned(), d.to_owned()))
        );
        let keys = app.get("/api/user/keys", &ada.token).await.data();
        assert_eq!(keys["rows"][0]["usage"], 30);
        let causes: Vec<Value> = app.table().into_iter().filter_map(|item| Some(item.get("cause")?.clone())).collect();
        let drawn: Vec<&Value> = causes.iter().filter(|cause| cause["kind"] == "draw").collect();
        assert!(drawn.len() == 2 && drawn.iter().all(|cause| !cause["api_key"].is_null()), "{drawn:?}");
        app.check_nothing_held();
    })
    .await;
}

/// What OpenAI's library sends when nothing is said but the prompt.
#[tokio::test]
async fn a_prompt_is_enough() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key(&ada, json!({})).await;
        assert_eq!(data(&draw(app, &key, &json!({"prompt": "a cat", "user": "u", "background": null})).await).len(), 1);
        assert_eq!(ada.credits().await, 0);
    })
    .await;
}

/// The other providers are models to programs.
#[tokio::test]
async fn a_provider_is_a_model() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key(&ada, json!({"models": "stablediffusion"})).await;
        app.adds_painter("stablediffusion-draw", "sk-0123456789abcdef").await;
        let body = json!({"prompt": "a cat", "model": "stablediffusion", "size": "256x256"});
        assert_eq!(draw(app, &key, &body).await.status, 200);
        assert!(app.asked_last().path.ends_with("/api/v3/text2img"));
        assert_eq!(ada.credits().await, 0);
    })
    .await;
}

#[tokio::test]
async fn keys_open_as_far_as_they_reach() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(90);
        let capped = key(&ada, json!({"limit": 25})).await;
        assert_eq!(data(&draw(app, &capped, &wish("a cat", 2)).await).len(), 2);
        let spent = draw(app, &capped, &wish("a cat", 1)).await;
        assert_eq!(refusal(&spent), (429, "insufficient_quota".to_owned(), json!("insufficient_quota")));
        assert_eq!(ada.credits().await, 80);

        let bound = key(&ada, json!({"models": "gpt-4o,dall-e-3"})).await;
        let other = draw(app, &bound, &wish("a cat", 1)).await;
        assert_eq!(refusal(&other), (404, "invalid_request_error".to_owned(), json!("model_not_found")));
        // No model means OpenAI's own default, which this key is not for.
        let unnamed = draw(app, &bound, &json!({"prompt": "a cat"})).await;
        assert_eq!(refusal(&unnamed).0, 404);
        assert_eq!(data(&draw(app, &bound, &json!({"prompt": "a cat", "model": "dall-e-3"})).await).len(), 1);
        assert_eq!(ada.credits().await, 70);

        let today = key(&ada, json!({"expire_time": "2026-01-01"})).await;
        let row = ada.makes_key(json!({})).await;
        let path = format!("/api/user/keys/{}", row["id"].as_str().unwrap());
        assert_eq!(app.send(Method::DELETE, &path, &ada.token, "").await.data(), 1);
        let revoked = row["key"].as_str().unwrap();
        app.clock.advance(Duration::from_secs(16 * 3600));
        let session = app.log_in("ada@example.com").await.token;
        let before = app.stack.upstream.count();
        for bearer in [today.as_str(), revoked, &session, &format!("sk-{session}"), "", "sk-", "x", &bound[..56]] {
            for body in [wish("a cat", 1), json!({}), json!({"prompt": "a cat", "response_format": "x"})] {
                let refused = refusal(&draw(app, bearer, &body).await);
                let expected = (401, "invalid_request_error".to_owned(), json!("invalid_api_key"));
                assert_eq!(refused, expected, "{bearer} {body}");
            }
        }
        app.ban(&ada);
        assert_eq!(refusal(&draw(app, &bound, &wish("a cat", 1)).await).0, 401);
        assert_eq!(app.stack.upstream.count(), before);
    })
    .await;
}

#[tokio::test]
async fn refusals_are_told_in_openais_form() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key(&ada, json!({})).await;
        app.set("prohibited_words", "坏词");
        let invalid = "invalid_request_error";
        for (body, status, kind, code) in [
            (json!({}), 400, invalid, Value::Null),
            (json!({"prompt": ""}), 400, invalid, Value::Null),
            (json!({"prompt": "坏词"}), 400, invalid, Value::Null),
            (json!({"prompt": "a cat", "response_format": "png"}), 400, invalid, Value::Null),
            (json!({"prompt": "猫".repeat(6000)}), 413, invalid, json!("request_too_large")),
            (json!({"prompt": "a cat", "model": "dall-e-9"}), 404, invalid, json!("model_not_found")),
            (json!({"prompt": "a cat", "model": "stability"}), 404, invalid, json!("model_not_found")),
            (wish("a cat", 2), 429, "insufficient_quota", json!("insufficient_quota")),
            (wish("a cat [[status=500]]", 1), 502, "server_error", Value::Null),
            (wish("a cat [[garbage]]", 1), 502, "server_error", Value::Null),
            (wish("a cat [[filtered]]", 1), 400, invalid, Value::Null),
        ] {
            let refused = refusal(&draw(app, &key, &body).await);
            assert_eq!(refused, (status, kind.to_owned(), code), "{body}");
            app.check_nothing_held();
        }
        let answer = app.call(Method::POST, PATH, &key, &json!([])).await;
        assert_eq!(refusal(&answer).0, 400);
        assert_eq!((ada.credits().await, app.stack.objects.list().len()), (10, 0));
        let keys = app.get("/api/user/keys", &ada.token).await.data();
        assert_eq!(keys["rows"][0]["usage"], 0, "what was given back went back to the key");
    })
    .await;
}

/// An API key opens nothing else of pictures, and a picture to start from is for OpenAI's other routes.
#[tokio::test]
async fn a_key_draws_and_nothing_else() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key(&ada, json!({})).await;
        let image = ada.draws(app, "a cat", 1).await[0].clone();
        for token in [key.as_str(), &key[3..]] {
            app.post(crate::pictures::DRAW, token, &wish("a cat", 1)).await.refusal(401);
            app.get("/api/images?type=me", token).await.refusal(401);
            app.put("/api/images", token, &json!({"id": image["id"], "status": 0})).await.refusal(401);
            crate::pictures::Form::of_file(&crate::pictures::png()).post(app, "/api/upload", token).await.refusal(401);
        }
        ada.is_given(10);
        let mut body = wish("a cat", 1);
        body["image"] = json!("http://10.0.0.1/a.png");
        assert_eq!(draw(app, &key, &body).await.status, 200);
        let asked = app.asked_last();
        assert!(asked.path.ends_with("/v1/images/generations"), "{}", asked.path);
    })
    .await;
}
