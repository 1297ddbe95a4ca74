//! How an answer that has begun ends.

use std::time::Duration;

use upstream::{Event, Limits};

use crate::server::{
    Act, DONE, Server, cut_stream, delta, end, good, head, packet, plain, reason, stream, stream_head, usage,
};
use crate::{LIMITS, collect, open, outcome, outcome_within, run};

fn outcome_of(acts: Vec<Act>) -> String {
    outcome(&Server::start(acts))
}

#[test]
fn whole_answers_end_as_the_model_ends_them() {
    let (text, counted) = (delta("hi"), usage(3, 2));
    for (events, expected) in [
        (vec![text.as_str(), &reason("stop"), &counted, DONE], "hi Done 3+2"),
        (vec![&text, &counted, &reason("stop"), DONE], "hi Done 3+2"),
        (vec![&text, &reason("length"), &counted, DONE], "hi Length 3+2"),
        (vec![&text, &reason("content_filter"), DONE], "hi Filtered"),
        (vec![&text, &reason("tool_calls"), DONE], "hi Done"),
        (vec![&text, DONE], "hi Done"),
        (vec![&text, DONE, &delta("after")], "hi Done"),
        (vec![&text, &reason("stop"), &counted], "hi Done 3+2"),
        (vec![&text, &reason("stop")], "hi Done"),
        (vec![&text], "hi Cut"),
        (vec![&text, &counted], "hi Cut 3+2"),
        (vec![&text, "data: {\"error\":{\"message\":\"no\"}}\n\n", &text], "hi Errored"),
        (vec![&text, "event: error\ndata: {\"error\":\"no\"}\n\n"], "hi Errored"),
        (vec![": hello\n\n", &text, "event: ping\nid: 7\n\n", "data: {\"type\":\"ping\"}\n\n", DONE], "hi Done"),
        (vec![&text, "data: {\"choices\":[{\"del\n\n", &text, DONE], "hihi Done"),
        (vec![&text, "data: [DONE]"], "hi Done"),
    ] {
        assert_eq!(outcome_of(stream(events.clone())), expected, "{events:?}");
    }
}

#[test]
fn a_connection_that_breaks_is_a_cut_unless_the_model_had_finished() {
    let text = delta("hi");
    assert_eq!(outcome_of(cut_stream([text.as_str()])), "hi Cut");
    assert_eq!(outcome_of(cut_stream([text.trim_end()])), "hi Cut");
    assert_eq!(outcome_of(cut_stream([text.as_str(), "data: {\"choi"])), "hi Cut");
    assert_eq!(outcome_of(cut_stream([text.as_str(), &reason("stop")])), "hi Done");
}

#[test]
fn silence_ends_the_answer_and_a_missing_trailer_soon() {
    let silent_after = |events: &[String]| {
        let mut acts = cut_stream(events.iter().map(String::as_str));
        acts.push(Act::Sleep(2_000));
        acts
    };
    assert_eq!(outcome_of(silent_after(&[delta("hi")])), "hi Silence");
    let limits = Limits { silence_millis: 60_000, ..LIMITS };
    assert_eq!(outcome_within(&Server::start(silent_after(&[delta("hi"), reason("stop")])), limits), "hi Done");
}

#[test]
fn the_whole_answer_has_a_deadline() {
    let drop = [packet(delta("x").as_bytes()), Act::Sleep(100)];
    let acts = std::iter::once(stream_head()).chain(drop.into_iter().cycle().take(100)).collect();
    let limits = Limits { answer_millis: 450, ..LIMITS };
    let got = outcome_within(&Server::start(acts), limits);
    assert!(got.ends_with(" Deadline") && (3..=7).contains(&got.matches('x').count()), "{got}");
}

#[test]
fn bytes_may_come_one_by_one() {
    let whole = [delta("你好🎉"), delta("x"), reason("stop"), usage(3, 2), DONE.to_owned()].concat();
    let mut acts = vec![stream_head()];
    acts.extend(whole.as_bytes().chunks(1).map(packet));
    acts.push(end());
    assert_eq!(outcome_of(acts), "你好🎉x Done 3+2");
}

#[test]
fn a_few_lines_of_garbage_are_skipped_and_many_end_the_answer() {
    let text = delta("hi");
    let few = "data: garbage\n\n<p>\n".repeat(8);
    assert_eq!(outcome_of(stream([text.as_str(), &few, &text, DONE])), "hihi Done");
    let many = "data: garbage\n\n".repeat(17);
    assert_eq!(outcome_of(stream([text.as_str(), &many, &text, DONE])), "hi Garbage");
}

#[test]
fn an_answer_that_is_no_stream_is_one_delta() {
    let body = r#" {"choices":[{"message":{"role":"assistant","content":"whole"},"finish_reason":"length"}],
        "usage":{"prompt_tokens":3,"completion_tokens":2}} "#;
    for content_type in ["application/json; charset=utf-8", "text/plain", ""] {
        let acts = vec![head(content_type), packet(&body.as_bytes()[..40]), packet(&body.as_bytes()[40..]), end()];
        assert_eq!(outcome_of(acts), "whole Length 3+2", "{content_type}");
    }
    let sized = plain("200 OK", "content-type: application/json\r\n", body);
    assert_eq!(outcome_of(vec![sized]), "whole Length 3+2");
}

#[test]
fn a_stream_under_another_name_is_read() {
    let mut acts = good();
    acts[0] = head("application/json");
    assert_eq!(outcome_of(acts), "ok Done 3+2");
    let until_close = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), delta("hi").as_bytes(), DONE.as_bytes()].concat();
    assert_eq!(outcome_of(vec![Act::Send(until_close)]), "hi Done");
}

#[test]
fn a_dropped_wait_loses_nothing() {
    let mut acts = vec![stream_head()];
    for _ in 0..20 {
        acts.extend([packet(delta("x").as_bytes()), Act::Sleep(7)]);
    }
    acts.push(packet(DONE.as_bytes()));
    let server = Server::start(acts);
    run(async {
        let mut answer = open(&[&server], LIMITS).await.unwrap();
        let mut text = String::new();
        loop {
            match tokio::time::timeout(Duration::from_millis(3), answer.next()).await {
                Ok(Event::Delta(delta)) => text.push_str(&delta),
                Ok(Event::Finished(_)) => break,
                Err(_) => {}
            }
        }
        assert_eq!(text.len(), 20);
    });
}

#[test]
fn waits_that_are_dropped_again_and_again_still_end_in_silence() {
    let mut acts = cut_stream([delta("x").as_str()]);
    acts.push(Act::Sleep(5_000));
    let server = Server::start(acts);
    run(async {
        let mut answer = open(&[&server], LIMITS).await.unwrap();
        let waiting = async {
            while tokio::time::timeout(Duration::from_millis(20), answer.next()).await.is_err() {}
            collect(&mut answer).await.1.end
        };
        let end = tokio::time::timeout(Duration::from_secs(2), waiting).await;
        assert_eq!(end, Ok(upstream::End::Silence));
    });
}
