//! Writes whose transactions fail, before and after their effect: there is a record if and only if something changed.

use futures_util::future::join_all;
use serde_json::Value;
use testkit::{Fault, FaultKind};

use super::routes::{method, recorded_writes};
use super::{Item, records};
use crate::app::{ADMIN, TestApp};
use crate::sweep;

/// Writes that stop between their transactions leave what the next look mends.
const SIDE_BY_SIDE: usize = 12;

/// All that a write is about: not the records and counts, nor what authentication leaves.
fn things(app: &TestApp) -> Vec<Item> {
    let is_thing = |item: &Item| {
        let pk = item["pk"].as_str().unwrap();
        !["audit#", "tally", "limit#", "code#"].iter().any(|other| pk.starts_with(other))
    };
    let mut things: Vec<Item> = app.table().into_iter().filter(is_thing).collect();
    things.sort_by_key(|item| format!("{} {}", item["pk"], item["sk"]));
    things
}

async fn check(route: &str, fault: Fault, is_passing: bool) {
    TestApp::run(async |app| {
        let at = format!("{route}, {fault:?}");
        app.log_in("ada@example.com").await;
        let admin = app.log_in(ADMIN).await;
        let (path, body) = sweep::request(app, route).await;
        let (before, old) = (things(app), records(app).len());
        let planned = app.stack.wire.plan(fault.clone().on("TransactWriteItems"));
        let answer = app.send(method(route), &path, &admin.token, &body).await;
        assert!(planned.hits() > 0, "{at}");
        app.stack.wire.heal();
        let (is_changed, new) = (things(app) != before, records(app).len() - old);
        assert_eq!(new, usize::from(is_changed), "{at}: {}", answer.text());
        if is_passing {
            assert_eq!((answer.status.as_u16(), new), (200, 1), "{at}: {}", answer.text());
            assert!(!matches!(answer.data(), Value::Number(count) if count == 0.into()), "{at}");
        }
    })
    .await;
}

async fn check_all(kinds: &[(FaultKind, usize)], is_passing: bool) {
    let routes = recorded_writes();
    let cases: Vec<(&str, Fault)> = routes
        .iter()
        .flat_map(|route| kinds.iter().map(move |(kind, times)| (route.as_str(), Fault::new(*kind).times(*times))))
        .collect();
    // Side by side, because most of it is waiting between tries.
    for some in cases.chunks(SIDE_BY_SIDE) {
        join_all(some.iter().map(|(route, fault)| check(route, fault.clone(), is_passing))).await;
    }
}

/// The tries of the SDK and our own mend it, and they are one write with one record. Four failures outlast the SDK's.
#[tokio::test]
async fn a_passing_failure_leaves_one_record() {
    check_all(&[(FaultKind::FailAfter, 1), (FaultKind::FailAfter, 4), (FaultKind::Conflict, 1)], true).await;
}

#[tokio::test]
async fn a_lasting_failure_leaves_a_record_if_and_only_if_it_left_its_effect() {
    check_all(&[(FaultKind::FailBefore, usize::MAX), (FaultKind::FailAfter, usize::MAX)], false).await;
}
