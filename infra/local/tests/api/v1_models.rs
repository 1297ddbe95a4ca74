//! `GET /v1/models` and `GET /v1/models/{model+}`

use hyper::Method;
use serde_json::{Value, json};

use crate::admin_token;
use crate::app::{ADMIN, TestApp};

async fn models(app: &TestApp, key: &str) -> Vec<String> {
    let answer = app.call(Method::GET, "/v1/models", key, &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let list = answer.json();
    assert_eq!(list["object"], "list");
    let rows = list["data"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["object"] == "model" && row["created"].is_i64() && row["owned_by"].is_string()));
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Whatever is listed answers a chat or is drawn.
#[tokio::test]
async fn what_is_listed_can_be_used() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        ada.is_given(100_000);
        let key = ada.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
        app.put("/api/admin/token", &admin.token, &json!({"id": "1", "status": 0})).await.data();
        for (kind, models) in [
            (
                "openai-chat",
                "o1,gpt-image-1,gpt-image-1-mini,dall-e-3,text-embedding-3-small,whisper-1,bge-m3*,qwen-max*",
            ),
            ("openai-chat", "tts-1,omni-moderation-latest"),
            ("openai-draw", ""),
            ("openai-draw", "dall-e-2"),
            ("stability-draw", "stable-diffusion-xl-1024-v1-0"),
            ("stablediffusion-draw", ""),
        ] {
            let mut draft = admin_token::draft(app, "sk-0123456789abcdef");
            (draft["type"], draft["models"]) = (json!(kind), json!(models));
            app.post("/api/admin/token", &admin.token, &draft).await.data();
        }
        app.clock.advance(std::time::Duration::from_secs(6));
        let listed = models(app, &key).await;
        assert_eq!(
            listed,
            [
                "dall-e-2",
                "dall-e-3",
                "gpt-image-1",
                "gpt-image-1-mini",
                "o1",
                "qwen-max",
                "stability",
                "stable-diffusion-xl-1024-v1-0",
                "stablediffusion",
            ]
        );
        for model in listed {
            let (path, body) = if ["o1", "qwen-max"].contains(&model.as_str()) {
                ("/v1/chat/completions", json!({"model": model, "messages": [{"role": "user", "content": "hi"}]}))
            } else {
                ("/v1/images/generations", json!({"model": model, "prompt": "a cat", "n": 1}))
            };
            let answer = app.call(Method::POST, path, &key, &body).await;
            assert_eq!(answer.status, 200, "{model}: {}", answer.text());
        }
    })
    .await;
}

#[tokio::test]
async fn a_program_sees_what_its_key_can_be_used_with() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = ada.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
        let there = models(app, &key).await;
        assert!(there.contains(&"gpt-3.5-turbo".to_owned()), "{there:?}");
        let admin = app.log_in(ADMIN).await;
        let mut draft = admin_token::draft(app, "sk-0123456789abcdef");
        draft["models"] = "deepseek-chat,qwen-max*".into();
        app.post("/api/admin/token", &admin.token, &draft).await.data();
        let now = models(app, &key).await;
        assert!(now.contains(&"deepseek-chat".to_owned()) && now.contains(&"qwen-max".to_owned()), "{now:?}");
        assert!(now.is_sorted());
        let bound = ada.makes_key(json!({"models": "deepseek-chat,gpt-9"})).await;
        let bound = bound["key"].as_str().unwrap();
        assert_eq!(models(app, bound).await, ["deepseek-chat"]);
        let one = app.call(Method::GET, "/v1/models/deepseek-chat", bound, &Value::Null).await;
        assert_eq!((one.status.as_u16(), &one.json()["id"]), (200, &json!("deepseek-chat")));
        for other in ["gpt-9", "gpt-4o", "%2e%2e"] {
            let none = app.call(Method::GET, &format!("/v1/models/{other}"), bound, &Value::Null).await;
            assert_eq!((none.status.as_u16(), &none.json()["error"]["code"]), (404, &json!("model_not_found")));
        }
    })
    .await;
}

#[tokio::test]
async fn names_of_models_have_slashes_and_colons() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        let key = ada.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
        let mut draft = admin_token::draft(app, "sk-0123456789abcdef");
        draft["models"] = "deepseek/deepseek-chat:free,a/b/c".into();
        app.post("/api/admin/token", &admin.token, &draft).await.data();
        for (path, model) in [
            ("deepseek/deepseek-chat:free", "deepseek/deepseek-chat:free"),
            ("deepseek%2Fdeepseek-chat%3Afree", "deepseek/deepseek-chat:free"),
            ("a/b/c", "a/b/c"),
        ] {
            let one = app.call(Method::GET, &format!("/v1/models/{path}"), &key, &Value::Null).await;
            assert_eq!((one.status.as_u16(), &one.json()["id"]), (200, &json!(model)), "{path}");
        }
        for none in ["deepseek/deepseek-chat", "a/b", "a/b/c/d"] {
            let none = app.call(Method::GET, &format!("/v1/models/{none}"), &key, &Value::Null).await;
            assert_eq!((none.status.as_u16(), &none.json()["error"]["code"]), (404, &json!("model_not_found")));
        }
    })
    .await;
}
