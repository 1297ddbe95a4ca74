//! The challenge: when it is asked for, what passes it, and whom it does not concern.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::Method;
use platform::Keys;
use serde_json::json;
use testkit::challenge::{SECRET, SITE_KEY};

use super::{LIMITED, SENT};
use crate::app::{ADMIN, TestApp};
use crate::http::{Answer, Http};

const ASKED_FOR: &str = "请完成人机验证后再获取验证码";
const NOT_PASSED: &str = "人机验证未通过，请重试";

/// Above how many codes an hour it is asked for here.
const CODES: i64 = 50;

/// A site with a challenge, verified by the scripted verifier, with the secret that the site keeps.
async fn with_challenge(app: &TestApp, secret: &str) {
    app.set("challenge_site_key", SITE_KEY);
    app.set("challenge_verify_url", &format!("{}/_local/challenge/siteverify", app.stack.url()));
    app.set("challenge_codes_hour", &CODES.to_string());
    let outside = platform::Outside { environment: app.stack.environment("auth"), ..app.outside() };
    let keys = Keys::fetch(&outside).await.unwrap();
    let sealed = keys.sealer().unwrap().seal("setting challenge_secret", secret).unwrap();
    let item = json!({"TableName": outside.environment.text("TABLE_NAME").unwrap(), "Item": {
        "pk": {"S": "site"}, "sk": {"S": "setting#challenge_secret"}, "v": {"N": "1"},
        "value": {"S": "******"}, "sealed": {"B": BASE64_STANDARD.encode(sealed)},
        "created": {"N": "1"}, "updated": {"N": "1"},
    }});
    let (status, answer) = app.stack.dynamo.execute("PutItem", item.to_string().as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    app.clock.advance(Duration::from_secs(6));
}

async fn ask(http: &Http, account: &str, token: &str) -> Answer {
    let path = format!("/api/send_sms?source={account}&challenge={token}");
    http.send(Method::GET, &path, &[], "").await
}

fn mails(app: &TestApp) -> usize {
    app.stack.mailbox.list(None).len()
}

#[tokio::test]
async fn above_the_threshold_strangers_pass_it_first() {
    TestApp::run(async |app| {
        with_challenge(app, SECRET).await;
        app.fill_limit("codes-site", "site", 3600, CODES - 1);
        // Up to it nobody is asked, and a token that comes along is left alone.
        assert_eq!(ask(&app.http, "a@example.com", "wrong").await.envelope()["message"], SENT);
        assert_eq!(app.stack.challenge.calls().len(), 0);
        let before = mails(app);
        for token in ["", "undefined", "null"] {
            assert_eq!(ask(&app.http, "b@example.com", token).await.refusal(400), ASKED_FOR, "{token:?}");
        }
        assert_eq!(app.stack.challenge.calls().len(), 0);
        for token in ["wrong", "RIGHT-1"] {
            assert_eq!(ask(&app.http, "b@example.com", token).await.refusal(400), NOT_PASSED, "{token}");
        }
        assert_eq!(ask(&app.http, "b@example.com", &"right".repeat(500)).await.refusal(400), NOT_PASSED, "too long");
        assert_eq!(mails(app), before);
        assert_eq!(ask(&app.http, "b@example.com", "right-1").await.envelope()["message"], SENT);
        assert_eq!(ask(&app.http, "c@example.com", "right-1").await.refusal(400), NOT_PASSED, "used");
        assert_eq!(ask(&app.http, "c@example.com", "right-2").await.envelope()["message"], SENT);
        assert_eq!(mails(app), before + 2);
        let calls = app.stack.challenge.calls();
        assert_eq!(calls.len(), 5, "the one that is too long is not sent on");
        assert_eq!(
            (&*calls[0]["secret"], &*calls[0]["response"], &*calls[0]["remoteip"]),
            (SECRET, "wrong", "127.0.0.1")
        );
        assert_eq!(calls[0]["idempotency_key"].len(), 36);
    })
    .await;
}

#[tokio::test]
async fn accounts_and_strangers_are_told_the_same_and_the_owner_at_home_nothing() {
    TestApp::run(async |app| {
        app.log_in("ada@example.com").await;
        with_challenge(app, SECRET).await;
        app.fill_limit("codes-site", "site", 3600, CODES);
        let away = app.http.from("127.0.0.2");
        for account in ["ada@example.com", "nobody@example.com"] {
            assert_eq!(ask(&away, account, "").await.refusal(400), ASKED_FOR);
            assert_eq!(ask(&away, account, "wrong").await.refusal(400), NOT_PASSED);
            assert_eq!(ask(&away, account, &format!("right-{account}")).await.envelope()["message"], SENT);
        }
        assert_eq!(ask(&app.http, "ada@example.com", "").await.envelope()["message"], SENT);
        let before = mails(app);
        // Who has passed it is served also when strangers have had all of theirs.
        app.fill_limit("codes-site", "site", 3600, 3000);
        assert_eq!(ask(&away, "new@example.com", "right-3").await.envelope()["message"], SENT);
        assert_eq!(mails(app), before + 1);
    })
    .await;
}

#[tokio::test]
async fn it_opens_a_mailbox_that_strangers_have_filled() {
    TestApp::run(async |app| {
        with_challenge(app, SECRET).await;
        app.fill_limit("codes-mailbox", "ada@example.com", 24 * 3600, 64);
        assert_eq!(ask(&app.http, "ada@example.com", "").await.refusal(400), ASKED_FOR);
        assert_eq!(ask(&app.http, "ada@example.com", "right-1").await.envelope()["message"], SENT);
        // Which has its bounds too.
        for number in 2..=5 {
            assert_eq!(ask(&app.http, "ada@example.com", &format!("right-{number}")).await.status, 200);
        }
        assert_eq!(ask(&app.http, "ada@example.com", "right-6").await.refusal(429), LIMITED);
        app.fill_limit("codes-mailbox-passed", "ada@example.com", 24 * 3600, 64);
        let other = app.http.from("127.0.0.2");
        assert_eq!(ask(&other, "ada@example.com", "right-7").await.refusal(429), LIMITED);
    })
    .await;
}

#[tokio::test]
async fn a_verifier_that_cannot_tell_shuts_nobody_out() {
    TestApp::run(async |app| {
        with_challenge(app, SECRET).await;
        app.fill_limit("codes-site", "site", 3600, CODES);
        for (number, token) in ["garbage", "status-500", "status-403", "huge", "slow-9000-right"].iter().enumerate() {
            let began = std::time::Instant::now();
            let answer = ask(&app.http, &format!("a{number}@example.com"), token).await;
            assert_eq!(answer.envelope()["message"], SENT, "{token}");
            assert!(began.elapsed() < Duration::from_secs(9), "{token}");
        }
        assert_eq!(ask(&app.http, "b@example.com", "slow-200-right").await.envelope()["message"], SENT);
        assert_eq!(mails(app), 6);
        // But the site's bound holds, as it does without a challenge.
        app.fill_limit("codes-site", "site", 3600, 3000);
        assert_eq!(ask(&app.http, "c@example.com", "garbage").await.envelope()["message"], SENT);
        assert_eq!(mails(app), 6);
        // Nobody listens there, and an address that is never called.
        for address in ["http://127.0.0.1:1/siteverify", "http://10.0.0.1/siteverify", "https://localhost.internal/x"] {
            app.set("challenge_verify_url", address);
            app.fill_limit("codes-site", "site", 3600, CODES);
            let answer = ask(&app.http, "d@example.com", "right").await;
            assert_eq!(answer.envelope()["message"], SENT, "{address}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_secret_is_the_sites_fault_and_not_the_persons() {
    TestApp::run(async |app| {
        with_challenge(app, "another").await;
        app.fill_limit("codes-site", "site", 3600, CODES);
        assert_eq!(ask(&app.http, "a@example.com", "right-1").await.envelope()["message"], SENT);
        assert_eq!(mails(app), 1);
    })
    .await;
}

#[tokio::test]
async fn without_its_two_keys_there_is_none() {
    TestApp::run(async |app| {
        let site_key = async |app: &TestApp| app.get("/api/config", "").await.data().get("challenge_site_key").cloned();
        app.set("challenge_codes_hour", "0");
        app.set("challenge_site_key", SITE_KEY);
        assert_eq!(site_key(app).await, None);
        assert_eq!(ask(&app.http, "a@example.com", "").await.envelope()["message"], SENT);
        with_challenge(app, SECRET).await;
        assert_eq!(site_key(app).await, Some(json!(SITE_KEY)));
        app.set("challenge_site_key", "");
        assert_eq!(site_key(app).await, None);
        app.fill_limit("codes-site", "site", 3600, CODES);
        assert_eq!(ask(&app.http, "b@example.com", "").await.envelope()["message"], SENT);
    })
    .await;
}

#[tokio::test]
async fn its_secret_does_not_go_to_another_address() {
    TestApp::run(async |app| {
        with_challenge(app, SECRET).await;
        let admin = app.log_in(ADMIN).await;
        for body in [
            json!({"challenge_verify_url": "https://other.example.com/siteverify"}),
            json!({"challenge_verify_url": ""}),
        ] {
            let answer = app.put("/api/admin/config", &admin.token, &body).await;
            assert_eq!(answer.refusal(400), "更换校验地址时，请重新填写人机验证的私钥", "{body}");
        }
        let same = json!({"challenge_verify_url": format!("{}/_local/challenge/siteverify", app.stack.url())});
        app.put("/api/admin/config", &admin.token, &same).await.data();
        let config = app.get("/api/admin/config", &admin.token).await.text();
        assert!(!config.contains(SECRET), "{config}");
    })
    .await;
}

#[tokio::test]
async fn its_secret_is_entered_by_the_form_shown_masked_and_kept_sealed() {
    TestApp::run(async |app| {
        with_challenge(app, "another").await;
        let admin = app.log_in(ADMIN).await;
        app.put("/api/admin/config", &admin.token, &json!({"challenge_secret": format!(" {SECRET}\u{200b}")}))
            .await
            .data();
        let rows = app.get("/api/admin/config", &admin.token).await.data();
        let row = rows.as_array().unwrap().iter().find(|row| row["name"] == "challenge_secret").unwrap();
        assert!(row["value"].as_str().is_some_and(|shown| shown.contains('*') && shown != SECRET), "{row}");
        let moved =
            json!({"challenge_verify_url": "https://other.example.com/siteverify", "challenge_secret": row["value"]});
        let refusal = app.put("/api/admin/config", &admin.token, &moved).await.refusal(400);
        assert_eq!(refusal, "更换校验地址时，请重新填写人机验证的私钥");
        assert!(!json!(app.table()).to_string().contains(SECRET));

        // With another secret the verifier would tell nothing of a token.
        app.clock.advance(Duration::from_secs(6));
        app.fill_limit("codes-site", "site", 3600, CODES);
        assert_eq!(ask(&app.http, "b@example.com", "wrong").await.refusal(400), NOT_PASSED);
        assert_eq!(ask(&app.http, "b@example.com", "right-1").await.envelope()["message"], SENT);
    })
    .await;
}
