//! Whatever an upstream does, the stream is well formed and the charge is for what was delivered.

use std::time::Duration;

use domain::UpstreamId;
use serde_json::json;
use table::upstream_key::{self, UpstreamKey};

use crate::app::{TestApp, Turn};

/// Every turn that the harness reads is checked for its form: one `start`, texts, one `stop`, whole small ASCII frames.
async fn turn_of(prompt: &str) -> Turn {
    let mut turn = None;
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let got = ada.chat(prompt).await;
        assert_eq!(ada.credits().await, 10 - got.cost(), "{prompt}");
        assert_eq!(ada.statement().await.0, 1 + u64::from(got.cost() > 0), "{prompt}");
        turn = Some(got);
    })
    .await;
    turn.unwrap()
}

#[tokio::test]
async fn frames_arrive_as_the_upstream_sends_them() {
    let turn = turn_of("hi [[chunks=5]] [[delay_ms=400]]").await;
    let times: Vec<_> = turn.answer.chunks.iter().map(|(time, _)| *time).collect();
    assert!(times.len() >= 6, "{} chunks", times.len());
    assert!(times[times.len() - 1] - times[0] >= Duration::from_millis(700), "the answer came at the end");
}

#[tokio::test]
async fn start_comes_before_the_upstream_says_anything() {
    let turn = turn_of("hi [[first_ms=1500]]").await;
    let times: Vec<_> = turn.answer.chunks.iter().map(|(time, _)| *time).collect();
    assert!(times[1] - times[0] >= Duration::from_millis(300), "start waited for the upstream");
}

#[tokio::test]
async fn silence_is_filled_with_heartbeats() {
    let turn = turn_of("hi [[first_ms=12000]]").await;
    let blank = turn.answer.chunks.iter().filter(|(_, chunk)| chunk.as_ref() == b"\n\n").count();
    assert_eq!(blank, 1);
}

#[tokio::test]
async fn odd_but_legal_streams_are_whole() {
    for prompt in
        ["hi [[split]] [[text=中😀\\n\"x]]", "hi [[nodone]] [[text=中😀\\n\"x]]", "hi [[garbage]] [[text=中😀\\n\"x]]"]
    {
        let turn = turn_of(prompt).await;
        assert!(turn.text().starts_with("中😀"), "{prompt}: {}", turn.text());
        assert!(!turn.text().contains("中断"), "{prompt}: {}", turn.text());
        assert_eq!(turn.cost(), 1, "{prompt}");
    }
}

#[tokio::test]
async fn thoughts_are_shown_when_the_site_says_so() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let prompt = "hi [[thinks=先想一想]] [[text=答案]]";
        assert_eq!(ada.chat(prompt).await.text(), "答案");
        app.set("show_reasoning", "1");
        assert_eq!(ada.chat(prompt).await.text(), "先想一想\n\n答案");
        app.set("show_reasoning", "0");
        assert_eq!(ada.chat(prompt).await.text(), "答案");
    })
    .await;
}

#[tokio::test]
async fn a_refusing_upstream_costs_nothing() {
    for status in [400, 401, 402, 403, 404, 429, 500, 503] {
        let turn = turn_of(&format!("hi [[status={status}]]")).await;
        assert_eq!((turn.cost(), turn.balance()), (0, 10), "{status}");
        assert!(turn.text().starts_with("模型"), "{status}: {}", turn.text());
        assert_eq!(turn.answer.status, 200, "an upstream's status is never passed on");
    }
}

#[tokio::test]
async fn a_cut_answer_costs_what_was_delivered() {
    let nothing = turn_of("hi [[cut=0]]").await;
    assert_eq!((nothing.cost(), nothing.text().as_str()), (0, "模型服务暂时不可用，请稍后再试。"));
    let part = turn_of("hi [[chunks=20]] [[cut=3]]").await;
    assert_eq!(part.cost(), 1);
    assert!(part.text().ends_with("（模型服务中断，回答不完整，请重试。）"), "{}", part.text());
}

#[tokio::test]
async fn a_huge_chunk_is_refused_in_flat_memory() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.chat("warm up").await;
        let before = peak_memory_kib();
        let turn = ada.chat("hi [[bytes=104857600]]").await;
        let grown = peak_memory_kib().saturating_sub(before);
        assert!(grown < 16 * 1024, "the process grew by {grown} KiB");
        assert_eq!(turn.cost(), 0, "nothing of it was delivered");
    })
    .await;
}

/// The most memory that this process ever had resident.
fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_long_answer_is_cut_and_charged() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(100_000);
        let turn = ada.chat("hi [[bytes=204800]] [[nousage]]").await;
        assert!(turn.text().len() >= 200 * 1024);
        assert!(turn.cost() > 0);
    })
    .await;
}

#[tokio::test]
async fn a_failing_key_is_passed_over_before_the_first_word() {
    TestApp::run(async |app| {
        let base = app.base();
        let site = table::site::load(&base.table).await.unwrap();
        let seals = platform::Keys::fetch(&app.outside()).await.unwrap().sealer().unwrap();
        let secrets = ["sk-status-401", "sk-status-402", "sk-status-429", "sk-status-500", "sk-cut"];
        for (secret, id) in secrets.into_iter().zip(100..) {
            let id = UpstreamId::from_i64(id).unwrap();
            let sealed = seals.seal(&id.to_string(), secret).unwrap();
            let key = UpstreamKey { id, sealed, ..site.upstreams[0].clone() };
            upstream_key::create(&base.table, &key, None).await.unwrap();
        }
        app.clock.advance(Duration::from_secs(6));
        let ada = app.log_in("ada@example.com").await;
        for _ in 0..6 {
            let turn = ada.chat("hi [[text=fine]] [[usage=3,3]]").await;
            assert_eq!((turn.text().as_str(), turn.cost()), ("fine", 1));
        }
        let bearers: std::collections::BTreeSet<_> =
            app.stack.upstream.requests().into_iter().filter_map(|seen| seen.bearer).collect();
        assert!(bearers.len() >= 3, "other keys were tried: {bearers:?}");
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_not_one_changes_nothing() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for (body, status) in [
            (json!({}), 400),
            (json!({"prompt": ""}), 400),
            (json!({"prompt": null, "parentMessageId": "x"}), 400),
            (json!({"prompt": {"a": 1}}), 400),
            (json!({"prompt": "hi", "parentMessageId": "a b#c"}), 400),
            (json!({"prompt": "x".repeat(70_000)}), 413),
        ] {
            app.post("/api/chat/completions", &ada.token, &body).await.refusal(status);
        }
        assert_eq!(app.stack.upstream.count(), 0);
        // Without a conversation the answer names a new one.
        let answer = app.post("/api/chat/completions", &ada.token, &json!({"prompt": "hi"})).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("\"parentMessageId\":\""));
    })
    .await;
}
