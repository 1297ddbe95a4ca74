//! Every call of what administrators do with codes fails, before and after its effect; and the function dies at every
//! one of them.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use testkit::{Fault, FaultKind};

use super::{Function, ROUTE, batch, check, credits, delete, list, make_as, redeem};
use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

/// More calls than any deed makes.
const CALLS_MAX: usize = 20;
/// Codes that one transaction makes or moves, and that need two.
const ONE_CHUNK: u32 = 2;
const TWO_CHUNKS: u32 = 98;
/// Products that run side by side.
const SIDE_BY_SIDE: usize = 16;

/// What an administrator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Make,
    Delete,
    Void,
}

const DEEDS: [Deed; 3] = [Deed::Make, Deed::Delete, Deed::Void];

impl Deed {
    /// Codes of a batch to do it to in all its steps.
    const fn codes(self) -> u32 {
        if let Self::Delete = self { ONE_CHUNK } else { TWO_CHUNKS }
    }

    const fn calls(self, codes: u32) -> usize {
        let chunks = if codes == ONE_CHUNK { 1 } else { 2 };
        match self {
            // Who it is, the transactions.
            Self::Make => 1 + chunks,
            // Who it is, three lists, the code, the transaction.
            Self::Delete => 6,
            // Who it is, the mark, the list and the batch, the transactions, the end of the mark.
            Self::Void => 5 + chunks,
        }
    }

    const fn event(self) -> &'static str {
        match self {
            Self::Make => "credits-post-admin_carmi",
            Self::Delete => "credits-delete-admin_carmi_id",
            Self::Void => "credits-delete-admin_carmi_batch_id",
        }
    }

    fn body(self, codes: u32) -> Value {
        if self == Self::Make { credits(codes, 5) } else { Value::Null }
    }
}

/// A batch to do a deed to; making makes another one.
struct Scene<'a> {
    app: &'a TestApp,
    admin: &'a Person<'a>,
    ada: &'a Person<'a>,
    deed: Deed,
    size: u32,
    rows: Vec<Value>,
}

/// The two who take part.
async fn people(app: &TestApp) -> [Person<'_>; 2] {
    [app.log_in(ADMIN).await, app.log_in("ada@example.com").await]
}

impl<'a> Scene<'a> {
    async fn set(app: &'a TestApp, [admin, ada]: &'a [Person<'a>; 2], deed: Deed, size: u32) -> Self {
        let rows = if deed == Deed::Make { Vec::new() } else { make_as(app, admin, &credits(size, 5)).await };
        app.clock.advance(Duration::from_secs(1));
        Self { app, admin, ada, deed, size, rows }
    }

    fn id(&self) -> &str {
        match self.deed {
            Deed::Make => "",
            Deed::Delete => self.rows[0]["id"].as_str().unwrap(),
            Deed::Void => self.rows[0]["batch_id"].as_str().unwrap(),
        }
    }

    async fn perform(&self) -> Answer {
        match self.deed {
            Deed::Make => self.app.post(ROUTE, &self.admin.token, &self.deed.body(self.size)).await,
            Deed::Delete => delete(self.app, self.admin, &format!("/{}", self.id())).await,
            Deed::Void => delete(self.app, self.admin, &format!("/batch/{}", self.id())).await,
        }
    }

    /// The codes of a batch, all and by status.
    async fn codes(&self, batch: &Value) -> [u64; 4] {
        let query = format!("?batch={}", batch.as_str().unwrap());
        let mut counts = [list(self.app, self.admin, &query).await.0, 0, 0, 0];
        for status in 0..3 {
            counts[status + 1] = list(self.app, self.admin, &format!("{query}&status={status}")).await.0;
        }
        counts
    }

    /// It was done as if nothing had happened.
    async fn is_done(&self, answer: &Answer, at: &str) {
        assert_eq!(answer.status, 200, "{at}: {}", answer.text());
        let (data, all) = (answer.data(), u64::from(self.size));
        match self.deed {
            Deed::Make => assert_eq!(self.codes(&data[0]["batch_id"]).await, [all, all, 0, 0], "{at}"),
            Deed::Delete => {
                assert_eq!(data, 1, "{at}");
                assert_eq!(self.codes(&self.rows[0]["batch_id"]).await, [all - 1, all - 1, 0, 0], "{at}");
            }
            Deed::Void => {
                assert_eq!(data, all, "{at}");
                assert_eq!(self.codes(&self.rows[0]["batch_id"]).await, [all, 0, 0, all], "{at}");
            }
        }
    }

    /// Whatever was done, it was done in whole steps, and can be done to its end.
    async fn goes_on(&self, at: &str) {
        let all = u64::from(self.size);
        match self.deed {
            Deed::Make => {
                let newest = batch(self.app, self.admin).await;
                if newest.is_null() {
                    return;
                }
                let (count, rows) =
                    list(self.app, self.admin, &format!("?batch={}", newest["id"].as_str().unwrap())).await;
                assert_eq!(newest["count"], count, "{at}");
                let key = rows[0]["key"].as_str().unwrap();
                assert_ne!(redeem(self.app, self.ada, key).await.status, 400, "{at}: what was made is good");
            }
            Deed::Delete => {
                assert_eq!(self.perform().await.status, 200, "{at}");
                assert_eq!(self.codes(&self.rows[0]["batch_id"]).await, [all - 1, all - 1, 0, 0], "{at}");
            }
            Deed::Void => {
                check(self.app, self.admin).await;
                assert_eq!(self.perform().await.status, 200, "{at}");
                assert_eq!(self.codes(&self.rows[0]["batch_id"]).await, [all, 0, 0, all], "{at}");
                let key = self.rows[0]["key"].as_str().unwrap();
                assert_eq!(redeem(self.app, self.ada, key).await.refusal(400), "卡密已过期", "{at}");
            }
        }
    }
}

/// The n-th call fails so that the tries of the SDK or our own mend it: nobody notices.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for (deed, kind) in DEEDS.into_iter().flat_map(|deed| kinds.map(|kind| (deed, kind))) {
        TestApp::run(async |app| {
            let people = people(app).await;
            let mut struck = 0;
            for nth in 1..=CALLS_MAX {
                let scene = Scene::set(app, &people, deed, ONE_CHUNK).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = scene.perform().await;
                app.stack.wire.heal();
                scene.is_done(&answer, &format!("{deed:?}, {kind:?} at call {nth}")).await;
                if fault.hits() == 0 {
                    break;
                }
                struck += 1;
            }
            let writes = [1, 1, 3][deed as usize];
            let calls = if kind == FaultKind::Conflict { writes } else { deed.calls(ONE_CHUNK) };
            assert_eq!(struck, calls, "{deed:?}, {kind:?}");
        })
        .await;
    }
}

/// The n-th call and all after it fail: the administrator is told, the books agree, and it can be done to its end.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_whole_steps() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter];
    let cases = DEEDS.into_iter().flat_map(|deed| kinds.map(|kind| (deed, kind)));
    let cases = cases.flat_map(|(deed, kind)| (1..=deed.calls(deed.codes())).map(move |nth| (deed, kind, nth)));
    // Side by side, because most of it is waiting between tries.
    let runs = stream::iter(cases).map(async |(deed, kind, nth)| {
        TestApp::run(async |app| {
            let at = format!("{deed:?}, {kind:?} from call {nth} on");
            let people = people(app).await;
            let scene = Scene::set(app, &people, deed, deed.codes()).await;
            app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = scene.perform().await;
            app.stack.wire.heal();
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
            scene.goes_on(&at).await;
        })
        .await;
    });
    runs.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
}

/// The function dies before and after each of its calls.
#[tokio::test]
async fn a_kill_at_every_boundary_leaves_whole_steps() {
    let kinds = [FaultKind::HangBefore, FaultKind::HangAfter];
    for (deed, kind) in DEEDS.into_iter().flat_map(|deed| kinds.map(|kind| (deed, kind))) {
        TestApp::run(async |app| {
            let people = people(app).await;
            let mut points = 0;
            for nth in 1..=CALLS_MAX {
                let scene = Scene::set(app, &people, deed, deed.codes()).await;
                let function = Function::start(app).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let body = deed.body(scene.size);
                let hit = function.dies(deed.event(), &people[0].token, scene.id(), &body, &fault).await;
                app.stack.wire.heal();
                app.check_books().await;
                scene.goes_on(&format!("{deed:?}, {kind:?} at call {nth}")).await;
                if !hit {
                    break;
                }
                points += 1;
            }
            assert_eq!(points, deed.calls(deed.codes()), "{deed:?}, {kind:?}");
        })
        .await;
    }
}
