//! On a clock that moves when nothing else is to be done, so that a slow machine is none of a test's business.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{Error, Result};
use http::Response;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::calls::{call, event, v1_event};
use crate::slow::{Pace, answer_at};
use crate::{Reply, StreamBody};

/// Long enough for the work of a test, when it is quick.
const PATIENT: Pace = Pace { head: Duration::from_secs(20), blank: Duration::from_secs(20) };
/// Over before the work of a test, when it is slow.
const HASTY: Pace = Pace { head: Duration::from_millis(20), blank: Duration::from_millis(20) };

async fn quick(result: Result<Reply>) -> Response<StreamBody> {
    answer_at(call(&event()).answering(), async { result }, PATIENT).await
}

async fn slow(event: &Value, result: Result<Reply>) -> Response<StreamBody> {
    let work = async {
        tokio::time::sleep(Duration::from_millis(110)).await;
        result
    };
    answer_at(call(event).answering(), work, HASTY).await
}

async fn read(answer: Response<StreamBody>) -> String {
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_quick_result_has_its_own_status() {
    let done = quick(Reply::data(&json!(["a"]))).await;
    assert_eq!((done.status().as_u16(), &done.headers()["content-type"]), (200, &"application/json".parse().unwrap()));
    assert_eq!(read(done).await, r#"{"code":0,"data":["a"],"message":""}"#);
    let limited = quick(Err(Error::Limited { retry_after_seconds: 7 })).await;
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(serde_json::from_str::<Value>(&read(limited).await).unwrap()["code"], -1);
}

#[tokio::test(start_paused = true)]
async fn a_late_result_comes_behind_blanks() {
    let done = slow(&event(), Reply::data(&json!(["a"]))).await;
    assert_eq!((done.status().as_u16(), &done.headers()["content-type"]), (200, &"application/json".parse().unwrap()));
    let text = read(done).await;
    let blanks = text.len() - text.trim_start().len();
    assert_eq!(blanks, 5, "{text:?}");
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json!({"code": 0, "data": ["a"], "message": ""}));
}

#[tokio::test(start_paused = true)]
async fn a_late_refusal_is_told_by_the_body() {
    let refused = slow(&event(), Err(Error::no_credits())).await;
    assert_eq!(refused.status(), 200);
    assert_eq!(serde_json::from_str::<Value>(&read(refused).await).unwrap()["code"], -1);
    let refused = slow(&v1_event(), Err(Error::no_credits())).await;
    let body: Value = serde_json::from_str(&read(refused).await).unwrap();
    assert_eq!(body["error"]["code"], "insufficient_quota");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_500_before_the_head_and_a_broken_body_after_it() {
    let early = answer_at(call(&event()).answering(), async { panic!("a bug") }, PATIENT).await;
    assert_eq!(early.status(), 500);
    assert!(read(early).await.contains("系统错误"));
    let work = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        panic!("a bug")
    };
    let late = answer_at(call(&event()).answering(), work, HASTY).await;
    assert_eq!(late.status(), 200);
    assert!(late.into_body().collect().await.is_err());
}

/// Work of 50 ms, and whether it has come to its end.
fn watched() -> (impl Future<Output = Result<Reply>> + Send, Arc<AtomicBool>) {
    let done = Arc::new(AtomicBool::new(false));
    let is_done = Arc::clone(&done);
    let work = async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        done.store(true, Ordering::SeqCst);
        Reply::data(&1)
    };
    (work, is_done)
}

#[tokio::test(start_paused = true)]
async fn the_work_is_done_when_nobody_reads() {
    // Nobody waits for the head.
    let (work, is_done) = watched();
    let call = call(&event());
    let answer = answer_at(call.answering(), work, PATIENT);
    assert!(tokio::time::timeout(Duration::from_millis(1), answer).await.is_err());
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(is_done.load(Ordering::SeqCst));
    // The body is dropped, or kept and not read.
    for keeps in [true, false] {
        let (work, is_done) = watched();
        let answer = Some(answer_at(call.answering(), work, HASTY).await).filter(|_| keeps);
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert!(is_done.load(Ordering::SeqCst), "kept: {keeps}");
        drop(answer);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_at_once_has_its_status_too() {
    let refused = call(&event()).answer_whole(Err(Error::absent()));
    assert_eq!(
        (refused.status().as_u16(), refused.headers()["x-content-type-options"].as_bytes()),
        (404, &b"nosniff"[..])
    );
    assert!(read(refused).await.contains("数据不存在"));
    assert_eq!(read(call(&event()).answer_whole(Reply::json(&json!({"a": 1})))).await, r#"{"a":1}"#);
}
