mod calls;
mod csv;
mod fields;
mod replies;
mod slow;
mod views;

use std::time::Duration;

use bytes::Bytes;
use domain::limits::FRAME_BYTES_MAX;
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::frame::{Frames, heartbeat};
use tokio::time::Instant;

use crate::{Broken, Fields, Gone, StreamBody};

fn frames() -> Frames {
    Frames::new("chatcmpl-1", "e24c1448-16bf-482e-bff3-db1bb9e21b39", "gpt-3.5-turbo", "2026-01-01 08:00:00")
}

/// Reads a chunk as clients do: each network chunk alone, split at blank lines, each part parsed.
fn parse(chunk: &Bytes) -> Vec<Value> {
    let text = str::from_utf8(chunk).unwrap();
    assert!(text.is_ascii() && text.ends_with("\n\n"));
    text.split("\n\n").filter(|part| !part.is_empty()).map(|part| serde_json::from_str(part).unwrap()).collect()
}

proptest! {
    #[test]
    fn any_delta_comes_back_whole_from_small_frames(delta in "\\PC{0,600}|[\\x00-\\x1f😀中\"\\\\]{0,400}") {
        let written = frames().text(&delta);
        let mut read = String::new();
        for (chunk, said) in &written {
            prop_assert!(chunk.len() <= FRAME_BYTES_MAX);
            let parts = parse(chunk);
            prop_assert_eq!(parts.len(), 1);
            prop_assert_eq!(&parts[0]["segment"], "text");
            let content = parts[0]["content"].as_str().unwrap();
            prop_assert!(!content.is_empty());
            prop_assert_eq!(content, *said);
            read.push_str(content);
        }
        prop_assert_eq!(read, delta);
    }

    #[test]
    fn bodies_of_any_bytes_are_fields_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Fields::parse(&bytes);
    }
}

#[test]
fn a_frame_is_what_clients_read() {
    let stop = frames().stop(Some(&json!({"integral": 2})));
    assert_eq!(
        parse(&stop),
        [json!({"role": "assistant", "id": "chatcmpl-1", "parentMessageId": "e24c1448-16bf-482e-bff3-db1bb9e21b39",
            "content": "", "model": "gpt-3.5-turbo", "dateTime": "2026-01-01 08:00:00", "segment": "stop",
            "usage": {"integral": 2}})]
    );
    assert_eq!(parse(&frames().start())[0]["segment"], "start");
    assert!(parse(&heartbeat()).is_empty());
    let hostile = Frames::new("a\"b", "c", "模型\n\n", "d");
    assert_eq!(parse(&hostile.start())[0]["model"], "模型\n\n");
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

#[tokio::test]
async fn a_body_is_what_its_producer_sends() {
    let body = StreamBody::from_producer(|sender| async move {
        for part in ["a", "b", "c"] {
            sender.send(Bytes::from_static(part.as_bytes()), soon()).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(body.collect().await.unwrap().to_bytes(), "abc");
    assert_eq!(StreamBody::from_bytes(Bytes::from_static(b"x")).collect().await.unwrap().to_bytes(), "x");
}

/// Runs a producer of four chunks to its end, whatever becomes of its body, and returns what each send said.
async fn sends(use_body: impl FnOnce(StreamBody) -> Option<StreamBody>) -> Vec<Result<(), Gone>> {
    let (done, results) = tokio::sync::oneshot::channel();
    let body = StreamBody::from_producer(|sender| async move {
        let mut results = Vec::new();
        for _ in 0..4 {
            let deadline = Instant::now() + Duration::from_millis(20);
            results.push(sender.send(Bytes::from_static(b"x"), deadline).await);
        }
        let _ = done.send(results);
    });
    let kept = use_body(body);
    let results = tokio::time::timeout(Duration::from_secs(5), results).await.unwrap().unwrap();
    drop(kept);
    results
}

#[tokio::test]
async fn a_producer_comes_to_its_end_when_nobody_reads() {
    // The client stalls: the first chunk finds room, the others wait until their deadline.
    assert_eq!(sends(Some).await, [Ok(()), Err(Gone), Err(Gone), Err(Gone)]);
    // The client is gone.
    assert_eq!(sends(|_| None).await, [Err(Gone); 4]);
}

#[tokio::test]
async fn a_producer_that_panics_breaks_its_body() {
    let body = StreamBody::from_producer(|sender| async move {
        let _ = sender.send(Bytes::from_static(b"x"), soon()).await;
        panic!("a bug");
    });
    assert_eq!(body.collect().await.map(|_| ()), Err(Broken));
}

#[tokio::test]
async fn a_producer_that_cannot_finish_breaks_its_body_after_what_it_sent() {
    let mut body = StreamBody::from_fallible(|sender| async move {
        let _ = sender.send(Bytes::from_static(b"x"), soon()).await;
        Err(Broken)
    });
    let sent = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(sent, "x");
    assert_eq!(body.frame().await.unwrap().map(|_| ()), Err(Broken));
    let whole = StreamBody::from_fallible(|sender| async move {
        let _ = sender.send(Bytes::from_static(b"x"), soon()).await;
        Ok(())
    });
    assert_eq!(whole.collect().await.unwrap().to_bytes(), "x");
}
