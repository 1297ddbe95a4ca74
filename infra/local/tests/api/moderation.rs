//! Moderation by the upstream keys, as chats and pictures have it done before anything is asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Result;
use domain::limits::MODERATION_MILLIS_MAX;
use keyring::Keyring;
use serde_json::{Value, json};

use crate::admin_token::{draft, row};
use crate::app::{ADMIN, Person, TestApp};

const MODEL: &str = "omni-moderation-latest";
const FLAGGED: &str = "很抱歉，您发送的内容违反了我们的规定，请修改后重新尝试。涉及敏感词：色情、暴力";

/// What a function has of the keys.
async fn ring(app: &TestApp) -> Keyring {
    let (outside, base) = (app.outside(), app.base());
    let sealer = platform::Keys::fetch(&outside).await.unwrap().sealer().unwrap();
    Keyring::new(&outside, base.table, base.zone, sealer).unwrap()
}

async fn moderate(app: &TestApp, ring: &Keyring, text: &str, random: u64) -> Result<()> {
    let site = table::site::load_now(&app.base().table).await.unwrap();
    ring.moderate(Arc::new(site), text, random).await
}

async fn refusal(app: &TestApp, ring: &Keyring, random: u64) -> String {
    moderate(app, ring, "[[flag=violence,sexual]]", random).await.unwrap_err().to_string()
}

/// Adds a key for the moderation model and the usual ones.
async fn add(app: &TestApp, admin: &Person<'_>, secret: &str) -> Value {
    let mut draft = draft(app, secret);
    draft["models"] = json!(format!("gpt-3.5-turbo,{MODEL}"));
    app.post("/api/admin/token", &admin.token, &draft).await.data()
}

/// How often the key with this secret was asked to judge.
fn asked(app: &TestApp, secret: &str) -> usize {
    let seen = app.stack.upstream.requests().into_iter();
    seen.filter(|seen| seen.bearer.as_deref() == Some(secret) && seen.path.ends_with("/v1/moderations")).count()
}

#[tokio::test]
async fn nobody_is_asked_unless_a_model_is_named_and_listed() {
    TestApp::run(async |app| {
        let ring = ring(app).await;
        assert!(moderate(app, &ring, "[[flag=sexual]]", 1).await.is_ok());
        app.set("moderation_model", MODEL);
        assert!(moderate(app, &ring, "[[flag=sexual]]", 1).await.is_ok(), "no key lists the model");
        let admin = app.log_in(ADMIN).await;
        add(app, &admin, "sk-good").await;
        assert!(moderate(app, &ring, " \n", 1).await.is_ok());
        assert_eq!(app.stack.upstream.count(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_flagged_is_refused_by_name_and_the_rest_goes_on() {
    TestApp::run(async |app| {
        let (admin, ring) = (app.log_in(ADMIN).await, ring(app).await);
        app.set("moderation_model", MODEL);
        add(app, &admin, "sk-good").await;
        assert_eq!(refusal(app, &ring, 1).await, FLAGGED);
        assert!(moderate(app, &ring, "龙 [[text=fine]]", 1).await.is_ok());
        let seen = app.stack.upstream.requests().pop().unwrap();
        assert_eq!((&seen.body["model"], &seen.body["input"]), (&json!(MODEL), &json!("龙 [[text=fine]]")));
        assert_eq!((asked(app, "sk-good"), asked(app, "sk-local")), (2, 0));
    })
    .await;
}

#[tokio::test]
async fn failing_keys_are_passed_over_and_only_dead_ones_stopped() {
    TestApp::run(async |app| {
        let (admin, ring) = (app.log_in(ADMIN).await, ring(app).await);
        app.set("moderation_model", MODEL);
        add(app, &admin, "sk-good").await;
        let dead = add(app, &admin, "sk-status-401-dead").await;
        let limited = add(app, &admin, "sk-status-429-600").await;
        let absent = add(app, &admin, "sk-status-404").await;
        for random in 0..40 {
            assert_eq!(refusal(app, &ring, random).await, FLAGGED);
        }
        for secret in ["sk-status-401-dead", "sk-status-429-600", "sk-status-404"] {
            assert_eq!(asked(app, secret), 1, "{secret}");
        }
        let dead = row(app, &admin, &dead["id"]).await;
        assert_eq!((&dead["status"], &dead["reason"]), (&json!(0), &json!("密钥无效 (401)")));
        // They are not asked to moderate for a while; for chats they are as good as before.
        for key in [limited, absent] {
            let key = row(app, &admin, &key["id"]).await;
            assert_eq!((&key["status"], &key["reason"], &key["waiting_until"]), (&json!(1), &json!(""), &Value::Null));
        }
        // Another function goes by what was shared.
        let other = self::ring(app).await;
        for random in 0..10 {
            assert_eq!(refusal(app, &other, random).await, FLAGGED);
        }
        assert_eq!((asked(app, "sk-status-401-dead"), asked(app, "sk-status-429-600")), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn silence_delays_a_text_and_does_not_stop_it() {
    TestApp::run(async |app| {
        let (admin, ring) = (app.log_in(ADMIN).await, ring(app).await);
        app.set("moderation_model", MODEL);
        let hanging = add(app, &admin, "sk-hang").await;
        let began = Instant::now();
        assert!(moderate(app, &ring, "[[flag=sexual]]", 1).await.is_ok());
        assert!(began.elapsed() < Duration::from_millis(MODERATION_MILLIS_MAX), "{:?}", began.elapsed());
        assert_eq!(asked(app, "sk-hang"), 1);
        // From now on it comes last, and nobody waits for it.
        add(app, &admin, "sk-good").await;
        let began = Instant::now();
        for random in 0..10 {
            assert_eq!(refusal(app, &ring, random).await, FLAGGED);
        }
        // Had each waited for it, that would be ten waits.
        let bound = Duration::from_millis(MODERATION_MILLIS_MAX) * 4;
        assert!(began.elapsed() < bound && asked(app, "sk-hang") == 1, "{:?}", began.elapsed());
        assert_eq!(row(app, &admin, &hanging["id"]).await["status"], 1);
    })
    .await;
}

/// What is flagged is refused before anything is asked of a model, and what was set aside for it is free again; and a
/// reservation that cannot be had ends the request whatever the verdict is.
#[tokio::test]
async fn flagged_chats_are_refused_and_cost_nothing() {
    const REFUSAL: &str = "很抱歉，您发送的内容违反了我们的规定，请修改后重新尝试。涉及敏感词：色情、暴力";
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        add(app, &admin, "sk-good").await;
        app.set("moderation_model", MODEL);
        let ada = app.log_in("ada@example.com").await;
        let refused = ada.ask("[[flag=sexual,violence]]", json!({"model": "gpt-4"})).await;
        assert_eq!(refused.refusal(400), REFUSAL);
        let user = app.users().into_iter().find(|user| user["id"] == ada.id.as_str()).unwrap();
        assert_eq!((&user["held"], &user["balance"]), (&json!(0), &json!(10)));
        let models = app.stack.upstream.requests();
        assert!(models.iter().all(|seen| !seen.path.ends_with("/chat/completions")), "no model was asked");
        assert_eq!(ada.chat("hi").await.cost(), 1);

        let key = ada.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
        let body = |said: &str| json!({"model": "gpt-3.5-turbo", "messages": [{"role": "user", "content": said}]});
        let path = "/v1/chat/completions";
        let refused = app.call(hyper::Method::POST, path, &key, &body("[[flag=sexual,violence]]")).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]["message"]), (400, &json!(REFUSAL)));
        assert_eq!(app.call(hyper::Method::POST, path, &key, &body("hi")).await.status, 200);
        let listed = app.call(hyper::Method::GET, "/v1/models", &key, &Value::Null).await.json();
        let listed = listed["data"].as_array().unwrap().iter().any(|row| row["id"] == MODEL);
        assert!(!listed, "a model that judges is no model to talk to");
    })
    .await;
}
