//! Which models a key has, and what is said of their prices.

use serde_json::{Value, json};

use super::{draft, row};
use crate::app::{ADMIN, TestApp};

/// The models in the list of the scripted upstream.
const TOLD: &str = "gpt-3.5-turbo,gpt-3.5-turbo-16k,gpt-4,gpt-4-turbo,gpt-4o,gpt-4o-mini";

#[tokio::test]
async fn a_key_saved_without_models_gets_those_of_its_upstream() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for models in [Value::Null, json!(""), json!(" \u{feff}、\n")] {
            let mut draft = draft(app, "sk-0123456789abcdef");
            draft["models"] = models;
            let answer = app.post("/api/admin/token", &admin.token, &draft).await.envelope();
            assert_eq!((&answer["data"]["models"], &answer["message"]), (&json!(TOLD), &json!("")), "{draft}");
            assert_eq!(answer["data"]["unpriced"], json!([]));
            assert_eq!(row(app, &admin, &answer["data"]["id"]).await["models"], TOLD, "they are stored");
        }
        // One that is emptied is saved without models, too.
        let mut named = draft(app, "sk-fedcba9876543210");
        named["models"] = json!("o1-pro");
        let made = app.post("/api/admin/token", &admin.token, &named).await.data();
        let emptied = json!({"id": made["id"], "models": ""});
        let changed = app.put("/api/admin/token", &admin.token, &emptied).await.data();
        assert_eq!(changed[0]["models"], TOLD);
        let asked = app.stack.upstream.requests().last().unwrap().bearer.clone();
        assert_eq!(asked.as_deref(), Some("sk-fedcba9876543210"), "with the secret that it has");
        // Keys for pictures need no list.
        let mut draws = draft(app, "sk-0123456789abcdef");
        draws["type"] = json!("openai-draw");
        let count = app.stack.upstream.count();
        assert_eq!(app.post("/api/admin/token", &admin.token, &draws).await.data()["models"], "");
        assert_eq!(app.stack.upstream.count(), count);
    })
    .await;
}

#[tokio::test]
async fn an_upstream_that_tells_no_models_is_said_and_serves_gpt() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        app.put("/api/admin/token", &admin.token, &json!({"id": "1", "status": 0})).await.data();
        let mut saved = Vec::new();
        for secret in ["sk-status-401", "sk-status-500", "sk-status-404"] {
            let answer = app.post("/api/admin/token", &admin.token, &draft(app, secret)).await.envelope();
            assert_eq!(
                answer["message"], "未能从上游获取模型列表，未填写模型的密钥暂按 gpt-* 使用，请填写模型",
                "{secret}: {answer}"
            );
            assert_eq!((&answer["data"]["models"], &answer["data"]["unpriced"]), (&json!(""), &json!(["gpt-*"])));
            saved.push(answer["data"]["id"].clone());
        }
        // A stored key with an empty list stays what it is, whatever else of it is saved.
        let count = app.stack.upstream.count();
        let again = json!({"id": saved[0], "models": "", "key": "sk-good-0123456789"});
        let answer = app.put("/api/admin/token", &admin.token, &again).await.envelope();
        assert_eq!((&answer["data"][0]["models"], &answer["message"]), (&json!(""), &json!("")));
        assert_eq!(app.stack.upstream.count(), count);
        app.clock.advance(std::time::Duration::from_secs(6));
        ada.is_given(10_000);
        assert!(!ada.chat_with("hi", &json!({"model": "gpt-9"})).await.text().is_empty());
        assert_eq!(ada.ask("hi", json!({"model": "o1"})).await.refusal(400), "管理员未配置对应AI模型");
    })
    .await;
}

#[tokio::test]
async fn saving_a_key_says_which_models_have_no_price() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        app.put("/api/admin/config", &admin.token, &json!({"moderation_model": "omni-moderation-latest"})).await.data();
        let mut named = draft(app, "sk-0123456789abcdef");
        named["models"] =
            json!("gpt-3.5-turbo,GPT-35-16k,openai/gpt-4o,o1-pro,gpt-5-pro,omni-moderation-latest,dall-e-3");
        let made = app.post("/api/admin/token", &admin.token, &named).await.data();
        assert_eq!(made["unpriced"], json!(["o1-pro", "gpt-5-pro"]));
        let changed = json!({"id": made["id"], "models": "claude-opus-4、gpt-4*"});
        let changed = app.put("/api/admin/token", &admin.token, &changed).await.data();
        assert_eq!(changed[0]["unpriced"], json!(["claude-opus-4"]));
    })
    .await;
}
