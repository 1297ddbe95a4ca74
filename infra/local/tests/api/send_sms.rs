//! `GET /api/send_sms`

mod challenges;
mod floods;

use std::time::Duration;

use futures_util::future::join_all;
use hyper::Method;
use serde_json::json;
use testkit::{Fault, FaultKind, Refusal};

use crate::app::{TestApp, digits_of};

const SENT: &str = "发送成功，请注意查收！";
const LIMITED: &str = "请求次数过多，请稍后再试！";

#[tokio::test]
async fn a_code_comes_by_mail_in_plain_text_and_html() {
    TestApp::run(async |app| {
        let sent = app.get("/api/send_sms?source=ada@example.com", "").await;
        assert_eq!(sent.envelope(), json!({"code": 0, "data": {}, "message": SENT}));
        let mails = app.stack.mailbox.list(None);
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!((mail.to.as_str(), mail.from.as_str()), ("ada@example.com", "no-reply@example.com"));
        assert_eq!((mail.subject.as_str(), mail.time.as_str()), ("登录验证码", "2026-01-01T00:00:00Z"));
        let code = digits_of(mail);
        assert_eq!(
            mail.text,
            format!("您的验证码是：{code}\n\n10 分钟内有效，请勿告诉他人。\n如果这不是您本人的操作，请忽略本邮件。\n")
        );
        assert!(mail.html.starts_with("<!doctype html>") && mail.html.contains(&format!("<b>{code}</b>")));
        assert!(mail.html.contains("10 分钟内有效，请勿告诉他人。"), "{}", mail.html);
        // Nothing to click and nothing to load: what phishing filters look for.
        assert!(!mail.html.contains("http") && !mail.html.contains("<img"), "{}", mail.html);
    })
    .await;
}

#[tokio::test]
async fn known_and_unknown_accounts_get_the_same_answer_at_the_same_cost() {
    TestApp::run(async |app| {
        app.log_in("ada@example.com").await;
        app.stack.wire.take_log();
        let mut seen = Vec::new();
        for account in ["ada@example.com", "nobody@example.com"] {
            let mut answer = app.get(&format!("/api/send_sms?source={account}"), "").await;
            for unique in ["x-request-id", "x-amzn-requestid", "date"] {
                answer.headers.remove(unique);
            }
            let mut calls: Vec<String> = app.stack.wire.take_log().into_iter().map(|call| call.operation).collect();
            calls.sort_unstable();
            seen.push((answer.status, answer.text(), answer.headers, calls));
        }
        assert_eq!(seen[0], seen[1]);
    })
    .await;
}

#[tokio::test]
async fn one_address_has_one_spelling() {
    TestApp::run(async |app| {
        for (source, to) in [
            ("ada+news@example.com", "ada+news@example.com"),
            ("ada%2Bnews@example.com", "ada+news@example.com"),
            ("ada%20news@example.com", "ada+news@example.com"),
            ("%20%20ADA@Example.COM%20", "ada@example.com"),
            ("o'neil.x@mail.example.com", "o'neil.x@mail.example.com"),
        ] {
            let sent = app.get(&format!("/api/send_sms?source={source}"), "").await;
            assert_eq!(sent.envelope()["message"], SENT, "{source}");
            assert_eq!(app.stack.mailbox.list(None)[0].to, to, "{source}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_address_gets_no_mail() {
    TestApp::run(async |app| {
        let long = format!("{}@example.com", "a".repeat(65));
        for source in [
            "",
            "undefined",
            "null",
            "%20",
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada@127.0.0.1",
            "ada..b@example.com",
            "ada@example..com",
            "ada@-example.com",
            "13800138000",
            "%E5%8D%A1@example.com",
            "ada@ex%C3%A4mple.com",
            "%ff%fe@example.com",
            long.as_str(),
            // Tries to end a header, to name a second recipient or to name a sender.
            "ada@example.com%0d%0aBcc:eve@example.com",
            "ada@example.com%0aBcc:eve@example.com",
            "ada%00@example.com",
            "ada@example.com,eve@example.com",
            "ada@example.com;eve@example.com",
            "ada@example.com%20eve@example.com",
            "%22ada%22@example.com",
            "%3Cada@example.com%3E",
            "Ada%20%3Cada@example.com%3E",
        ] {
            let answer = app.get(&format!("/api/send_sms?source={source}"), "").await;
            assert_eq!(answer.envelope(), json!({"code": -1, "data": {}, "message": "请使用邮箱登录！"}), "{source}");
            assert_eq!(answer.status, 400, "{source}");
        }
        for path in ["/api/send_sms", "/api/send_sms?", "/api/send_sms?account=ada@example.com"] {
            assert_eq!(app.get(path, "").await.refusal(400), "请使用邮箱登录！", "{path}");
        }
        assert_eq!(app.stack.mailbox.list(None), []);
    })
    .await;
}

#[tokio::test]
async fn one_request_mails_one_address() {
    TestApp::run(async |app| {
        app.get("/api/send_sms?source=ada@example.com&source=eve@example.com", "").await.data();
        assert_eq!(app.stack.mailbox.list(None).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_address_gets_five_codes_in_ten_minutes() {
    TestApp::run(async |app| {
        let mut code = String::new();
        for source in ["ada@example.com", "ADA@example.com", "%20ada@example.com", "ada+tag@example.com"] {
            app.get(&format!("/api/send_sms?source={source}"), "").await.data();
        }
        code.push_str(&app.code_for("ada@example.com").await);
        let refused = app.get("/api/send_sms?source=aDa@example.com", "").await;
        assert_eq!(refused.refusal(429), LIMITED);
        assert_eq!(refused.headers["retry-after"], "600");
        assert_eq!(refused.envelope()["code"], -1);
        assert_eq!(app.stack.mailbox.list(None).len(), 5);
        // Others are not in the way, and the last code still counts.
        app.code_for("bob@example.com").await;
        app.clock.advance(Duration::from_secs(599));
        assert_eq!(app.get("/api/send_sms?source=ada@example.com", "").await.headers["retry-after"], "1");
        app.post("/api/login", "", &json!({"account": "ada@example.com", "code": code})).await.data();
        app.clock.advance(Duration::from_secs(1));
        app.code_for("ada@example.com").await;
    })
    .await;
}

#[tokio::test]
async fn a_network_gets_a_hundred_codes_an_hour() {
    TestApp::run(async |app| {
        let ask = async |number: usize| app.get(&format!("/api/send_sms?source=u{number}@example.com"), "").await;
        let passed = join_all((0..100).map(ask)).await;
        assert!(passed.iter().all(|answer| answer.status == 200));
        let refused = ask(100).await;
        assert_eq!(refused.refusal(429), LIMITED);
        assert_eq!(refused.headers["retry-after"], "3600");
        // Where a request comes from is what the gateway saw, whatever its headers say.
        let headers =
            [("x-forwarded-for", "198.51.100.7"), ("x-real-ip", "198.51.100.7"), ("forwarded", "for=1.2.3.4")];
        let posing = app.http.send(Method::GET, "/api/send_sms?source=eve@example.com", &headers, "").await;
        assert_eq!(posing.refusal(429), LIMITED);
        app.clock.advance(Duration::from_secs(3600));
        assert_eq!(ask(100).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_refused_mail_is_told_without_code_and_address() {
    TestApp::run(async |app| {
        for refusal in [Refusal::MessageRejected, Refusal::MailFromDomainNotVerified] {
            app.stack.mailbox.fail_next_with(1, refusal);
            let answer = app.get("/api/send_sms?source=ada@example.com", "").await;
            assert_eq!(answer.refusal(502), "邮件发送失败，请稍后再试！");
            let mut envelope = answer.envelope();
            assert_eq!(envelope["request_id"], answer.headers["x-request-id"].to_str().unwrap());
            envelope["request_id"].take();
            let told = envelope.to_string();
            assert!(!told.contains('@') && !told.contains(|c: char| c.is_ascii_digit() && c != '1'), "{told}");
        }
        assert_eq!(app.stack.mailbox.list(None), []);
        app.log_in("ada@example.com").await;
    })
    .await;
}

/// More calls than this route makes.
const CALLS_MAX: usize = 10;

#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500] {
        TestApp::run(async |app| {
            let mut struck = 0;
            for nth in 1..=CALLS_MAX {
                let account = format!("ada{nth}@example.com");
                // So that the settings are read again.
                app.clock.advance(Duration::from_secs(6));
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let code = app.code_for(&account).await;
                app.stack.wire.heal();
                app.post("/api/login", "", &json!({"account": account, "code": code})).await.data();
                if fault.hits() == 0 {
                    break;
                }
                struck += 1;
            }
            // The network's limit beside the settings, the account and then its user; the site's limit; the mailbox's limits
            // with the code; the mail.
            assert_eq!(struck, 7, "{kind:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_lasting_failure_is_told_and_leaves_the_next_code_good() {
    for (operation, status) in [("UpdateItem", 503), ("TransactWriteItems", 503), ("SendEmail", 502)] {
        for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500] {
            TestApp::run(async |app| {
                app.stack.wire.plan(Fault::new(kind).on(operation).lasting());
                let answer = app.get("/api/send_sms?source=ada@example.com", "").await;
                let message = if status == 502 {
                    "邮件发送失败，请稍后再试！"
                } else {
                    "服务繁忙，请稍后再试！"
                };
                assert_eq!(answer.refusal(status), message, "{kind:?} of {operation}");
                app.stack.wire.heal();
                app.clock.advance(Duration::from_secs(600));
                app.log_in("ada@example.com").await;
            })
            .await;
        }
    }
}
