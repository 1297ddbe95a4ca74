//! Every call of a redemption fails, before and after its effect; and the function dies at every one of them.

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use crate::app::{Person, TestApp};
use crate::carmi::{Function, one_code, redeem};

/// More calls than a redemption makes.
const CALLS_MAX: usize = 20;
/// The user, the limits, the code, the transaction.
const CALLS: usize = 4;

/// Paid once, or not at all.
async fn check(person: &Person<'_>, paid: bool, at: &str) {
    let expected = if paid { (35, 2) } else { (10, 1) };
    assert_eq!((person.credits().await, person.statement().await.0), expected, "{at}");
}

/// The n-th call fails so that the tries of the SDK or our own mend it: the person notices nothing.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    for kind in
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict]
    {
        let mut struck = 0;
        for nth in 1..=CALLS_MAX {
            let mut hits = 0;
            TestApp::run(async |app| {
                let at = format!("{kind:?} at call {nth}");
                let (ada, key) = (app.log_in("ada@example.com").await, one_code(app, 25).await);
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = redeem(app, &ada, &key).await;
                hits = fault.hits();
                app.stack.wire.heal();
                assert_eq!(answer.status, 200, "{at}: {}", answer.text());
                check(&ada, true, &at).await;
            })
            .await;
            if hits == 0 {
                break;
            }
            struck += 1;
        }
        assert_eq!(struck, if kind == FaultKind::Conflict { 1 } else { CALLS }, "{kind:?}");
    }
}

/// All tries of the SDK lose their answers, and then the table is back: our own try before is recognised.
#[tokio::test]
async fn a_try_whose_answer_was_lost_is_known_again() {
    for times in 1..=6 {
        TestApp::run(async |app| {
            let (ada, key) = (app.log_in("ada@example.com").await, one_code(app, 25).await);
            app.stack.wire.plan(Fault::new(FaultKind::FailAfter).on("TransactWriteItems").times(times));
            let answer = redeem(app, &ada, &key).await;
            assert_eq!(answer.status, 200, "{times}: {}", answer.text());
            check(&ada, true, &format!("{times} answers lost")).await;
            app.stack.wire.heal();
            assert_eq!(redeem(app, &ada, &key).await.refusal(409), "卡密已被使用", "another request is another wish");
        })
        .await;
    }
}

/// The n-th call and all after it fail: the person is told, has it once or not at all, and can try again.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_the_books_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| (1..=CALLS).map(move |nth| (kind, nth)));
    // Side by side, because most of it is waiting between tries.
    join_all(cases.map(async |(kind, nth)| {
        TestApp::run(async |app| {
            let at = format!("{kind:?} from call {nth} on");
            let (ada, key) = (app.log_in("ada@example.com").await, one_code(app, 25).await);
            let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = redeem(app, &ada, &key).await;
            assert!(fault.hits() > 0, "{at}");
            app.stack.wire.heal();
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
            let paid = ada.credits().await == 35;
            check(&ada, paid, &at).await;
            let again = redeem(app, &ada, &key).await;
            assert_eq!(again.status, if paid { 409 } else { 200 }, "{at}");
            check(&ada, true, &at).await;
        })
        .await;
    }))
    .await;
}

/// The function dies before and after each of its calls.
#[tokio::test]
async fn a_kill_at_every_boundary_pays_once_or_not_at_all() {
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        let mut points = 0;
        for nth in 1..=CALLS_MAX {
            let mut hit = false;
            TestApp::run(async |app| {
                let at = format!("{kind:?} at call {nth}");
                let (ada, key) = (app.log_in("ada@example.com").await, one_code(app, 25).await);
                let function = Function::start(app).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                hit = function.dies("credits-post-use_carmi", &ada.token, "", &json!({"carmi": key}), &fault).await;
                app.stack.wire.heal();
                app.check_books().await;
                let paid = ada.credits().await == 35;
                check(&ada, paid, &at).await;
                let again = redeem(app, &ada, &key).await;
                assert_eq!(again.status, if paid { 409 } else { 200 }, "{at}");
                check(&ada, true, &at).await;
            })
            .await;
            if !hit {
                break;
            }
            points += 1;
        }
        assert_eq!(points, CALLS, "{kind:?}");
    }
}

/// A ban, or the end of the session, that lands just before the transaction wins.
#[tokio::test]
async fn an_ended_session_redeems_nothing() {
    for ban in [true, false] {
        TestApp::run(async |app| {
            let (ada, key) = (app.log_in("ada@example.com").await, one_code(app, 25).await);
            let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
            let (late, ()) = tokio::join!(redeem(app, &ada, &key), async {
                held.reached().await;
                if ban {
                    app.ban(&ada);
                } else {
                    app.post("/api/logout", &ada.token, &json!({})).await.data();
                }
                held.release();
            });
            assert_eq!(late.refusal(401), "请登陆");
            let user = app.users().into_iter().find(|user| user["account"] == "ada@example.com").unwrap();
            assert_eq!((&user["balance"], &user["rows"]), (&json!(10), &json!(1)));
        })
        .await;
    }
}
