//! Every outside call fails, before and after its effect; and the function dies at every one of them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use super::{Completion, Stream, ask, key_of, question};
use crate::app::TestApp;
use crate::sandbox::Sandbox;

/// More calls than an answer makes.
const CALLS_MAX: usize = 20;
/// Two looks at a small balance, the settlement.
const CALLS_OF_AN_ANSWER: usize = 3;
const PROMPT: &str = "hi [[usage=100,50]]";

/// The n-th call fails so that the SDK's own tries mend it: the program notices nothing.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for (kind, stream) in kinds.into_iter().flat_map(|kind| [(kind, true), (kind, false)]) {
        let mut struck = 0;
        for nth in 1..=CALLS_MAX {
            let mut hits = 0;
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                let key = key_of(&ada, json!({"limit": 100})).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = ask(app, &key, PROMPT, json!({"stream": stream})).await;
                hits = fault.hits();
                let is_whole =
                    if stream { Stream::read(&answer).is_done } else { !Completion::read(&answer).text.is_empty() };
                assert!(is_whole, "{kind:?} at call {nth}");
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

/// The n-th call and all after it fail: the program gets an error or an answer, and the books agree afterwards.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_the_books_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| (1..=CALLS_OF_AN_ANSWER).map(move |nth| (kind, nth)));
    let cases = cases.flat_map(|(kind, nth)| [true, false].map(|stream| fails_lastingly(kind, nth, stream)));
    // Side by side, because most of it is waiting: a settlement is tried for twenty seconds.
    assert!(join_all(cases).await.into_iter().all(|struck| struck));
}

/// Whether the fault struck.
async fn fails_lastingly(kind: FaultKind, nth: usize, stream: bool) -> bool {
    let mut hits = 0;
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({"limit": 100})).await;
        let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
        let answer = ask(app, &key, PROMPT, json!({"stream": stream})).await;
        hits = fault.hits();
        app.stack.wire.heal();
        let case = format!("{kind:?} from call {nth}, streamed: {stream}");
        if answer.status != 200 {
            assert_eq!(super::error(&answer, 503).1, "服务繁忙，请稍后再试！", "{case}");
        } else if stream {
            assert!(Stream::read(&answer).is_done, "{case}");
        }
        app.recover().await;
        let credits = ada.credits().await;
        assert!(credits == 10 || (credits == 8 && answer.status == 200), "{case}: {credits}");
    })
    .await;
    hits > 0
}

/// The function dies before and after each of its calls. After recovery nothing is charged for nothing delivered, and
/// whatever was charged has its row.
#[tokio::test]
async fn a_kill_at_every_boundary_leaves_the_books_right() {
    for (kind, stream) in
        [FaultKind::HangBefore, FaultKind::HangAfter].into_iter().flat_map(|kind| [(kind, true), (kind, false)])
    {
        let mut points = 0;
        for nth in 1..=CALLS_MAX {
            if !survives_a_kill(kind, nth, stream).await {
                break;
            }
            points += 1;
        }
        assert_eq!(points, CALLS_OF_AN_ANSWER, "{kind:?}, streamed: {stream}");
    }
}

/// False when an answer makes fewer than `nth` calls.
async fn survives_a_kill(kind: FaultKind, nth: usize, stream: bool) -> bool {
    let mut hit = false;
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = key_of(&ada, json!({"limit": 100})).await;
        let sandbox = Sandbox::of(app, "chat");
        let chat = sandbox.completions().await;
        let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
        tokio::select! {
            () = fault.reached() => hit = true,
            _ = chat(&key, &question(PROMPT, &json!({"stream": stream}))) => return,
        }
        // A call beside the one that hangs may still land, as it would while Lambda ends a sandbox.
        tokio::time::sleep(Duration::from_millis(50)).await;
        sandbox.kill();
        app.check_books().await;
        let (credits, rows) = (ada.credits().await, ada.statement().await.0);
        assert!(matches!((credits, rows), (10, 1) | (8, 2)), "{kind:?} at call {nth}: {credits}, {rows} rows");
        // The program can go on, at the full balance and with the full room of its key.
        assert_eq!(ask(app, &key, PROMPT, json!({})).await.status, 200);
        assert_eq!(ada.credits().await, credits - 2);
    })
    .await;
    hit
}
