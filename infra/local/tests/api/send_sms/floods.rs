//! Floods of requests for codes: what they cost, and whom they do not keep out.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use super::{LIMITED, SENT};
use crate::app::TestApp;
use crate::house;
use crate::http::{Answer, Http};

async fn ask(http: &Http, account: &str) -> Answer {
    http.send(Method::GET, &format!("/api/send_sms?source={account}"), &[], "").await
}

#[tokio::test]
async fn when_strangers_have_had_the_sites_codes_accounts_still_get_theirs() {
    TestApp::run(async |app| {
        app.log_in("ada@example.com").await;
        app.fill_limit("codes-site", "site", 3600, 2999);
        let away = app.http.from("127.0.0.2");
        assert_eq!(ask(&away, "last@example.com").await.envelope()["message"], SENT);
        let mails = |account: &str| app.stack.mailbox.list(Some(account)).len();
        // The answers are the same; only whether a mail leaves is not.
        for (account, more) in [("nobody@example.com", 0), ("ada@example.com", 1)] {
            let before = mails(account);
            let answer = ask(&away, account).await;
            assert_eq!(answer.envelope(), json!({"code": 0, "data": {}, "message": SENT}));
            assert_eq!(mails(account), before + more, "{account}");
        }
        let code = app.newest_code("ada@example.com");
        let body = json!({"account": "ada@example.com", "code": code});
        app.post("/api/login", "", &body).await.data();
        // And so are the limits of a mailbox.
        for account in ["nobody@example.com", "ada@example.com"] {
            for _ in 0..4 {
                assert_eq!(ask(&away, account).await.envelope()["message"], SENT, "{account}");
            }
            assert_eq!(ask(&away, account).await.refusal(429), LIMITED, "{account}");
        }
        // Accounts have a bound of their own.
        app.fill_limit("codes-site-known", "site", 3600, 3000);
        let before = mails("ada@example.com");
        assert_eq!(ask(&app.http.from("127.0.0.3"), "ada@example.com").await.envelope()["message"], SENT);
        assert_eq!(mails("ada@example.com"), before);
        app.clock.advance(Duration::from_secs(3600));
        ask(&away, "nobody@example.com").await.data();
        assert_eq!(mails("nobody@example.com"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_gets_few_mails_a_day_however_many_ask_and_however_it_is_spelt() {
    TestApp::run(async |app| {
        let (one, spellings) =
            (app.http.from("127.0.0.2"), ["ada@gmail.com", "a.d.a@gmail.com", "ada+x@googlemail.com"]);
        let mails = |app: &TestApp| app.stack.mailbox.list(None).len();
        for ask_number in 0..48 {
            ask(&one, spellings[ask_number % 3]).await;
            app.clock.advance(Duration::from_secs(600));
        }
        assert_eq!(mails(app), 20, "one network in eight hours");
        let refused = ask(&one, "ada@gmail.com").await;
        assert_eq!(refused.refusal(429), LIMITED);
        assert_eq!(refused.headers["retry-after"], (16 * 3600).to_string(), "until the day ends");
        for number in 3..=9 {
            let other = app.http.from(&format!("127.0.0.{number}"));
            for ask_number in 0..18 {
                ask(&other, spellings[ask_number % 3]).await;
                app.clock.advance(Duration::from_secs(450));
            }
        }
        assert_eq!(mails(app), 64, "all networks in a day");
    })
    .await;
}

#[tokio::test]
async fn an_hour_has_a_bound_of_its_own() {
    TestApp::run(async |app| {
        for window in 0..6 {
            for _ in 0..5 {
                ask(&app.http, "ada@example.com").await;
            }
            if window == 3 {
                let refused = ask(&app.http, "ada@example.com").await;
                assert_eq!(refused.headers["retry-after"], "1800", "until the hour ends");
            }
            app.clock.advance(Duration::from_secs(600));
        }
        assert_eq!(app.stack.mailbox.list(None).len(), 10);
    })
    .await;
}

/// An event of this route from an address that a test on this machine cannot have.
fn event_from(address: &str, account: &str) -> lambda_http::Request {
    let file = house::root().join("events/auth-get-send_sms.json");
    let mut event: Value = serde_json::from_str(&house::read(&file)).unwrap();
    event["requestContext"]["identity"]["sourceIp"] = json!(address);
    event["queryStringParameters"] = json!({"source": account});
    event["multiValueQueryStringParameters"] = json!({"source": [account]});
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

#[tokio::test]
async fn a_wide_network_counts_as_a_few_narrow_ones() {
    TestApp::run(async |app| {
        let outside = platform::Outside { environment: app.stack.environment("auth"), ..app.outside() };
        let auth = auth::App::start(&outside).await.unwrap();
        let ask = async |address: &str, account: &str| auth::route(&auth, event_from(address, account)).await.status();
        app.fill_limit("codes-network", "2001:db8:1::/48", 3600, 399);
        assert_eq!(ask("2001:db8:1:1::1", "a@example.com").await, 200);
        for address in ["2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:ffff::1"] {
            assert_eq!(ask(address, "b@example.com").await, 429, "{address}");
        }
        assert_eq!(ask("2001:db8:2:1::1", "b@example.com").await, 200, "another one");
        // At a mailbox it is one network.
        for number in 0..5 {
            assert_eq!(ask(&format!("2001:db8:3:{number}::1"), "c@example.com").await, 200);
        }
        assert_eq!(ask("2001:db8:3:9::1", "c@example.com").await, 429);
    })
    .await;
}
