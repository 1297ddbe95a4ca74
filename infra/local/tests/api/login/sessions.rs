//! Sessions: how many, how long, and for whom they end.

use std::time::Duration;

use serde_json::json;

use crate::app::{Person, TestApp};

const ADA: &str = "ada@example.com";
const DAY_SECONDS: u64 = 24 * 3600;

/// Logs in once a day, so that the sessions have an age.
async fn log_in_daily(app: &TestApp, days: usize) -> Vec<Person<'_>> {
    let mut people = Vec::new();
    for _ in 0..days {
        people.push(app.log_in(ADA).await);
        app.clock.advance(Duration::from_secs(DAY_SECONDS));
    }
    people
}

async fn who_is_in(people: &[Person<'_>]) -> Vec<bool> {
    let mut alive = Vec::new();
    for person in people {
        alive.push(person.is_in().await);
    }
    alive
}

#[tokio::test]
async fn a_sixth_session_ends_the_oldest() {
    TestApp::run(async |app| {
        let mut people = log_in_daily(app, 5).await;
        assert_eq!(who_is_in(&people).await, [true; 5]);
        people.push(app.log_in(ADA).await);
        assert_eq!(who_is_in(&people).await, [false, true, true, true, true, true]);
        app.clock.advance(Duration::from_secs(DAY_SECONDS));
        people.push(app.log_in(ADA).await);
        assert_eq!(who_is_in(&people).await, [false, false, true, true, true, true, true]);
        assert_eq!(app.sessions(ADA), 5);
    })
    .await;
}

#[tokio::test]
async fn a_session_lives_thirty_days() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        app.clock.advance(Duration::from_secs(30 * DAY_SECONDS - 1));
        assert!(ada.is_in().await);
        app.clock.advance(Duration::from_secs(1));
        assert!(!ada.is_in().await);
        assert_eq!(ada.ask("hi", json!({})).await.refusal(401), "请登陆");
        assert_eq!(app.get("/api/turnover", &ada.token).await.refusal(401), "请登陆");
        assert_eq!(app.post("/api/logout", &ada.token, &json!({})).await.refusal(401), "请登陆");
        // The next session takes the ended one's place.
        assert!(app.log_in(ADA).await.is_in().await);
        assert_eq!(app.sessions(ADA), 1);
    })
    .await;
}

#[tokio::test]
async fn a_freed_place_is_taken_before_a_session_is_ended() {
    TestApp::run(async |app| {
        let mut people = log_in_daily(app, 5).await;
        app.post("/api/logout", &people[3].token, &json!({})).await.data();
        people.push(app.log_in(ADA).await);
        assert_eq!(who_is_in(&people).await, [true, true, true, false, true, true]);
    })
    .await;
}

#[tokio::test]
async fn a_banned_user_is_out_at_the_next_request_and_stays_out() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        let body = json!({"account": ADA, "code": code, "password": "correct horse 1"});
        let ada = app.person(&app.post("/api/login", "", &body).await.data());
        let bob = app.log_in("bob@example.com").await;
        app.ban(&ada);
        assert!(!ada.is_in().await);
        assert_eq!(ada.ask("hi", json!({})).await.refusal(401), "请登陆");
        assert_eq!(app.get("/api/turnover", &ada.token).await.refusal(401), "请登陆");

        let code = app.code_for(ADA).await;
        for body in [
            json!({"account": ADA, "code": code}),
            json!({"account": ADA, "password": "correct horse 1"}),
            json!({"account": ADA, "code": code, "password": "another horse 2"}),
        ] {
            assert_eq!(app.post("/api/login", "", &body).await.refusal(400), "账号已被禁用", "{body}");
        }
        let body = json!({"account": ADA, "code": code, "password": "another horse 2"});
        assert_eq!(app.put("/api/user/password", &ada.token, &body).await.refusal(400), "账号已被禁用");
        // Who does not know the password is not told of the ban.
        let body = json!({"account": ADA, "password": "another horse 2"});
        assert_eq!(app.post("/api/login", "", &body).await.refusal(400), "账号或密码不正确");
        assert!(bob.is_in().await, "others are not");

        // The ban lifted, the session that it stopped goes on.
        app.edit_user(&ada, "SET enabled = :yes", &json!({":yes": {"BOOL": true}}));
        assert!(ada.is_in().await);
    })
    .await;
}
