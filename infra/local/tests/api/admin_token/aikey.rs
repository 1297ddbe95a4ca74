//! Keys as the newest front end's form sends them: two kinds by their providers' names, and a switch for checks.

use std::time::Duration;

use serde_json::{Value, json};

use super::{draft, row};
use crate::app::{ADMIN, Person, TestApp};
use crate::pictures::{DRAW, Form};

/// The form, whose models are never empty.
async fn adds(app: &TestApp, admin: &Person<'_>, kind: &str, models: &str, check: u8) -> Value {
    let mut form = draft(app, "sk-0123456789abcdef");
    for (name, value) in [
        ("type", json!(kind)),
        ("models", json!(models)),
        ("check", json!(check)),
        ("status", json!(1)),
        ("remarks", json!("")),
    ] {
        form[name] = value;
    }
    app.post("/api/admin/aikey", &admin.token, &form).await.data()
}

#[tokio::test]
async fn kinds_are_known_by_their_providers_alone() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let chat = adds(app, &admin, "openai", "gpt-3.5-turbo,gpt-4", 0).await;
        assert_eq!((&chat["type"], &chat["check"], &chat["status"]), (&json!("openai-chat"), &json!(0), &json!(1)));
        let draw = adds(app, &admin, "stability", "stable-diffusion-v1-5", 1).await;
        assert_eq!((&draw["type"], &draw["check"]), (&json!("stability-draw"), &json!(1)));
        // Back from the form as it was listed, with two changes.
        let mut edited = chat.clone();
        (edited["check"], edited["remarks"]) = (json!(1), json!("主力"));
        let changed = app.put("/api/admin/aikey", &admin.token, &edited).await.data();
        assert_eq!((&changed[0]["check"], &changed[0]["remarks"]), (&json!(1), &json!("主力")));
        assert_eq!(row(app, &admin, &chat["id"]).await["key"], chat["key"]);
        let mut wrong = draft(app, "sk-0123456789abcdef");
        wrong["type"] = json!("midjourney");
        assert_eq!(app.post("/api/admin/aikey", &admin.token, &wrong).await.refusal(400), "密钥类型不正确");
        wrong["type"] = json!("stability");
        let told = app.post("/api/admin/aikey/check", &admin.token, &wrong).await.data();
        assert_eq!(told["hard_limit_usd"], 12.345);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_not_to_be_checked_is_checked_by_its_name_alone() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let quiet = adds(app, &admin, "openai", "gpt-4", 0).await;
        let watched = adds(app, &admin, "openai", "gpt-4", 1).await;
        let checked = async |key: &Value| row(app, &admin, &key["id"]).await["checked_time"].clone();
        app.post("/api/admin/aikey/check", &admin.token, &json!({"all": true})).await.data();
        app.stack.run_janitor().await;
        assert_eq!((checked(&quiet).await, checked(&watched).await), (Value::Null, json!("2026-01-01 08:00:00")));
        // The order is done, although one key was left out.
        let report = app.stack.run_janitor().await;
        assert_eq!(report["upstreams"], json!({"checked": 0, "left": 0}), "{report}");
        app.clock.advance(Duration::from_secs(8 * 24 * 3600));
        app.stack.run_janitor().await;
        assert!(checked(&quiet).await.is_null() && checked(&watched).await != "2026-01-01 08:00:00");
        app.post("/api/admin/aikey/check", &admin.token, &json!({"id": quiet["id"]})).await.data();
        assert!(checked(&quiet).await.is_string());
    })
    .await;
}

/// The page draws with two painters; the key of the second is Stability's.
#[tokio::test]
async fn a_stability_key_draws_what_is_asked_of_stablediffusion_where_no_other_does() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(100);
        let form = || {
            let texts = [
                ("prompt", "a red house"),
                ("quantity", "1"),
                ("width", "512"),
                ("height", "512"),
                ("quality", "7"),
                ("steps", "50"),
                ("style", ""),
                ("image", ""),
                ("draw_type", "stablediffusion"),
            ];
            texts.into_iter().fold(Form::default(), |form, (name, text)| form.text(name, text))
        };
        assert_eq!(form().post(app, DRAW, &ada.token).await.refusal(400), "管理员未配置对应AI模型");
        adds(app, &admin, "stability", "stable-diffusion-v1-5", 0).await;
        app.clock.advance(Duration::from_secs(6));
        let rows = form().post(app, DRAW, &ada.token).await.data();
        assert_eq!(app.fetch(&rows[0]["images"][0]).await.status, 200);
        let asked = app.asked_last();
        assert!(asked.path.ends_with("/v1/generation/stable-diffusion-v1-5/text-to-image"), "{}", asked.path);
        // One that draws so by itself comes first.
        app.adds_painter("stablediffusion-draw", "sk-0123456789abcdef").await;
        form().post(app, DRAW, &ada.token).await.data();
        assert!(!app.asked_last().path.contains("/v1/generation/"));
    })
    .await;
}
