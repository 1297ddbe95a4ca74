//! Draws of stablediffusionapi that are queued and asked after.

use upstream::draw::{Provider, Undrawn};
use upstream::{Cause, Refusal};

use crate::server::{Act, Server, plain};
use crate::{PIXEL_FILE, draw, draw_within, file, json, picture};

const QUEUED: &str = r#"{"status":"processing","eta":0.1,"id":77,"fetch_result":"https://elsewhere.example/fetch/78"}"#;

/// A server that queues the draw and then answers the polls so.
fn queue(polls: impl Fn(usize) -> Vec<Act> + Send + Sync + 'static) -> Server {
    Server::start_with(move |before| if before == 0 { json(QUEUED) } else { polls(before) })
}

fn done(files: &Server) -> String {
    format!("{{\"status\":\"success\",\"output\":[\"{}/a.png\"]}}", files.url)
}

#[test]
fn polls_go_to_the_keys_host_with_the_key() {
    let files = Server::start(file(PIXEL_FILE));
    let last = done(&files);
    let server =
        queue(move |before| if before < 3 { json("{\"status\":\"processing\",\"eta\":0}") } else { json(&last) });
    assert_eq!(draw(&server, Provider::StableDiffusion, &picture()).unwrap().len(), 1);
    let seen = server.requests();
    assert_eq!(seen.len(), 4);
    assert!(seen[1].head.starts_with("POST /api/v3/fetch/77 "), "{}", seen[1].head);
    assert_eq!(seen[1].body, "{\"key\":\"sk-secret\"}");
}

#[test]
fn some_failed_polls_do_not_end_a_draw() {
    let files = Server::start(file(PIXEL_FILE));
    let last = done(&files);
    let server = queue(move |before| match before {
        1 | 2 => vec![plain("503 Busy", "", "")],
        3 => vec![plain("429 Slow", "", "")],
        _ => json(&last),
    });
    assert_eq!(draw(&server, Provider::StableDiffusion, &picture()).unwrap().len(), 1);
    let server = queue(|_| vec![plain("503 Busy", "", "")]);
    assert_eq!(draw(&server, Provider::StableDiffusion, &picture()), Err(Undrawn::Failed(Cause::Server(503))));
    assert_eq!(server.requests().len(), 1 + 4);
}

#[test]
fn a_queued_draw_may_fail_for_good() {
    for (answer, expected) in [
        ("{\"status\":\"failed\",\"message\":\"Failed, Try Again\"}", Undrawn::Failed(Cause::Server(500))),
        ("{\"status\":\"error\",\"message\":\"Invalid API key\"}", Undrawn::Failed(Cause::Unauthorized)),
        (
            "{\"status\":\"error\",\"message\":\"NSFW content\"}",
            Undrawn::Refused { status: 200, refusal: Refusal::Filtered },
        ),
    ] {
        let server = queue(move |_| json(answer));
        assert_eq!(draw(&server, Provider::StableDiffusion, &picture()), Err(expected), "{answer}");
    }
}

#[test]
fn a_queue_without_end_is_left_at_the_deadline() {
    let server = queue(|_| json("{\"status\":\"processing\",\"eta\":-3}"));
    let result = draw_within(&server.url, Provider::StableDiffusion, &picture(), 3_200);
    assert_eq!(result, Err(Undrawn::Failed(Cause::Silence)));
    // Fewer on a slow machine.
    assert!((2..=7).contains(&server.requests().len()), "two polls a second at most");
}
