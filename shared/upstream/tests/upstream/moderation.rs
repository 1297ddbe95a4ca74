//! Texts judged by a real server on this machine: what is sent, which key answers, and what hostile answers cannot do.

use std::time::Duration;

use tokio::time::Instant;
use upstream::{Category, Cause, Failure, Moderated, Refusal};

use crate::server::{Act, Server, plain};
use crate::{client, key, run};

const FINE: &str = r#"{"id":"modr-1","model":"m","results":[{"flagged":false,"categories":{"hate":false}}]}"#;
const BAD: &str = r#"{"results":[{"flagged":true,"categories":{"violence":true,"sexual":true,"hate":false}}]}"#;

fn json(body: &str) -> Vec<Act> {
    vec![plain("200 OK", "content-type: application/json\r\n", body)]
}

/// What these servers say of a text, one key each, named `a`, `b`, …
fn moderate(servers: &[&Server], text: &str, millis: u64) -> Result<Moderated, Failure> {
    let keys: Vec<_> = servers.iter().zip(["a", "b", "c"]).map(|(server, id)| key(id, &server.url)).collect();
    run(async {
        let until = Instant::now() + Duration::from_millis(millis);
        client().moderate(&keys, "omni-moderation-latest", text, until).await
    })
}

fn causes(failure: &Failure) -> Vec<Cause> {
    failure.tried().iter().map(|attempt| attempt.cause).collect()
}

#[test]
fn a_text_is_judged_in_one_request() {
    let server = Server::start_with(|before| json(if before == 0 { FINE } else { BAD }));
    let fine = moderate(&[&server], "a \"龙\"", 2_000).unwrap();
    assert!(!fine.is_flagged() && fine.key_id == "a" && fine.tried.is_empty());
    let bad = moderate(&[&server], "x", 2_000).unwrap();
    assert_eq!(bad.categories, [Category::Sexual, Category::Violence]);
    let request = server.requests().remove(0);
    assert!(request.head.starts_with("POST /v1/moderations "), "{}", request.head);
    assert!(request.head.to_lowercase().contains("authorization: bearer sk-a"));
    assert_eq!(request.body, r#"{"input":"a \"龙\"","model":"omni-moderation-latest"}"#);
}

#[test]
fn the_route_stands_beside_the_one_of_chats() {
    let server = Server::start(json(FINE));
    for (base, path) in [
        ("", "/v1/moderations"),
        ("/openai", "/openai/v1/moderations"),
        ("/api/v4/", "/api/v4/moderations"),
        ("/v1/chat/completions", "/v1/moderations"),
    ] {
        let key = key("a", &format!("{}{base}", server.url));
        let judged = run(async {
            client().moderate(std::slice::from_ref(&key), "m", "x", Instant::now() + Duration::from_secs(2)).await
        });
        assert!(judged.is_ok(), "{base}");
        let head = server.requests().pop().unwrap().head;
        assert!(head.starts_with(&format!("POST {path} ")), "{base}: {head}");
    }
}

#[test]
fn a_long_text_is_judged_whole() {
    let both = r#"{"results":[{"flagged":false},{"flagged":true,"categories":{"illicit":true}}]}"#;
    let text = "龙".repeat(8_000);
    assert_eq!(moderate(&[&Server::start(json(both))], &text, 2_000).unwrap().categories, [Category::Illicit]);
    let failure = moderate(&[&Server::start(json(FINE))], &text, 2_000).unwrap_err();
    assert_eq!(causes(&failure), [Cause::Malformed], "half of it was judged");
}

#[test]
fn the_next_key_is_asked_and_the_failed_are_told() {
    let dead = Server::start(vec![plain("401 No", "", "")]);
    let limited = Server::start(vec![plain("429 No", "retry-after: 7\r\n", "{}")]);
    let good = Server::start(json(BAD));
    let judged = moderate(&[&dead, &limited, &good], "x", 2_000).unwrap();
    assert!(judged.is_flagged() && judged.key_id == "c");
    let limited_cause = Cause::RateLimited { retry_after_seconds: Some(7) };
    let tried: Vec<_> = judged.tried.iter().map(|attempt| (attempt.key_id.as_str(), attempt.cause)).collect();
    assert_eq!(tried, [("a", Cause::Unauthorized), ("b", limited_cause)]);
    let failure = moderate(&[&dead, &limited], "x", 2_000).unwrap_err();
    assert!(matches!(failure, Failure::Exhausted(_)) && causes(&failure) == [Cause::Unauthorized, limited_cause]);
    assert_eq!(moderate(&[], "x", 2_000), Err(Failure::NoKey));
}

#[test]
fn a_silent_key_leaves_time_to_the_next() {
    let silent = Server::start(vec![Act::Sleep(5_000)]);
    let half = Server::start(vec![Act::Send(b"HTTP/1.1 200 OK\r\n\r\n{".to_vec()), Act::Sleep(5_000)]);
    let good = Server::start(json(FINE));
    let judged = moderate(&[&silent, &good], "x", 1_000).unwrap();
    assert_eq!((judged.key_id.as_str(), judged.tried[0].cause), ("b", Cause::FirstByte));
    assert!((400..900).contains(&judged.tried[0].millis), "{judged:?}");

    let failure = moderate(&[&silent, &half], "x", 400).unwrap_err();
    assert!(matches!(failure, Failure::Deadline(_)) && causes(&failure) == [Cause::FirstByte, Cause::Silence]);
    let waited: u64 = failure.tried().iter().map(|attempt| attempt.millis).sum();
    assert!((400..420).contains(&waited), "{failure:?}");
    assert!(moderate(&[&good], "x", 0).is_err(), "no time, no verdict");
}

#[test]
fn a_request_that_is_refused_is_asked_of_nobody_else() {
    let refusing = Server::start(vec![plain("400 No", "", "{}")]);
    let good = Server::start(json(FINE));
    let Err(Failure::Refused { status, refusal, by }) = moderate(&[&refusing, &good], "x", 2_000) else {
        unreachable!("it was refused");
    };
    assert_eq!((status, refusal, by.key_id.as_str(), good.requests().len()), (400, Refusal::Other, "a", 0));
}

#[test]
fn no_answer_that_is_none_passes_for_a_verdict() {
    let endless = vec![Act::Send(b"HTTP/1.1 200 OK\r\n\r\n{".to_vec()), Act::Repeat(vec![b' '; 65_536], 1_000)];
    for (acts, cause) in [
        (json("<html>"), Cause::Malformed),
        (json(r#"{"results":[]}"#), Cause::Malformed),
        (json(r#"{"choices":[]}"#), Cause::Malformed),
        (vec![plain("404 No", "", "")], Cause::NotFound),
        (vec![plain("302 Found", "location: /elsewhere\r\n", "")], Cause::Server(302)),
        (vec![plain("200 OK", "content-encoding: gzip\r\n", FINE)], Cause::Malformed),
        (endless, Cause::TooLarge),
    ] {
        let failure = moderate(&[&Server::start(acts)], "x", 2_000).unwrap_err();
        assert_eq!(causes(&failure), [cause]);
    }
    let inside = key("a", "https://169.254.169.254/");
    let failure = run(async {
        client().moderate(std::slice::from_ref(&inside), "m", "x", Instant::now() + Duration::from_secs(2)).await
    });
    assert!(matches!(failure.unwrap_err().tried()[0].cause, Cause::Blocked(_)));
}
