//! Every call of an administrator's write fails, before and after its effect.

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use super::{ADA, accounts, delete, item, ledger, put};
use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

/// More calls than a write makes.
const CALLS_MAX: usize = 20;
const NEW: &str = "lovelace@example.com";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Write {
    Create,
    /// Everything at once: the account, the role, the credits.
    Change,
    Delete,
}

const WRITES: [Write; 3] = [Write::Create, Write::Change, Write::Delete];

impl Write {
    async fn send(self, app: &TestApp, admin: &Person<'_>, ada: &Person<'_>) -> Answer {
        let body = json!({"account": NEW, "role": "administrator", "integral": 25, "nickname": "艾达"});
        match self {
            Self::Create => app.post("/api/admin/user", &admin.token, &body).await,
            Self::Change => put(app, admin, &ada.id, body).await,
            Self::Delete => delete(app, admin, &ada.id).await,
        }
    }

    /// Whether it has its effect, once; a half one is an error.
    async fn is_done(self, app: &TestApp, admin: &Person<'_>, ada: &Person<'_>, at: &str) -> bool {
        let adjusted = |amount: i64| (amount, "管理员调整".to_owned());
        let gift = (10, "注册奖励".to_owned());
        let (count, _) = accounts(app, admin, "").await;
        let new = app.users().into_iter().find(|user| user["account"] == NEW);
        match (self, new) {
            (Self::Create, Some(new)) => {
                assert_eq!((count, ledger(app, new["id"].as_str().unwrap())), (3, vec![adjusted(25)]), "{at}");
                true
            }
            (Self::Change, Some(new)) => {
                assert_eq!((&new["id"], &new["role"]), (&json!(ada.id), &json!("administrator")), "{at}");
                assert_eq!((count, ledger(app, &ada.id)), (2, vec![gift, adjusted(15)]), "{at}");
                true
            }
            (Self::Delete, None) if item(app, &ada.id).contains_key("gone") => {
                assert_eq!((count, ledger(app, &ada.id)), (1, vec![gift, (-10, "账号注销".to_owned())]), "{at}");
                true
            }
            _ => {
                assert_eq!((count, ledger(app, &ada.id)), (2, vec![gift]), "{at}");
                false
            }
        }
    }
}

/// The n-th call fails so that the tries of the SDK or our own mend it: the administrator notices nothing.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for (kind, write) in kinds.into_iter().flat_map(|kind| WRITES.map(|write| (kind, write))) {
        let mut struck = 0;
        for nth in 1..=CALLS_MAX {
            let mut hits = 0;
            TestApp::run(async |app| {
                let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
                let at = format!("{write:?}, {kind:?} at call {nth}");
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let answer = write.send(app, &admin, &ada).await;
                hits = fault.hits();
                app.stack.wire.heal();
                assert_eq!(answer.status, 200, "{at}: {}", answer.text());
                assert!(write.is_done(app, &admin, &ada, &at).await, "{at}");
            })
            .await;
            if hits == 0 {
                break;
            }
            struck += 1;
        }
        // Who calls, whom it is about, the transaction.
        let calls = if kind == FaultKind::Conflict { 1 } else { 3 - usize::from(write == Write::Create) };
        assert_eq!(struck, calls, "{write:?}, {kind:?}");
    }
}

/// The n-th call and all after it fail: the administrator is told, and what is done then is done once.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_the_books_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| WRITES.map(|write| (kind, write)));
    // Side by side, because most of it is waiting between tries.
    join_all(cases.map(async |(kind, write)| {
        for nth in 1..=CALLS_MAX {
            if !fails_lastingly(Fault::new(kind).nth(nth).lasting(), write).await {
                break;
            }
        }
        // Reads go through: what an earlier try did is recognised by them.
        fails_lastingly(Fault::new(kind).on("TransactWriteItems").lasting(), write).await;
        fails_lastingly(Fault::new(kind).on("TransactWriteItems").times(4), write).await;
    }))
    .await;
}

/// False when the fault struck nothing.
async fn fails_lastingly(fault: Fault, write: Write) -> bool {
    let mut hits = 0;
    TestApp::run(async |app| {
        let at = format!("{write:?}, {fault:?}");
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let planned = app.stack.wire.plan(fault.clone());
        let answer = write.send(app, &admin, &ada).await;
        hits = planned.hits();
        app.stack.wire.heal();
        let is_done = write.is_done(app, &admin, &ada, &at).await;
        if answer.status == 200 {
            assert!(is_done, "{at}");
        } else {
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{at}");
        }
        app.check_books().await;
        // The administrator tries again.
        let again = write.send(app, &admin, &ada).await;
        assert!(write.is_done(app, &admin, &ada, &at).await, "{at}");
        match (write, is_done) {
            (Write::Create, true) => assert_eq!(again.refusal(409), "账号已存在", "{at}"),
            (Write::Delete, _) => assert_eq!(again.data(), i32::from(!is_done), "{at}"),
            _ => _ = again.data(),
        }
    })
    .await;
    hits > 0
}
