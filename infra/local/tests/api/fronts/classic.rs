//! The classic front end: what it asked for before there was a newer one is there as it was.

use serde_json::json;

use super::{Settings, a_lively_site, lists, reads, saved, saves};
use crate::app::TestApp;

/// The administrators' pages that are a table.
const TABLES: [&str; 10] =
    ["carmi", "token", "user", "turnover", "signin", "messages", "products", "payment", "orders", "notification"];

#[tokio::test]
async fn the_pages_of_people_open() {
    TestApp::run(async |app| {
        let (_, ada) = a_lively_site(app).await;
        let config = reads(app, "/api/config", "").await;
        assert!(config["notifications"].is_array() && config["user_introduce"].is_string());
        let info = reads(app, "/api/user/info", &ada.token).await;
        assert!(info["vip_expire_time"].is_string() && info["integral"].is_i64() && info["password"] == "");
        assert!(reads(app, "/api/product?page_size=100", &ada.token).await["pay_types"].is_array());
        for path in ["/api/turnover?page=1&page_size=10", "/api/images?page=1&page_size=20&type=me"] {
            assert!(reads(app, path, &ada.token).await["rows"].is_array(), "{path}");
        }
        assert!(reads(app, "/api/signin/list", &ada.token).await.is_array());
        assert!(reads(app, "/api/user/messages", &ada.token).await.is_array());
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_administrators_open_and_their_forms_save() {
    TestApp::run(async |app| {
        let (admin, _) = a_lively_site(app).await;
        for table in TABLES {
            lists(app, &admin, table).await;
        }
        let (settings, token) = (Settings::of(app, &admin).await, admin.token.as_str());
        // In the order in which they have always been, for those who go by the place.
        let first = ["register_reward", "signin_reward", "history_message_count", "ai3_carry_count"];
        assert_eq!(settings.0[..4].iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>(), first);
        let forms: [&[&str]; 4] = [
            &["register_reward", "signin_reward"],
            &["ai3_ratio", "ai4_ratio"],
            &["draw_price"],
            &["website_title", "website_description", "website_keywords", "website_logo", "website_footer"],
        ];
        for form in forms {
            saves(app, &admin, form).await;
        }
        saved(&app.put("/api/admin/config", token, &json!({"history_message_count": 6})).await);
        assert_eq!(Settings::of(app, &admin).await.value("history_message_count"), "6");
        // Its form of keys knows no kinds, no models and no checks.
        let host = format!("{}/_local/upstream", app.stack.url());
        let key =
            json!({"host": host, "key": "sk-0123456789abcdef", "remarks": "备用", "status": 1, "models": "gpt-4"});
        let key = saved(&app.post("/api/admin/token", token, &key).await);
        assert_eq!((&key["type"], &key["check"], &key["status"]), (&json!("openai-chat"), &json!(1), &json!(1)));
        saved(&app.put("/api/admin/token", token, &key).await);
        saved(&app.post("/api/admin/token/check", token, &json!({"all": true})).await);
    })
    .await;
}
