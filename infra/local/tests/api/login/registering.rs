//! Coming to be: what a new account is, what it gets, and who becomes administrator.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hyper::Method;
use serde_json::json;

use crate::app::{ADMIN, TestApp};
use crate::books;

#[tokio::test]
async fn a_new_account_is_exactly_this() {
    TestApp::run(async |app| {
        let code = app.code_for("ada@example.com").await;
        let answer = app.post("/api/login", "", &json!({"account": "ada@example.com", "code": code})).await;
        let envelope = answer.envelope();
        let (id, token) = (&envelope["data"]["user_info"]["id"], &envelope["data"]["token"]);
        assert_eq!(
            envelope,
            json!({
                "code": 0,
                "data": {
                    "user_info": {
                        "id": id,
                        "account": "ada@example.com",
                        "nickname": "Chat用户",
                        "avatar": app.default_avatar(),
                        "role": "user",
                        "integral": 10,
                        "vip_expire_time": "2025-12-31",
                        "svip_expire_time": "2025-12-31",
                        "password": "",
                        "ip": "127.0.0.1",
                        "status": 1,
                        "create_time": "2026-01-01 08:00:00",
                        "update_time": "2026-01-01 08:00:00",
                        "is_signin": 0,
                    },
                    "token": token,
                },
                "message": "登陆成功",
            })
        );
        assert!(id.as_str().unwrap().parse::<i64>().unwrap() > 1 << 53, "an id is text: {id}");
        assert_eq!(token.as_str().unwrap().len(), 54);
        assert_eq!(answer.headers["cache-control"], "no-store", "nobody keeps a token");
        let ada = app.person(&envelope["data"]);
        assert_eq!(ada.statement().await, (1, vec![("10积分".to_owned(), "注册奖励".to_owned())]));
    })
    .await;
}

#[tokio::test]
async fn logging_in_again_finds_the_same_account_and_gives_nothing() {
    TestApp::run(async |app| {
        let first = app.log_in("ada@example.com").await;
        for spelling in ["  ADA@Example.com ", "Ada@example.COM"] {
            let code = app.code_for("ada@example.com").await;
            let again = app.post("/api/login", "", &json!({"account": spelling, "code": code})).await.data();
            assert_eq!(again["user_info"]["id"], first.id.as_str(), "{spelling}");
            assert_eq!(again["user_info"]["account"], "ada@example.com");
            assert_ne!(again["token"], first.token.as_str());
        }
        assert_eq!(first.credits().await, 10);
        assert_eq!(first.statement().await.0, 1);
    })
    .await;
}

#[tokio::test]
async fn plus_addresses_are_accounts_of_their_own() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let news = app.log_in("ada+news@example.com").await;
        assert_eq!(news.account, "ada+news@example.com");
        assert_ne!(news.id, ada.id);
    })
    .await;
}

#[tokio::test]
async fn the_gift_is_a_setting() {
    for (setting, gift) in [
        ("25", 25),
        (" 7 ", 7),
        ("1000000", 1_000_000),
        // What is no sum leaves the default in force.
        ("1000001", 10),
        ("-5", 10),
        ("1.5", 10),
        ("many", 10),
        ("", 10),
    ] {
        TestApp::run(async |app| {
            app.set("register_reward", setting);
            let ada = app.log_in("ada@example.com").await;
            assert_eq!(ada.credits().await, gift, "{setting:?}");
            let row = (format!("{gift}积分"), "注册奖励".to_owned());
            assert_eq!(ada.statement().await, (1, vec![row]), "{setting:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn without_a_gift_the_statement_begins_empty() {
    TestApp::run(async |app| {
        app.set("register_reward", "0");
        let ada = app.log_in("ada@example.com").await;
        assert_eq!(ada.credits().await, 0);
        assert_eq!(ada.statement().await, (0, vec![]));
        // The first row is the first row then, too.
        ada.is_given(100);
        assert_eq!(ada.chat("hi [[usage=100,50]]").await.balance(), 98);
        assert_eq!(ada.statement().await.0, 2);
    })
    .await;
}

#[tokio::test]
async fn the_deployments_administrator_proves_the_address_first() {
    TestApp::run(async |app| {
        for body in
            [json!({"account": ADMIN, "password": "administrator1"}), json!({"account": ADMIN, "code": "000000"})]
        {
            let status = app.post("/api/login", "", &body).await.status;
            assert_eq!(status, 400, "{body}");
        }
        assert!(app.users().is_empty(), "nobody came to be");
        let role = async |account: &str| app.log_in(account).await.info().await["role"].clone();
        assert_eq!(role("ada@example.com").await, "user");
        assert_eq!(role("admin@example.com.example.org").await, "user");
        assert_eq!(role("admin+x@example.com").await, "user");
        assert_eq!(role("Admin@Example.com").await, "administrator");
        assert_eq!(role("bob@example.com").await, "user");
    })
    .await;
}

/// Whoever administrates has a site of their own by then, and the deployment's parameter names nobody any more.
#[tokio::test]
async fn the_deployments_administrator_is_one_only_while_there_is_none() {
    for body in [None, Some(json!({"account": "renamed@example.com"})), Some(json!({"role": "user"}))] {
        TestApp::run(async |app| {
            let (first, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let promoted = json!({"id": ada.id, "role": "administrator"});
            app.put("/api/admin/user", &first.token, &promoted).await.data();
            match &body {
                None => {
                    let path = format!("/api/admin/user/{}", first.id);
                    app.send(Method::DELETE, &path, &ada.token, "").await.data();
                }
                Some(body) => {
                    let mut body = body.clone();
                    body["id"] = first.id.as_str().into();
                    app.put("/api/admin/user", &ada.token, &body).await.data();
                }
            }
            let again = app.log_in(ADMIN).await;
            assert_eq!(again.info().await["role"], "user", "{body:?}");
            assert_eq!(app.get("/api/admin/user", &again.token).await.refusal(403), "拒绝访问");
            assert_eq!(ada.info().await["role"], "administrator");
        })
        .await;
    }
}

#[tokio::test]
async fn the_table_holds_no_code_token_or_password() {
    TestApp::run(async |app| {
        let code = app.code_for("ada@example.com").await;
        let body = json!({"account": "ada@example.com", "code": code, "password": "correct horse 1"});
        let token = app.post("/api/login", "", &body).await.data()["token"].as_str().unwrap().to_owned();
        // The first eight bytes are the user's id.
        let secret = BASE64.encode(&BASE64.decode(&token).unwrap()[8..]);
        let pending = app.code_for("ada@example.com").await;
        let items = app.table();
        let leaves: Vec<String> = items.iter().flat_map(books::leaves).collect();
        assert!(leaves.iter().any(|leaf| leaf.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")), "the hash is there");
        for leaf in &leaves {
            // A long number may hold six digits by chance; a code kept plain would stand alone or in a text.
            let is_number = leaf.len() > 6 && leaf.bytes().all(|byte| byte.is_ascii_digit());
            for digits in [&code, &pending] {
                assert!(is_number || !leaf.contains(digits.as_str()), "a code: {leaf}");
                assert_ne!(leaf.parse(), digits.parse::<u64>(), "a code as a number: {leaf}");
            }
            assert!(!leaf.contains(&token) && !leaf.contains(&secret), "a token: {leaf}");
            assert!(!leaf.contains("correct horse"), "a password: {leaf}");
        }
    })
    .await;
}
