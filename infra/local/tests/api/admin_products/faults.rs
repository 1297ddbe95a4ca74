//! Every call of a change fails, before and after its effect: it is done once, or not at all and said so.

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use testkit::{Fault, FaultKind};

use super::{PATH, delete, list, makes};
use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;
use crate::shop::product;

/// More calls than a request makes.
const CALLS_MAX: usize = 12;
/// Who it is, what is there, the transaction; the first two of a new product side by side.
const CALLS: usize = 3;
/// Products that run side by side: most of it is waiting between tries, and what starts must not starve.
const SIDE_BY_SIDE: usize = 6;

#[derive(Clone, Copy, Debug)]
enum Deed {
    Make,
    Change,
    Delete,
}

const DEEDS: [Deed; 3] = [Deed::Make, Deed::Change, Deed::Delete];

impl Deed {
    async fn perform(self, app: &TestApp, token: &str, id: &str) -> Answer {
        match self {
            Self::Make => app.post(PATH, token, &product()).await,
            Self::Change => app.put(PATH, token, &json!({"id": id, "price": 8})).await,
            Self::Delete => app.send(hyper::Method::DELETE, &format!("{PATH}/{id}"), token, "").await,
        }
    }

    /// Count and price of the products once it is done, where there was the usual one.
    const fn outcome(self) -> (u64, Option<i64>) {
        match self {
            Self::Make => (2, Some(1000)),
            Self::Change => (1, Some(8)),
            Self::Delete => (0, None),
        }
    }
}

async fn outcome(app: &TestApp, admin: &Person<'_>) -> (u64, Option<i64>) {
    let data = list(app, admin).await;
    (data["count"].as_u64().unwrap(), data["rows"][0]["price"].as_i64())
}

#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    let cases = DEEDS.into_iter().flat_map(|deed| kinds.map(|kind| (deed, kind)));
    let runs = stream::iter(cases).map(async |(deed, kind)| {
        let mut struck = 0;
        for nth in 1..=CALLS_MAX {
            let mut hits = 0;
            TestApp::run(async |app| {
                let at = format!("{deed:?}, {kind:?} at call {nth}");
                let admin = app.log_in(ADMIN).await;
                let row = makes(app, &admin).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = deed.perform(app, &admin.token, row["id"].as_str().unwrap()).await;
                hits = fault.hits();
                app.stack.wire.heal();
                let data = answer.data();
                match deed {
                    Deed::Make => assert_eq!(data["price"], 1000, "{at}"),
                    Deed::Change => assert_eq!(data[0]["price"], 8, "{at}"),
                    Deed::Delete => assert_eq!(data, 1, "{at}"),
                }
                assert_eq!(outcome(app, &admin).await, deed.outcome(), "{at}");
            })
            .await;
            if hits == 0 {
                break;
            }
            struck += 1;
        }
        assert_eq!(struck, if kind == FaultKind::Conflict { 1 } else { CALLS }, "{deed:?}, {kind:?}");
    });
    runs.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
}

/// From one call on all fail: the administrator is told, and what is there is whole.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_does_it_once_or_not_at_all() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = DEEDS.into_iter().flat_map(|deed| kinds.map(|kind| (deed, kind)));
    let cases = cases.flat_map(|(deed, kind)| (1..=CALLS).map(move |nth| (deed, kind, nth)));
    let runs = stream::iter(cases).map(async |(deed, kind, nth)| {
        TestApp::run(async |app| {
            let at = format!("{deed:?}, {kind:?} from call {nth} on");
            let admin = app.log_in(ADMIN).await;
            let row = makes(app, &admin).await;
            let id = row["id"].as_str().unwrap();
            app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = deed.perform(app, &admin.token, id).await;
            app.stack.wire.heal();
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
            let found = outcome(app, &admin).await;
            let is_done = found == deed.outcome();
            assert!(is_done || found == (1, Some(1000)), "{at}: {found:?}");
            assert!(!is_done || (kind == FaultKind::FailAfter && nth == CALLS), "{at}: done by what failed");
            if let Deed::Delete = deed {
                assert_eq!(delete(app, &admin, id).await.data(), u8::from(!is_done), "{at}");
            }
        })
        .await;
    });
    runs.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
}
