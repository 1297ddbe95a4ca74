//! Every outside call of a registration and of a login fails, before and after its effect; and the function dies at
//! every one of them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{Person, TestApp};
use crate::sandbox::Sandbox;

const ADA: &str = "ada@example.com";
/// More calls than a login makes.
const CALLS_MAX: usize = 20;

/// Whether the account is there before the login that is struck.
const BEGINNINGS: [bool; 2] = [false, true];

/// A fresh code's login, with the account known or not.
async fn prepare(app: &TestApp, account: &str, known: bool) -> Value {
    if known {
        app.log_in(account).await;
    }
    let code = app.code_for(account).await;
    // So that the settings are read again, as by a function that has just started.
    app.clock.advance(Duration::from_secs(6));
    json!({"account": account, "code": code})
}

/// One account, one gift.
async fn check(app: &TestApp, person: &Person<'_>, at: &str) {
    assert!(person.is_in().await, "{at}");
    let users = app.users();
    assert_eq!(users.iter().filter(|user| user["account"] == person.account.as_str()).count(), 1, "{at}");
    assert_eq!(person.credits().await, 10, "{at}");
    assert_eq!(person.statement().await, (1, vec![("10积分".to_owned(), "注册奖励".to_owned())]), "{at}");
}

/// The n-th call fails so that the tries of the SDK or our own mend it: the person notices nothing.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for (kind, known) in kinds.into_iter().flat_map(|kind| BEGINNINGS.map(|known| (kind, known))) {
        TestApp::run(async |app| {
            let mut struck = 0;
            for nth in 1..=CALLS_MAX {
                let at = format!("{kind:?} at call {nth}, known: {known}");
                let account = format!("ada{nth}@example.com");
                let body = prepare(app, &account, known).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = app.post("/api/login", "", &body).await;
                app.stack.wire.heal();
                assert_eq!(answer.status, 200, "{at}: {}", answer.text());
                check(app, &app.person(&answer.data()), &at).await;
                assert_eq!(app.sessions(&account), 1 + usize::from(known), "{at}");
                if fault.hits() == 0 {
                    break;
                }
                struck += 1;
            }
            // The limit; the code's try, the codes and the account; the settings or the user; the transaction. Three are
            // writes.
            let calls = if kind == FaultKind::Conflict { 3 } else { 6 };
            assert_eq!(struck, calls, "{kind:?}, known: {known}");
        })
        .await;
    }
}

/// The n-th call and all after it fail: the person is told, the books agree, and the next code works.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_the_books_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| BEGINNINGS.map(|known| (kind, known)));
    // Side by side, because most of it is waiting between tries.
    join_all(cases.map(async |(kind, known)| {
        for nth in 1..=CALLS_MAX {
            if !fails_lastingly(kind, nth, known).await {
                break;
            }
        }
    }))
    .await;
}

/// False when a login makes fewer than `nth` calls.
async fn fails_lastingly(kind: FaultKind, nth: usize, known: bool) -> bool {
    let mut hits = 0;
    TestApp::run(async |app| {
        let at = format!("{kind:?} from call {nth} on, known: {known}");
        let body = prepare(app, ADA, known).await;
        let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
        let answer = app.post("/api/login", "", &body).await;
        hits = fault.hits();
        app.stack.wire.heal();
        if hits > 0 {
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
            let envelope = answer.envelope();
            assert_eq!(envelope["request_id"], answer.headers["x-request-id"].to_str().unwrap(), "{at}");
            assert!(!answer.text().contains(ADA), "{at}");
        }
        app.check_books().await;
        check(app, &app.log_in(ADA).await, &at).await;
    })
    .await;
    hits > 0
}

/// The function dies before and after each of its calls: afterwards a new code leads to one account with one gift.
#[tokio::test]
async fn a_kill_at_every_boundary_leaves_one_account_and_one_gift() {
    let kinds = [FaultKind::HangBefore, FaultKind::HangAfter];
    for (kind, known) in kinds.into_iter().flat_map(|kind| BEGINNINGS.map(|known| (kind, known))) {
        let mut points = 0;
        for nth in 1..=CALLS_MAX {
            let mut hit = false;
            TestApp::run(async |app| {
                let body = prepare(app, ADA, known).await;
                let sandbox = Sandbox::of(app, "auth");
                let login = sandbox.auth().await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                tokio::select! {
                    () = fault.reached() => hit = true,
                    _ = login("", &body) => return,
                }
                // A call beside the one that hangs may still land, as it would while Lambda ends a sandbox.
                tokio::time::sleep(Duration::from_millis(50)).await;
                sandbox.kill();
                app.check_books().await;
                check(app, &app.log_in(ADA).await, &format!("{kind:?} at call {nth}, known: {known}")).await;
            })
            .await;
            if !hit {
                break;
            }
            points += 1;
        }
        // The recorded event comes from another network than the code was asked for from: two more counts.
        assert_eq!(points, 8, "{kind:?}, known: {known}");
    }
}
