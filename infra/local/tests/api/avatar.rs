//! `GET /api/avatar`, and where its address stands.

use hyper::Method;
use serde_json::{Value, json};

use crate::app::{ADMIN, CONVERSATION, TestApp};

fn address(app: &TestApp) -> Value {
    app.default_avatar().into()
}

#[tokio::test]
async fn everybody_gets_the_picture_and_keeps_it_for_a_while() {
    TestApp::run(async |app| {
        for path in ["/api/avatar", "/prod/api/avatar"] {
            let answer = app.get(path, "").await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.headers["content-type"], "image/svg+xml");
            assert_eq!(answer.headers.get_all("cache-control").iter().collect::<Vec<_>>(), ["public, max-age=300"]);
            assert_eq!(answer.headers["content-security-policy"], "default-src 'none'");
            let text = answer.text();
            assert!(text.starts_with("<svg ") && text.ends_with("</svg>") && text.len() < 1_000, "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_setting_names_another() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let set = async |url: &str| {
            let answer = app.put("/api/admin/config", &admin.token, &json!({"default_avatar": url})).await;
            app.clock.advance(std::time::Duration::from_secs(6));
            answer
        };
        set("https://cdn.example.com/face.png").await.data();
        let answer = app.get("/api/avatar", "").await;
        let told = (answer.status.as_u16(), answer.headers["location"].to_str().unwrap(), answer.text());
        assert_eq!(told, (302, "https://cdn.example.com/face.png", String::new()));
        // People have the stack's address in any case, so that what they were told stays right.
        assert_eq!(admin.info().await["avatar"], address(app));
        for wrong in ["javascript:alert(1)", "x"] {
            assert_eq!(set(wrong).await.status, 400);
        }
        // Its own address would send browsers round in a circle.
        set(address(app).as_str().unwrap()).await.data();
        assert_eq!(app.get("/api/avatar", "").await.status, 200);
        set("").await.data();
        assert_eq!(app.get("/api/avatar", "").await.status, 200);
    })
    .await;
}

/// Whoever has no picture has this one, wherever a user is shown.
#[tokio::test]
async fn people_without_a_picture_have_it_everywhere() {
    TestApp::run(async |app| {
        let code = app.code_for("ada@example.com").await;
        let login = app.post("/api/login", "", &json!({"account": "ada@example.com", "code": code})).await.data();
        assert_eq!(login["user_info"]["avatar"], address(app));
        let (ada, admin) = (app.person(&login), app.log_in(ADMIN).await);
        ada.is_given(100);
        assert_eq!(ada.info().await["avatar"], address(app));
        // What somebody writes is left as it is.
        let said = "{\"avatar\":\"\"} [[text={\"avatar\":\"\"}]]";
        ada.chat(said).await;
        app.post("/api/signin", &ada.token, &Value::Null).await.data();
        ada.puts_up(app).await;
        let drawn = ada.draws(app, "a cat", 1).await;
        app.put("/api/images", &ada.token, &json!({"id": drawn[0]["id"], "status": 1})).await.data();
        for (path, pointer) in [
            ("/api/admin/user?account=ada", "/rows/0/avatar"),
            ("/api/admin/messages", "/rows/0/user/avatar"),
            ("/api/admin/signin", "/rows/0/user/avatar"),
            ("/api/admin/turnover", "/rows/0/user/avatar"),
            ("/api/admin/uploads", "/rows/0/user/avatar"),
            ("/api/images", "/rows/0/user/avatar"),
        ] {
            let data = app.get(path, &admin.token).await.data();
            assert_eq!(data.pointer(pointer), Some(&address(app)), "{path}: {data}");
        }
        let messages = app.get("/api/admin/messages", &admin.token).await.data();
        assert_eq!(messages["rows"][1]["content"], said);
        let shown = app.get("/api/user/messages", &ada.token).await.data();
        assert_eq!((&shown[0]["id"], &shown[0]["data"][0]["text"]), (&json!(CONVERSATION), &json!(said)));
    })
    .await;
}

/// A front end's form sends back what it was shown.
#[tokio::test]
async fn a_form_that_sends_it_back_stores_nothing() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        let row = app.get("/api/admin/user?account=ada", &admin.token).await.data()["rows"][0].clone();
        let mut form = row.clone();
        form["nickname"] = json!("Ada");
        let saved = app.put("/api/admin/user", &admin.token, &form).await.data();
        assert_eq!((&saved[0]["nickname"], &saved[0]["avatar"]), (&json!("Ada"), &address(app)));
        let stored = |id: &str| app.users().into_iter().find(|user| user["id"] == id).unwrap()["avatar"].clone();
        assert_eq!(stored(&ada.id), "");
        let made = json!({"account": "bob@example.com", "avatar": address(app)});
        let made = app.send(Method::POST, "/api/admin/user", &admin.token, &made.to_string()).await.data();
        assert_eq!((stored(made["id"].as_str().unwrap()), &made["avatar"]), (json!(""), &address(app)));
        form["avatar"] = json!("https://example.com/a.png");
        let saved = app.put("/api/admin/user", &admin.token, &form).await.data();
        assert_eq!(saved[0]["avatar"], "https://example.com/a.png");
        assert_eq!(ada.info().await["avatar"], "https://example.com/a.png");
    })
    .await;
}
