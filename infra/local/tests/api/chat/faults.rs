//! Every outside call of a turn fails, before and after its effect; and the function dies at every one of them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use crate::app::{CONVERSATION, TestApp};
use crate::sandbox::Sandbox;

/// More calls than a turn makes.
const CALLS_MAX: usize = 20;
/// Two looks at a small balance, the history, the settlement.
const CALLS_OF_A_TURN: usize = 4;

/// The n-th call fails so that the SDK's own tries mend it: the person notices nothing.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    for kind in
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict]
    {
        let mut struck = 0;
        for nth in 1..=CALLS_MAX {
            let mut hits = 0;
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let turn = ada.chat("hi [[usage=100,50]]").await;
                assert_eq!((turn.cost(), turn.balance()), (2, 8), "{kind:?} at call {nth}");
                hits = fault.hits();
                assert_eq!(ada.credits().await, 8, "{kind:?} at call {nth}");
            })
            .await;
            if hits == 0 {
                break;
            }
            struck += 1;
        }
        assert!(struck >= 1, "{kind:?} struck nothing");
    }
}

/// The n-th call and all after it fail: the person gets an error or an answer, and the books agree afterwards.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_the_books_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| (1..=CALLS_OF_A_TURN).map(move |nth| (kind, nth)));
    // Side by side, because most of it is waiting: a settlement is tried for twenty seconds.
    let struck = join_all(cases.map(|(kind, nth)| fails_lastingly(kind, nth))).await;
    assert!(struck.into_iter().all(|struck| struck));
}

/// Whether the fault struck.
async fn fails_lastingly(kind: FaultKind, nth: usize) -> bool {
    let mut hits = 0;
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
        let answer = ada.ask("hi [[usage=100,50]]", json!({})).await;
        hits = fault.hits();
        app.stack.wire.heal();
        if answer.status == 200 {
            let text = answer.text();
            assert_eq!(text.matches("\"segment\":\"start\"").count(), 1, "{kind:?} from call {nth}");
            assert_eq!(text.matches("\"segment\":\"stop\"").count(), 1, "{kind:?} from call {nth}");
        } else {
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{kind:?} from call {nth}");
            assert!(answer.envelope()["request_id"].is_string());
        }
        app.recover().await;
        let credits = ada.credits().await;
        assert!(credits == 10 || (credits == 8 && answer.status == 200), "{kind:?} from call {nth}: {credits}");
    })
    .await;
    hits > 0
}

/// The function dies before and after each of its calls. After recovery nothing is charged for nothing delivered, and
/// whatever was charged has its row.
#[tokio::test]
async fn a_kill_at_every_boundary_leaves_the_books_right() {
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        let mut points = 0;
        for nth in 1..=CALLS_MAX {
            if !survives_a_kill(kind, nth).await {
                break;
            }
            points += 1;
        }
        assert_eq!(points, CALLS_OF_A_TURN, "{kind:?}");
    }
}

/// False when a turn makes fewer than `nth` calls.
async fn survives_a_kill(kind: FaultKind, nth: usize) -> bool {
    let mut hit = false;
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let sandbox = Sandbox::of(app, "chat");
        let chat = sandbox.chat().await;
        let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
        let body = json!({"prompt": "hi [[usage=100,50]]", "parentMessageId": CONVERSATION});
        tokio::select! {
            () = fault.reached() => hit = true,
            _ = chat(&ada.token, &body) => return,
        }
        // A call beside the one that hangs may still land, as it would while Lambda ends a sandbox.
        tokio::time::sleep(Duration::from_millis(50)).await;
        sandbox.kill();
        app.check_books().await;
        let credits = ada.credits().await;
        let (rows, statement) = ada.statement().await;
        assert!(matches!((credits, rows), (10, 1) | (8, 2)), "{kind:?} at call {nth}: {credits}, {statement:?}");
        // The person can go on, at the full balance.
        assert_eq!(ada.chat("hi [[usage=100,50]]").await.balance(), credits - 2);
    })
    .await;
    hit
}

/// The function dies while the upstream speaks, before and after the first word.
#[tokio::test]
async fn a_kill_in_mid_answer_gives_the_reservation_back() {
    for prompt in ["hi [[hang=0]]", "hi [[hang=2]]"] {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            let sandbox = Sandbox::of(app, "chat");
            let turn = (sandbox.chat().await)(&ada.token, &json!({"prompt": prompt}));
            app.stack.upstream.reached(1).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert!(!turn.is_finished(), "the answer hangs");
            sandbox.kill();
            assert_eq!(app.stack.upstream.count(), 1);
            assert_eq!(ada.credits().await, 10, "what is set aside still belongs to the person");
            // The person's own next request gives it back, without the janitor.
            app.clock.advance(Duration::from_secs(16 * 60));
            assert_eq!(ada.chat("hi [[usage=100,50]]").await.balance(), 8);
        })
        .await;
    }
}
