//! The newest front end.

use serde_json::{Value, json};

use super::{Settings, a_lively_site, lists, reads, saved, saves};
use crate::app::{ADMIN, CONVERSATION, TestApp};
use crate::pictures::{DRAW, Form};

/// The administrators' pages that are a table.
const TABLES: [&str; 18] = [
    "carmi",
    "aikey",
    "user",
    "turnover",
    "signin",
    "invite_record",
    "cashback",
    "withdrawal_record",
    "amount_details",
    "dialog",
    "persona",
    "messages",
    "plugins",
    "draw_record",
    "products",
    "payment",
    "orders",
    "notification",
];

#[tokio::test]
async fn a_visit_raises_no_error() {
    TestApp::run(async |app| {
        for token in ["", "undefined", "garbage"] {
            let config = reads(app, "/api/config", token).await;
            for list in ["notifications", "random_personas"] {
                assert!(config[list].is_array(), "{list}: {config}");
            }
            for text in ["shop_introduce", "user_introduce", "invite_introduce", "website_title", "website_footer"] {
                assert!(config[text].is_string(), "{text}: {config}");
            }
            for own in ["config", "configModal", "changeConfig", "replaceData", "setConfigModal"] {
                assert!(config.get(own).is_none(), "{own} is the page's own");
            }
            // Both are spread into arrays.
            assert_eq!(reads(app, "/api/persona", token).await, json!([]));
            assert_eq!(reads(app, "/api/plugin", token).await, json!([]));
            reads(app, "/api/images?page=1&page_size=20&type=gallery", token).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_people_open_and_their_forms_are_taken() {
    TestApp::run(async |app| {
        let (_, ada) = a_lively_site(app).await;
        let token = ada.token.as_str();
        assert_eq!(reads(app, "/api/user/info", token).await["is_signin"], 1);
        let chats = reads(app, "/api/user/messages", token).await;
        assert!(chats[0]["id"].is_string() && chats[0]["data"].is_array(), "{chats}");
        let products = reads(app, "/api/product", token).await;
        assert!(products["products"].is_array() && products["pay_types"].is_array());
        assert!(reads(app, "/api/turnover?page=1&page_size=10", token).await["rows"].is_array());
        assert!(reads(app, "/api/signin/list", token).await.is_array());
        let drawn = reads(app, "/api/images?page=1&page_size=20&type=me", token).await;
        assert!(drawn["rows"][0]["images"][0].is_string(), "{drawn}");
        for kind in ["invitation_records", "consume_records", "withdrawal_records"] {
            let records = reads(app, &format!("/api/user/records?page=1&page_size=10&type={kind}"), token).await;
            assert_eq!(records, json!({"count": 0, "rows": []}));
        }
        let wish = json!({"name": "张三", "contact": "x", "type": "alipay", "account": "a@b.c", "amount": 100});
        assert_eq!(app.post("/api/user/withdrawal", token, &wish).await.refusal(400), "本站尚未开通提现");

        // The page of pictures has its prompt written, draws, and shows what it drew to everybody.
        let body = json!({"prompt": "一只猫", "type": "draw"});
        assert_eq!(app.post("/api/chat/completion", token, &body).await.status, 200);
        let texts = [("prompt", "a cat"), ("quantity", "1"), ("width", "256"), ("height", "256"), ("quality", "7")];
        let more = [("steps", "50"), ("style", ""), ("image", ""), ("draw_type", "openai")];
        let form = texts.into_iter().chain(more).fold(Form::default(), |form, (name, text)| form.text(name, text));
        let drawn = saved(&form.post(app, DRAW, token).await);
        assert!(drawn[0]["images"][0].is_string(), "{drawn}");
        saved(&app.put("/api/images", token, &json!({"id": drawn[0]["id"], "status": 1})).await);
        saved(&app.put("/api/images", token, &json!({"status": 0})).await);
        assert_eq!(reads(app, "/api/images?page=1&page_size=20&type=me", token).await["count"], 0);
        let body = json!({"prompt": "太阳系", "type": "mapping"});
        assert_eq!(app.post("/api/chat/completion", token, &body).await.status, 200);
        let path = format!("/api/user/messages?parent_message_id={CONVERSATION}");
        saved(&app.send(hyper::Method::DELETE, &path, token, "").await);
    })
    .await;
}

#[tokio::test]
async fn the_tables_of_administrators_open() {
    TestApp::run(async |app| {
        let (admin, _) = a_lively_site(app).await;
        for table in TABLES {
            let rows = lists(app, &admin, table).await;
            let is_later = ["invite_record", "cashback", "withdrawal_record", "amount_details", "dialog"];
            let is_later = is_later.contains(&table) || ["persona", "plugins", "draw_record"].contains(&table);
            assert_eq!(rows.is_empty(), is_later || table == "notification", "{table}: {rows:?}");
            for row in &rows {
                assert!(row["id"].is_string() && row["create_time"].is_string(), "{table}: {row}");
            }
        }
        for row in lists(app, &admin, "aikey").await {
            assert!(row["limit"].is_f64() && row["usage"].is_f64() && row["models"].is_string(), "{row}");
            assert!(row["check"].is_i64() && row["status"].is_i64(), "{row}");
        }
        saved(&app.post("/api/admin/aikey/check", &admin.token, &json!({"all": true})).await);
        reads(app, "/api/admin/carmi/check", &admin.token).await;
    })
    .await;
}

/// Seven tabs; the page parses three settings without protection and reads `value` of each of the others.
#[tokio::test]
async fn every_form_of_the_settings_shows_and_saves() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let settings = Settings::of(app, &admin).await;
        assert!(settings.value("draw_price").parse::<i64>().is_ok());
        for name in ["ai3_carry_count", "ai4_carry_count"] {
            // `Number(value) || 0` is what it would save.
            assert!(settings.value(name).parse::<i64>().is_ok_and(|count| count > 0), "{name}");
        }
        let site = ["website_title", "website_description", "website_keywords", "website_logo", "website_footer"];
        let forms: [&[&str]; 8] = [
            &site,
            &["register_reward", "signin_reward", "invite_reward", "cashback_ratio"],
            &["ai3_carry_count", "ai4_carry_count"],
            &["ai3_ratio", "ai4_ratio"],
            &["draw_price"],
            &["tuputech_key"],
            &["prohibited_words"],
            &["shop_introduce", "user_introduce", "invite_introduce"],
        ];
        for form in forms {
            saves(app, &admin, form).await;
        }
        let numbers = json!({"register_reward": 12, "signin_reward": 3, "invite_reward": 100, "cashback_ratio": 10});
        saved(&app.put("/api/admin/config", &admin.token, &numbers).await);
        assert_eq!(Settings::of(app, &admin).await.value("invite_reward"), "100");
        let sms = json!({"user": "duanxin", "password": "0123456789abcdef0123", "sign": "站", "template": "{code}"});
        let email = json!({"host": "smtp.a.b", "port": 465, "user": "a@b.c", "pass": "0123456789abcdef0123"});
        let storage = json!({"type": "lsky", "api_host": "https://a.b", "secret_key": "1|0123456789abcdef0123"});
        for (name, sent, secret) in
            [("sms", sms, "password"), ("email", email, "pass"), ("cloud_storage", storage, "secret_key")]
        {
            assert_eq!(Settings::of(app, &admin).await.value(name), "", "{name}");
            // The form sends the JSON text of its fields, shows what it reads, and sends that again.
            saved(&app.put("/api/admin/config", &admin.token, &json!({name: sent.to_string()})).await);
            let shown: Value = serde_json::from_str(Settings::of(app, &admin).await.value(name)).unwrap();
            assert!(shown[secret].as_str().unwrap().contains("***"), "{shown}");
            for (field, value) in sent.as_object().unwrap().iter().filter(|(field, _)| *field != secret) {
                assert_eq!(&shown[field], value, "{name}");
            }
            saved(&app.put("/api/admin/config", &admin.token, &json!({name: shown.to_string()})).await);
            saves(app, &admin, &[name]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_other_forms_of_administrators_are_taken() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let token = admin.token.as_str();
        let host = format!("{}/_local/upstream", app.stack.url());
        let key = json!({
            "type": "openai", "status": 1, "check": 0, "host": host, "key": "sk-0123456789abcdef", "models": "gpt-4",
            "remarks": "",
        });
        let key = saved(&app.post("/api/admin/aikey", token, &key).await);
        // The form of an edit holds the whole row.
        let edited = saved(&app.put("/api/admin/aikey", token, &key).await);
        assert_eq!((&edited[0]["key"], &edited[0]["type"]), (&key["key"], &json!("openai-chat")));
        let user = json!({
            "account": "ada@example.com", "password": "correct horse 1", "role": "user", "status": 1,
            "nickname": "艾达", "avatar": "https://a.b/c.png", "integral": 10,
            "vip_expire_time": "2026-01-02 00:00:00", "svip_expire_time": "2026-01-02 00:00:00",
        });
        let mut user = saved(&app.post("/api/admin/user", token, &user).await);
        user["nickname"] = json!("艾达二");
        assert_eq!(saved(&app.put("/api/admin/user", token, &user).await)[0]["nickname"], "艾达二");
        let login = json!({"account": "ada@example.com", "password": "correct horse 1"});
        saved(&app.post("/api/login", "", &login).await);
        let product = json!({
            "title": "年卡", "price": 9900, "original_price": 19900, "value": 365, "badge": "热", "status": 1,
            "type": "day", "level": 1, "sort": 1, "describe": "一年",
        });
        let product = saved(&app.post("/api/admin/products", token, &product).await);
        saved(&app.put("/api/admin/products", token, &product).await);
        let notice = json!({"title": "维护", "content": "<p>今晚</p>", "sort": 1, "status": 1});
        let notice = saved(&app.post("/api/admin/notification", token, &notice).await);
        saved(&app.put("/api/admin/notification", token, &notice).await);
        let code = json!({"type": "day", "end_time": "2026-02-01", "quantity": 2, "reward": 30, "level": 2});
        assert_eq!(saved(&app.post("/api/admin/carmi", token, &code).await).as_array().unwrap().len(), 2);
    })
    .await;
}
