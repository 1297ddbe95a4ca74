//! Settings that hold secrets: kept sealed, shown masked, as JSON that forms can read.

use serde_json::{Value, json};

use super::value;
use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

const SECRET: &str = "ABCDEFGHIJKLMNOPQRST";
const MASK: &str = "ABCDEF**********QRST";

async fn set(app: &TestApp, admin: &Person<'_>, name: &str, value: &Value) -> Answer {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    app.put("/api/admin/config", &admin.token, &json!({name: text})).await
}

/// A setting as the form reads it, without any protection.
async fn form(app: &TestApp, admin: &Person<'_>, name: &str) -> Value {
    serde_json::from_str(&value(app, admin, name).await).expect("JSON")
}

fn email(host: &str, pass: &str) -> Value {
    json!({"host": host, "port": 465, "user": "no-reply@example.com", "pass": pass, "subject": "验证码"})
}

/// What is stored sealed of a setting.
fn sealed(app: &TestApp, name: &str) -> Value {
    let item = app.table().into_iter().find(|item| item["sk"] == format!("setting#{name}"));
    item.unwrap().get("sealed").cloned().unwrap_or_default()
}

#[tokio::test]
async fn forms_read_json_whose_secrets_alone_are_masked_and_send_it_back() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for name in ["sms", "email", "cloud_storage", "tuputech_key"] {
            assert_eq!(value(app, &admin, name).await, "");
        }
        set(app, &admin, "email", &email("smtp.example.com", SECRET)).await.data();
        let shown = form(app, &admin, "email").await;
        assert_eq!(shown, email("smtp.example.com", MASK));
        let first = sealed(app, "email");
        // As it is shown: nothing changes, and no record is left.
        set(app, &admin, "email", &shown).await.data();
        assert_eq!(sealed(app, "email"), first);
        assert_eq!(app.get("/api/admin/audit", &admin.token).await.data()["count"], 1);
        // Another field changes, and the secret stays what it was: its mask is still good.
        let mut other = shown.clone();
        other["subject"] = json!("登录验证码");
        set(app, &admin, "email", &other).await.data();
        assert_eq!(form(app, &admin, "email").await, other);
        assert_ne!(sealed(app, "email"), first);
        set(app, &admin, "email", &other).await.data();
        let refused = set(app, &admin, "email", &email("smtp.evil.example", MASK)).await;
        assert_eq!(refused.refusal(400), "「邮件配置（JSON）」中的密钥是掩码，请重新填写");
        assert_eq!(form(app, &admin, "email").await, other);
        set(app, &admin, "email", &email("smtp.evil.example", "another-secret-0001")).await.data();
        assert_eq!(form(app, &admin, "email").await["pass"], "anothe*********0001");
        set(app, &admin, "email", &json!("")).await.data();
        assert_eq!((value(app, &admin, "email").await.as_str(), sealed(app, "email")), ("", Value::Null));

        set(app, &admin, "tuputech_key", &json!("tuputech-0123456789")).await.data();
        let shown = value(app, &admin, "tuputech_key").await;
        assert_eq!(shown, "tupute*********6789");
        set(app, &admin, "tuputech_key", &json!(shown)).await.data();
        assert_eq!(value(app, &admin, "tuputech_key").await, shown);
    })
    .await;
}

#[tokio::test]
async fn no_secret_of_a_setting_is_stored_told_or_recorded() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let storage = json!({"type": "alioss", "access_key_id": "LTAI-id", "access_key_secret": SECRET, "bucket": "b"});
        let all = json!({
            "sms": json!({"user": "u", "password": SECRET, "sign": "站", "template": "{code}"}).to_string(),
            "email": email("smtp.example.com", SECRET).to_string(),
            "cloud_storage": storage.to_string(),
            "tuputech_key": SECRET,
            "signin_reward": 7,
        });
        app.put("/api/admin/config", &admin.token, &all).await.data();
        assert_eq!(value(app, &admin, "signin_reward").await, "7");
        let shown = form(app, &admin, "cloud_storage").await;
        assert_eq!((&shown["access_key_secret"], &shown["access_key_id"]), (&json!(MASK), &json!("LTAI-id")));
        for path in ["/api/admin/config", "/api/admin/audit", "/api/config"] {
            assert!(!app.get(path, &admin.token).await.text().contains(SECRET), "{path}");
        }
        for form in ["", "?format=csv"] {
            let export = app.get(&format!("/api/admin/export/config{form}"), &admin.token).await;
            assert!(export.text().contains("QRST") && !export.text().contains(SECRET));
        }
        assert!(!json!(app.table()).to_string().contains(SECRET));
        for name in ["sms", "email", "cloud_storage", "tuputech_key"] {
            assert!(!sealed(app, name).is_null(), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_number_in_force_is_listed_where_none_is_set() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        app.put("/api/admin/config", &admin.token, &json!({"history_message_count": 7})).await.data();
        for name in ["ai3_carry_count", "ai4_carry_count"] {
            assert_eq!(value(app, &admin, name).await, "7");
        }
        app.put("/api/admin/config", &admin.token, &json!({"ai3_carry_count": 4, "ai4_carry_count": 0})).await.data();
        assert_eq!(value(app, &admin, "ai3_carry_count").await, "4");
        assert_eq!(value(app, &admin, "ai4_carry_count").await, "0");
        app.put("/api/admin/config", &admin.token, &json!({"ai3_carry_count": ""})).await.data();
        assert_eq!(value(app, &admin, "ai3_carry_count").await, "7");
    })
    .await;
}

/// What a form means by a mask is the secret that it was shown, and never one that somebody has set since.
#[tokio::test]
async fn of_two_forms_at_once_none_mixes_its_secrets_with_the_others() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        set(app, &admin, "email", &email("smtp.example.com", SECRET)).await.data();
        let masked = form(app, &admin, "email").await;
        for round in 0..4 {
            let new = email("smtp.example.com", &format!("0123456789-secret-{round}"));
            let mut edited = masked.clone();
            edited["subject"] = json!(format!("第{round}次"));
            let (one, two) = tokio::join!(set(app, &admin, "email", &new), set(app, &admin, "email", &edited));
            let statuses = [one.status.as_u16(), two.status.as_u16()];
            assert!(statuses.iter().all(|status| [200, 400, 409].contains(status)), "{statuses:?}");
            assert!(statuses.contains(&200), "{statuses:?}");
            let shown = form(app, &admin, "email").await;
            let is_new = shown["pass"].as_str().unwrap().starts_with("012345") && shown["subject"] == "验证码";
            let is_edited = shown["pass"] == MASK && shown["subject"] == edited["subject"];
            assert!(is_new || is_edited, "{shown}");
            set(app, &admin, "email", &email("smtp.example.com", SECRET)).await.data();
        }
    })
    .await;
}
