//! Secrets are told by their masks, long texts in part.

use std::time::Duration;

use serde_json::{Value, json};

use super::{changes, records};
use crate::app::{ADMIN, TestApp};
use crate::{admin_token, shop};

#[tokio::test]
async fn another_upstream_key_is_told_by_both_masks() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let made = admin_token::add(app, &admin, "sk-0123456789abcdef").await;
        app.clock.advance(Duration::from_millis(1));
        // As forms send it: the mask means the stored secret.
        let form = json!({"id": made["id"], "key": made["key"], "host": made["host"], "remarks": ""});
        app.put("/api/admin/token", &admin.token, &form).await.data();
        assert_eq!(records(app).len(), 1);
        app.put("/api/admin/token", &admin.token, &json!({"id": made["id"], "key": "sk-fedcba9876543210"}))
            .await
            .data();
        let records = records(app);
        assert_eq!(changes(&records[0])["key"], json!([null, "sk-012*********cdef"]));
        assert_eq!(changes(&records[1]), json!({"key": ["sk-012*********cdef", "sk-fed*********3210"]}));
        app.clock.advance(Duration::from_millis(1));
        // Another secret with the same mask is another secret.
        app.put("/api/admin/token", &admin.token, &json!({"id": made["id"], "key": "sk-fedXXXXXXXXX3210"}))
            .await
            .data();
        let last = super::records(app).pop().unwrap();
        assert_eq!(changes(&last), json!({"key": ["sk-fed*********3210", "sk-fed*********3210"]}));
    })
    .await;
}

#[tokio::test]
async fn keys_of_payment_channels_are_told_by_their_masks() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let params = testkit::payments::epay_params(&app.stack.url(), "1001");
        let id = shop::collects(app, "yipay", &params).await;
        app.clock.advance(Duration::from_millis(1));
        let list = app.get("/api/admin/payment", &admin.token).await.data();
        // The form is sent back whole, its secrets masked.
        let mut form = list["rows"][0].clone();
        app.put("/api/admin/payment", &admin.token, &form).await.data();
        assert_eq!(records(app).len(), 1);
        let mut other: Value = serde_json::from_str(form["params"].as_str().unwrap()).unwrap();
        other["key"] = json!("another0secret0of032characters00");
        form["params"] = json!(other.to_string());
        app.put("/api/admin/payment", &admin.token, &form).await.data();
        let records = records(app);
        assert_eq!(records[1]["target"], format!("payment {id}"));
        let told = changes(&records[1]);
        assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), ["params"], "{told}");
        let text = Value::Object(records[1].clone()).to_string();
        for secret in [params["key"].as_str().unwrap(), "another0secret0of032characters00"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(told["params"][1].as_str().unwrap().contains("anothe***"), "{told}");
    })
    .await;
}

/// The check of the books bounds the size of every record.
#[tokio::test]
async fn however_long_the_texts_the_record_stays_short() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let long = format!("<p>{}</p>", "长".repeat(9_000));
        let names = ["website_footer", "shop_introduce", "user_introduce"];
        let mut body = json!({"signin_reward": 1, "register_reward": 2, "draw_price": 3, "ai3_ratio": 4});
        for name in names {
            body[name] = json!(long);
        }
        body["prohibited_words"] = json!("坏词、".repeat(500));
        app.put("/api/admin/config", &admin.token, &body).await.data();
        app.clock.advance(Duration::from_millis(1));
        body["website_footer"] = json!(long.replace("</p>", "!</p>"));
        app.put("/api/admin/config", &admin.token, &body).await.data();
        let notice = json!({"title": "长", "content": long});
        app.clock.advance(Duration::from_millis(1));
        app.post("/api/admin/notification", &admin.token, &notice).await.data();
        let records = records(app);
        assert_eq!(changes(&records[0]).as_object().unwrap().len(), 8);
        let end = |tail: &str| format!("…{}{tail}</p>", "长".repeat(20));
        assert_eq!(changes(&records[1]), json!({"website_footer": [end(""), end("!")]}));
        assert_eq!(changes(&records[2])["content"][1].as_str().unwrap().chars().count(), 301);
    })
    .await;
}
