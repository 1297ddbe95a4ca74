//! Reads that fail in the middle: what does not come whole never looks whole.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use testkit::{Fault, FaultKind};

use super::site;
use crate::app::{Person, TestApp};

/// An answer, and whether its connection broke off.
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) text: String,
    pub(super) is_broken: bool,
}

impl Got {
    /// Whether its reader takes it for whole, by the rule that the interface gives.
    pub(super) fn is_whole(&self) -> bool {
        let last = self.text.lines().last().unwrap_or_default();
        last.starts_with("{\"end\":true,") || last.starts_with("end,")
    }
}

/// Asks as a client that takes what it gets.
pub(super) async fn got(app: &TestApp, admin: &Person<'_>, target: &str) -> Got {
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::get(format!("{}/api/admin/export/{target}", app.stack.url()));
    let request = request.header("token", &admin.token).body(Empty::new()).unwrap();
    let answer = client.request(request).await.unwrap();
    let (head, mut body) = answer.into_parts();
    let (mut bytes, mut is_broken) = (Vec::new(), false);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            is_broken = true;
            break;
        };
        bytes.extend_from_slice(&frame.into_data().unwrap());
    }
    Got { status: head.status.as_u16(), text: String::from_utf8_lossy(&bytes).into_owned(), is_broken }
}

/// Each call of each export fails for good, one after the other.
#[tokio::test]
async fn a_file_whose_reads_fail_breaks_off_without_its_last_line() {
    for kind in [FaultKind::FailBefore, FaultKind::Http500] {
        TestApp::run(async |app| {
            let (admin, _) = site(app).await;
            for target in ["all", "orders?format=csv", "token"] {
                let (mut nth, mut refused, mut cut) = (0, 0, 0);
                loop {
                    nth += 1;
                    let planned = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
                    let got = got(app, &admin, target).await;
                    let hits = planned.hits();
                    app.stack.wire.heal();
                    if hits == 0 {
                        assert!(got.status == 200 && got.is_whole() && !got.is_broken, "{target}: {}", got.text);
                        break;
                    }
                    assert!(!got.is_whole(), "{target}, call {nth} fails: {}", got.text);
                    if got.status == 200 {
                        assert!(got.is_broken, "{target}, call {nth} fails");
                        cut += 1;
                    } else {
                        assert!(got.status >= 500, "{target}, call {nth} fails: {}", got.status);
                        refused += 1;
                    }
                }
                println!("{target}: {refused} refused, {cut} cut off");
                assert!(refused >= 2 && cut >= 2, "{target}: {refused}, {cut}");
            }
        })
        .await;
    }
}

/// The SDK's tries mend what passes.
#[tokio::test]
async fn one_failure_of_any_call_does_no_harm() {
    TestApp::run(async |app| {
        let (admin, _) = site(app).await;
        for nth in 1..=60 {
            let planned = app.stack.wire.plan(Fault::new(FaultKind::FailAfter).nth(nth));
            let got = got(app, &admin, "all").await;
            let hits = planned.hits();
            app.stack.wire.heal();
            assert!(got.status == 200 && got.is_whole() && !got.is_broken, "call {nth}: {} {}", got.status, got.text);
            if hits == 0 {
                println!("{} calls", nth - 1);
                return;
            }
        }
        panic!("more calls than expected");
    })
    .await;
}
