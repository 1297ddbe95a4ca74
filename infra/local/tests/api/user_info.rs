//! `GET /api/user/info`

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hyper::Method;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn the_caller_is_exactly_this() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.log_in("bob@example.com").await;
        app.clock.advance(Duration::from_secs(3600));
        assert_eq!(
            app.get("/api/user/info", &ada.token).await.envelope(),
            json!({
                "code": 0,
                "data": {
                    "id": ada.id,
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
                "message": "",
            })
        );
    })
    .await;
}

#[tokio::test]
async fn a_login_leaves_its_time() {
    TestApp::run(async |app| {
        app.log_in("ada@example.com").await;
        app.clock.advance(Duration::from_secs(3661));
        let info = app.log_in("ada@example.com").await.info().await;
        assert_eq!(
            (&info["create_time"], &info["update_time"]),
            (&json!("2026-01-01 08:00:00"), &json!("2026-01-01 09:01:01"))
        );
    })
    .await;
}

/// The business day is Shanghai's: the clock starts there at eight in the morning.
#[tokio::test]
async fn a_sign_in_counts_until_midnight_in_shanghai() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.edit_user(&ada, "SET signin_day = :day", &json!({":day": {"S": "2026-01-01"}}));
        assert_eq!(ada.info().await["is_signin"], 1);
        app.clock.advance(Duration::from_secs(16 * 3600 - 1));
        assert_eq!(ada.info().await["is_signin"], 1);
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(ada.info().await["is_signin"], 0);
    })
    .await;
}

#[tokio::test]
async fn credits_that_a_running_chat_has_set_aside_still_show() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.edit_user(
            &ada,
            "SET balance = :balance, held = :held, holds = :holds",
            &json!({
                ":balance": {"N": "4"},
                ":held": {"N": "6"},
                ":holds": {"M": {"1": {"M": {"a": {"N": "6"}, "u": {"N": (app.clock.millis() / 1000 + 895).to_string()}}}}},
            }),
        );
        assert_eq!(ada.credits().await, 10);
        // Left behind by a dead function, they come back with the person's own request.
        app.clock.advance(Duration::from_secs(896));
        assert_eq!(ada.credits().await, 10);
        let ada = &app.users()[0];
        assert_eq!((&ada["balance"], &ada["held"]), (&json!(10), &json!(0)));
    })
    .await;
}

#[tokio::test]
async fn only_a_live_session_is_somebody() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let bytes = |token: &str| BASE64.decode(token).unwrap();
        let (ada_bytes, bob_bytes) = (bytes(&ada.token), bytes(&bob.token));
        // Bob's secret under Ada's id, an id of nobody, a token that lacks or has a character too many.
        let swapped = BASE64.encode([&ada_bytes[..8], &bob_bytes[8..]].concat());
        let nobody = BASE64.encode([&1_i64.to_be_bytes(), &ada_bytes[8..]].concat());
        let (short, long) = (&ada.token[..53], format!("{}A", ada.token));
        for token in ["", "undefined", "null", "Bearer x", &ada.id, &swapped, &nobody, short, &long, &"x".repeat(8000)]
        {
            let answer = app.get("/api/user/info", token).await;
            assert_eq!(answer.envelope(), json!({"code": 4001, "data": {}, "message": "请登陆"}), "{token}");
            assert_eq!(answer.status, 401);
        }
        let answer = app.http.send(Method::GET, "/api/user/info", &[], "").await;
        assert_eq!(answer.refusal(401), "请登陆", "without the header at all");
        let headers = [("authorization", ada.token.as_str()), ("cookie", ada.token.as_str())];
        let answer = app.http.send(Method::GET, "/api/user/info", &headers, "").await;
        assert_eq!(answer.refusal(401), "请登陆", "no other header carries a session");
    })
    .await;
}

/// As the clients send it: the content type of a form, no body; and the header's name in any case.
#[tokio::test]
async fn a_request_may_come_as_the_clients_write_it() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let padded = format!(" {} ", ada.token);
        for headers in [
            [("token", ada.token.as_str()), ("content-type", "application/x-www-form-urlencoded")],
            [("TOKEN", ada.token.as_str()), ("content-type", "multipart/form-data")],
            [("Token", padded.as_str()), ("accept", "*/*")],
        ] {
            let answer = app.http.send(Method::GET, "/api/user/info?t=1", &headers, "").await;
            assert_eq!(answer.data()["id"], ada.id.as_str(), "{headers:?}");
        }
    })
    .await;
}
