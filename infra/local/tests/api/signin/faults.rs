//! Every outside call of a sign-in fails, before and after its effect; and the function dies at every one of them. The
//! day is rewarded once in the end.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use testkit::{Fault, FaultKind};

use super::{AGAIN, check_rewards, sign_in};
use crate::app::TestApp;
use crate::sandbox::{Sandbox, request};

/// More calls than a sign-in makes.
const CALLS_MAX: usize = 10;

/// The n-th call fails so that the tries of the SDK or our own mend it: the person notices nothing.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for kind in kinds {
        TestApp::run(async |app| {
            let mut struck = 0;
            for nth in 1..=CALLS_MAX {
                let ada = app.log_in(&format!("ada{nth}@example.com")).await;
                // So that the settings are read again.
                app.clock.advance(Duration::from_secs(6));
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = sign_in(app, &ada).await;
                app.stack.wire.heal();
                assert_eq!(answer.status, 200, "{kind:?} at call {nth}: {}", answer.text());
                check_rewards(&ada, 1).await;
                if fault.hits() == 0 {
                    break;
                }
                struck += 1;
            }
            // The user and the settings side by side, then the transaction, which is the one write.
            assert_eq!(struck, if kind == FaultKind::Conflict { 1 } else { 3 }, "{kind:?}");
        })
        .await;
    }
}

/// The transaction lands, all tries of the SDK lose its answer, and our own look finds it done.
#[tokio::test]
async fn a_lost_answer_of_our_own_is_a_success() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let fault = app.stack.wire.plan(Fault::new(FaultKind::FailAfter).on("TransactWriteItems").lasting());
        assert_eq!(sign_in(app, &ada).await.envelope()["message"], "签到成功 +3积分");
        assert!(fault.hits() > 1);
        check_rewards(&ada, 1).await;
    })
    .await;
}

/// The n-th call and all after it fail: the person is told, and a later try leads to one reward.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_the_books_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| (1..=3).map(move |nth| (kind, nth)));
    // Side by side, because most of it is waiting between tries.
    join_all(cases.map(async |(kind, nth)| {
        TestApp::run(async |app| {
            let at = format!("{kind:?} from call {nth} on");
            let ada = app.log_in("ada@example.com").await;
            app.clock.advance(Duration::from_secs(6));
            let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = sign_in(app, &ada).await;
            assert!(fault.hits() > 0, "{at}");
            app.stack.wire.heal();
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
            signs_in_at_last(app, &at).await;
        })
        .await;
    }))
    .await;
}

/// The function dies before and after each of its calls.
#[tokio::test]
async fn a_kill_at_every_boundary_leaves_one_reward() {
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        let mut points = 0;
        for nth in 1..=CALLS_MAX {
            let mut hit = false;
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                let sandbox = Sandbox::of(app, "credits");
                let credits = sandbox.credits().await;
                app.clock.advance(Duration::from_secs(6));
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                tokio::select! {
                    () = fault.reached() => hit = true,
                    _ = credits(request("credits-post-signin", &ada.token, &Value::Null)) => return,
                }
                // A call beside the one that hangs may still land, as it would while Lambda ends a sandbox.
                tokio::time::sleep(Duration::from_millis(50)).await;
                sandbox.kill();
                app.check_books().await;
                signs_in_at_last(app, &format!("{kind:?} at call {nth}")).await;
            })
            .await;
            if !hit {
                break;
            }
            points += 1;
        }
        assert_eq!(points, 3, "{kind:?}");
    }
}

/// Ada tries again: either she has the reward, or she gets it now.
async fn signs_in_at_last(app: &TestApp, at: &str) {
    let ada = app.log_in("ada@example.com").await;
    let signed = ada.info().await["is_signin"] == 1;
    check_rewards(&ada, usize::from(signed)).await;
    let answer = sign_in(app, &ada).await;
    if signed {
        assert_eq!(answer.refusal(409), AGAIN, "{at}");
    } else {
        assert_eq!(answer.status, 200, "{at}");
    }
    check_rewards(&ada, 1).await;
}
