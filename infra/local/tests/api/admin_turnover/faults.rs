//! Every outside call of a correction and of a removal fails, before and after its effect; and the function dies at every
//! one of them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use super::{correct, hide, page, row_ids};
use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;
use crate::sandbox::{Sandbox, request, request_for};

/// More calls than either makes.
const CALLS_MAX: usize = 10;
/// The administrator, the row's place, the row, the transaction.
const CALLS: usize = 4;

/// What an administrator does to Ada's only row.
#[derive(Clone, Copy, Debug)]
enum Act {
    Correct,
    Hide,
}

const ACTS: [Act; 2] = [Act::Correct, Act::Hide];

impl Act {
    async fn on(self, app: &TestApp, admin: &Person<'_>, id: &str) -> Answer {
        match self {
            Self::Correct => correct(app, admin, id, "注册赠送").await,
            Self::Hide => hide(app, admin, id).await,
        }
    }

    fn request(self, admin: &Person<'_>, id: &str) -> lambda_http::Request {
        match self {
            Self::Correct => {
                request("credits-put-admin_turnover", &admin.token, &json!({"id": id, "describe": "注册赠送"}))
            }
            Self::Hide => request_for("credits-delete-admin_turnover_id", &admin.token, id),
        }
    }

    /// It is done, once, and the credits are what they were.
    async fn check(self, app: &TestApp, admin: &Person<'_>, ada: &Person<'_>, at: &str) {
        let (count, rows) = ada.statement().await;
        let everybodys = page(app, admin, &format!("?user_id={}", ada.id)).await["count"].clone();
        match self {
            Self::Correct => {
                assert_eq!(rows, [("10积分".to_owned(), "注册赠送".to_owned())], "{at}");
                let row = app.table().into_iter().find(|item| item.contains_key("corrections")).expect("the row");
                assert_eq!(row["corrections"].as_array().unwrap().len(), 1, "{at}");
            }
            Self::Hide => assert_eq!((count, everybodys), (0, json!(0)), "{at}"),
        }
        assert_eq!(ada.credits().await, 10, "{at}");
    }
}

/// The n-th call fails so that the tries of the SDK or our own mend it: the administrator notices nothing.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for (kind, act) in kinds.into_iter().flat_map(|kind| ACTS.map(|act| (kind, act))) {
        let mut struck = 0;
        for nth in 1..=CALLS_MAX {
            let mut hits = 0;
            TestApp::run(async |app| {
                let at = format!("{act:?}: {kind:?} at call {nth}");
                let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
                let id = row_ids(app, &ada).await.remove(0);
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = act.on(app, &admin, &id).await;
                hits = fault.hits();
                app.stack.wire.heal();
                let data = answer.data();
                assert!(data == 1 || data[0]["describe"] == "注册赠送", "{at}: {data}");
                act.check(app, &admin, &ada, &at).await;
            })
            .await;
            if hits == 0 {
                break;
            }
            struck += 1;
        }
        assert_eq!(struck, if kind == FaultKind::Conflict { 1 } else { CALLS }, "{act:?}: {kind:?}");
    }
}

/// The transaction lands, all tries of the SDK lose its answer, and our own look finds it done.
#[tokio::test]
async fn a_lost_answer_of_our_own_is_a_success() {
    for act in ACTS {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let id = row_ids(app, &ada).await.remove(0);
            app.stack.wire.plan(Fault::new(FaultKind::FailAfter).on("TransactWriteItems").lasting());
            let data = act.on(app, &admin, &id).await.data();
            assert!(data == 1 || data[0]["describe"] == "注册赠送", "{act:?}: {data}");
            app.stack.wire.heal();
            act.check(app, &admin, &ada, &format!("{act:?}")).await;
        })
        .await;
    }
}

/// The n-th call and all after it fail: the administrator is told, and doing it again has one effect.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_the_books_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| (1..=CALLS).flat_map(move |nth| ACTS.map(|act| (kind, nth, act))));
    // Side by side, because most of it is waiting between tries.
    join_all(cases.map(async |(kind, nth, act)| {
        TestApp::run(async |app| {
            let at = format!("{act:?}: {kind:?} from call {nth} on");
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let id = row_ids(app, &ada).await.remove(0);
            let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = act.on(app, &admin, &id).await;
            assert!(fault.hits() > 0, "{at}");
            app.stack.wire.heal();
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
            app.check_books().await;
            act.on(app, &admin, &id).await.data();
            act.check(app, &admin, &ada, &at).await;
        })
        .await;
    }))
    .await;
}

/// The function dies before and after each of its calls.
#[tokio::test]
async fn a_kill_at_every_boundary_leaves_the_books_right() {
    for (kind, act) in
        [FaultKind::HangBefore, FaultKind::HangAfter].into_iter().flat_map(|kind| ACTS.map(|a| (kind, a)))
    {
        let mut points = 0;
        for nth in 1..=CALLS_MAX {
            let mut hit = false;
            TestApp::run(async |app| {
                let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
                let id = row_ids(app, &ada).await.remove(0);
                let sandbox = Sandbox::of(app, "credits");
                let credits = sandbox.credits().await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                tokio::select! {
                    () = fault.reached() => hit = true,
                    _ = credits(act.request(&admin, &id)) => return,
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                sandbox.kill();
                app.check_books().await;
                act.on(app, &admin, &id).await.data();
                act.check(app, &admin, &ada, &format!("{act:?}: {kind:?} at call {nth}")).await;
            })
            .await;
            if !hit {
                break;
            }
            points += 1;
        }
        assert_eq!(points, CALLS, "{act:?}: {kind:?}");
    }
}
