//! What strangers do to an account does not take what its owner may.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, wrong};
use crate::http::{Answer, Http};

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "correct horse 1";
const NO_CODE: &str = "请先发送验证码";
const WRONG_CODE: &str = "验证码不正确";
const WRONG_PASSWORD: &str = "账号或密码不正确";
const LIMITED: &str = "请求次数过多，请稍后再试！";

/// A network of its own; the owner's is the first.
fn network(app: &TestApp, number: u8) -> Http {
    app.http.from(&format!("127.0.0.{number}"))
}

async fn log_in(http: &Http, body: &Value) -> Answer {
    http.send(Method::POST, "/api/login", &[("content-type", "application/json")], body.to_string()).await
}

async fn by_code(http: &Http, code: &str) -> Answer {
    log_in(http, &json!({"account": ADA, "code": code})).await
}

async fn by_password(http: &Http, password: &str) -> Answer {
    log_in(http, &json!({"account": ADA, "password": password})).await
}

async fn ask(http: &Http) -> Answer {
    http.send(Method::GET, &format!("/api/send_sms?source={ADA}"), &[], "").await
}

/// Asks a second later than whoever asked before, and reads the mail.
async fn code_from(app: &TestApp, http: &Http) -> String {
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(ask(http).await.status, 200);
    app.newest_code(ADA)
}

/// An account with a password, made from the first network.
async fn with_password(app: &TestApp) {
    let body = json!({"account": ADA, "code": app.code_for(ADA).await, "password": PASSWORD});
    app.post("/api/login", "", &body).await.data();
}

#[tokio::test]
async fn wrong_codes_from_elsewhere_leave_the_owners_code_good() {
    TestApp::run(async |app| {
        for known in [false, true] {
            let code = app.code_for(ADA).await;
            let stranger = network(app, 2);
            for _ in 0..5 {
                assert_eq!(by_code(&stranger, &wrong(&code)).await.refusal(400), WRONG_CODE, "known: {known}");
            }
            let refused = by_code(&stranger, &code).await;
            assert_eq!(refused.refusal(429), LIMITED, "also for the right one");
            assert_eq!(by_code(&network(app, 1), &code).await.status, 200, "known: {known}");
            app.clock.advance(Duration::from_secs(600));
        }
    })
    .await;
}

#[tokio::test]
async fn asking_from_elsewhere_replaces_nothing() {
    TestApp::run(async |app| {
        let (here, there) = (network(app, 1), network(app, 2));
        let own = code_from(app, &here).await;
        let (first, second) = (code_from(app, &there).await, code_from(app, &there).await);
        // Asking again replaces the asker's own. One time in a million they are the same digits.
        if first != second && first != own {
            assert_eq!(by_code(&there, &first).await.refusal(400), WRONG_CODE);
        }
        assert_eq!(by_code(&here, &own).await.status, 200);
        assert_eq!(by_code(&there, &second).await.status, 200, "a code that is used ends alone");
        assert_eq!(by_code(&here, &own).await.refusal(400), NO_CODE);
    })
    .await;
}

#[tokio::test]
async fn a_code_is_good_at_any_network_and_used_up_there() {
    TestApp::run(async |app| {
        let (wifi, mobile, third) = (network(app, 1), network(app, 2), network(app, 3));
        let code = code_from(app, &wifi).await;
        assert_eq!(by_code(&mobile, &wrong(&code)).await.refusal(400), WRONG_CODE);
        assert_eq!(by_code(&mobile, &code).await.status, 200);
        for http in [&wifi, &mobile, &third] {
            assert_eq!(by_code(http, &code).await.refusal(400), NO_CODE);
        }
        // The same beside a code of one's own.
        let (code, _) = (code_from(app, &wifi).await, code_from(app, &third).await);
        assert_eq!(by_code(&third, &code).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn each_network_has_five_tries_of_its_own_code() {
    TestApp::run(async |app| {
        let (here, there) = (network(app, 1), network(app, 2));
        let (own, other) = (code_from(app, &here).await, code_from(app, &there).await);
        for _ in 0..5 {
            assert_eq!(by_code(&there, &wrong(&own)).await.refusal(400), WRONG_CODE);
        }
        // Its own code is void, and it may not try others' with it.
        for code in [&other, &own] {
            assert_eq!(by_code(&there, code).await.refusal(400), NO_CODE);
        }
        for _ in 0..4 {
            assert_eq!(by_code(&here, &wrong(&own)).await.refusal(400), WRONG_CODE);
        }
        assert_eq!(by_code(&here, &own).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn three_codes_of_an_account_are_good_at_a_time() {
    TestApp::run(async |app| {
        let mut codes = Vec::new();
        for number in 1..=5 {
            codes.push(code_from(app, &network(app, number)).await);
        }
        let fourth = network(app, 9);
        for code in &codes[..2] {
            if !codes[2..].contains(code) {
                assert_eq!(by_code(&fourth, code).await.refusal(400), WRONG_CODE);
            }
        }
        for code in &codes[2..] {
            assert_eq!(by_code(&fourth, code).await.status, 200);
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_pushes_out_the_code_that_was_asked_for_at_home() {
    TestApp::run(async |app| {
        app.log_in(ADA).await;
        let own = code_from(app, &network(app, 1)).await;
        for number in 2..=6 {
            code_from(app, &network(app, number)).await;
        }
        assert_eq!(by_code(&network(app, 1), &own).await.status, 200);
    })
    .await;
}

/// Three strangers do what they can for two hours; the owner comes in by both doors, at home and elsewhere.
#[tokio::test]
async fn three_strangers_shut_no_door() {
    TestApp::run(async |app| {
        with_password(app).await;
        let strangers: Vec<Http> = (2..=4).map(|number| network(app, number)).collect();
        let enters = async |number: u8, with_code: bool| {
            let http = network(app, number);
            let entered = if with_code {
                let code = code_from(app, &http).await;
                by_code(&http, &code).await
            } else {
                by_password(&http, PASSWORD).await
            };
            assert_eq!(entered.status, 200, "from {number}, by code: {with_code}");
        };
        for round in 0..12 {
            for stranger in &strangers {
                for _ in 0..5 {
                    ask(stranger).await;
                    by_code(stranger, "000000").await;
                    by_password(stranger, "correct horse 2").await;
                }
            }
            // Each login makes its network the one that counts as home.
            match round {
                2 => {
                    enters(1, true).await;
                    enters(1, false).await;
                }
                4 => enters(50, true).await,
                8 => enters(51, false).await,
                10 => enters(1, true).await,
                _ => {}
            }
            app.clock.advance(Duration::from_secs(600));
        }
    })
    .await;
}

#[tokio::test]
async fn password_tries_of_strangers_take_nothing_of_the_owners() {
    TestApp::run(async |app| {
        with_password(app).await;
        for number in 2..=4 {
            let stranger = network(app, number);
            for _ in 0..6 {
                assert_eq!(by_password(&stranger, "correct horse 2").await.refusal(400), WRONG_PASSWORD);
            }
            let refused = by_password(&stranger, PASSWORD).await;
            assert_eq!(refused.refusal(429), LIMITED, "six an hour from one network");
            assert_eq!(refused.headers["retry-after"], "3600");
        }
        // Twenty an hour from all of them together.
        for _ in 0..2 {
            assert_eq!(by_password(&network(app, 5), "correct horse 2").await.refusal(400), WRONG_PASSWORD);
        }
        for number in 5..=7 {
            assert_eq!(by_password(&network(app, number), PASSWORD).await.refusal(429), LIMITED);
        }
        assert_eq!(by_password(&network(app, 1), PASSWORD).await.status, 200);
    })
    .await;
}

/// However many networks somebody has, all together guess no oftener than one could before.
#[tokio::test]
async fn more_networks_do_not_buy_more_guesses() {
    TestApp::run(async |app| {
        app.log_in(ADA).await;
        let code = code_from(app, &network(app, 1)).await;
        let mut compared = 0;
        for number in 2..=12 {
            for _ in 0..6 {
                let answer = by_code(&network(app, number), &wrong(&code)).await;
                compared += usize::from(answer.status == 400);
            }
        }
        assert_eq!(compared, 16, "in ten minutes, of networks that asked for no code");
        assert_eq!(by_code(&network(app, 1), &code).await.status, 200);
        app.clock.advance(Duration::from_secs(3600));
        let mut mailed = 0;
        for number in 2..=12 {
            for _ in 0..6 {
                mailed += usize::from(ask(&network(app, number)).await.status == 200);
            }
        }
        assert_eq!(mailed, 16, "in ten minutes, each of which is good for five tries");
        assert_eq!(ask(&network(app, 1)).await.status, 200);
    })
    .await;
}
