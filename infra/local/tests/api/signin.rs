//! `POST /api/signin`

mod faults;
mod midnight;
mod races;

use hyper::Method;
use serde_json::json;

use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

const AGAIN: &str = "今日已经签到了";
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// As clients do it: with a content type and nothing to it.
async fn sign_in(app: &TestApp, person: &Person<'_>) -> Answer {
    app.send(Method::POST, "/api/signin", &person.token, "").await
}

/// The gift and so many rewards of three credits, and the statement says so.
async fn check_rewards(person: &Person<'_>, rewards: usize) {
    let (count, rows) = person.statement().await;
    assert_eq!(count, 1 + rewards as u64, "{rows:?}");
    let row = |value: &str, describe: &str| (value.to_owned(), describe.to_owned());
    let mut expected = vec![row("3积分", "签到奖励"); rewards];
    expected.push(row("10积分", "注册奖励"));
    assert_eq!(rows, expected);
    assert_eq!(person.credits().await, 10 + 3 * i64::try_from(rewards).unwrap());
}

#[tokio::test]
async fn a_day_is_signed_once_and_rewarded() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        assert_eq!(ada.info().await["is_signin"], 0);
        let answer = sign_in(app, &ada).await;
        assert_eq!(answer.envelope(), json!({"code": 0, "data": [], "message": "签到成功 +3积分"}));
        assert_eq!(ada.info().await["is_signin"], 1);
        check_rewards(&ada, 1).await;

        assert_eq!(sign_in(app, &ada).await.refusal(409), AGAIN);
        check_rewards(&ada, 1).await;

        app.clock.advance(DAY);
        assert_eq!(ada.info().await["is_signin"], 0);
        assert_eq!(sign_in(app, &ada).await.envelope()["message"], "签到成功 +3积分");
        check_rewards(&ada, 2).await;
    })
    .await;
}

#[tokio::test]
async fn whatever_comes_as_a_body_is_left_alone() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for body in ["", "{}", "null", "{", "[]"] {
            let answer = app.send(Method::POST, "/api/signin", &ada.token, body).await;
            assert_eq!(answer.status, 200, "{body}: {}", answer.text());
            app.clock.advance(DAY);
        }
    })
    .await;
}

#[tokio::test]
async fn the_reward_is_a_setting() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        app.set("signin_reward", "7");
        assert_eq!(sign_in(app, &ada).await.envelope()["message"], "签到成功 +7积分");
        assert_eq!(ada.statement().await.1[0], ("7积分".to_owned(), "签到奖励".to_owned()));

        // A day without a reward is signed all the same, and a statement tells no nothings.
        app.set("signin_reward", "0");
        assert_eq!(sign_in(app, &bob).await.envelope()["message"], "签到成功 +0积分");
        assert_eq!((bob.credits().await, bob.statement().await.0), (10, 1));
        assert_eq!(bob.info().await["is_signin"], 1);
        assert_eq!(sign_in(app, &bob).await.refusal(409), AGAIN);
        let admin = app.log_in(ADMIN).await;
        assert_eq!(app.get("/api/admin/signin", &admin.token).await.data()["count"], 2);
    })
    .await;
}
