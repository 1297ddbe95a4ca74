//! Answers that lie, break, or point elsewhere.

use upstream::draw::{Kind, Picture, Provider, Undrawn};
use upstream::{AddressError, Cause, Loopback, Refusal};

use crate::server::{Act, Server, plain};
use crate::{PIXEL, PIXEL_FILE, draw, draw_within, file, json, key, picture, run};

fn failed(cause: Cause) -> Undrawn {
    Undrawn::Failed(cause)
}

/// Why an answer of this JSON gives no picture.
fn undrawn(provider: Provider, body: &str) -> Undrawn {
    draw(&Server::start(json(body)), provider, &picture()).unwrap_err()
}

#[test]
fn odd_answers_end_in_their_cause() {
    let filtered = Undrawn::Refused { status: 200, refusal: Refusal::Filtered };
    for (provider, body, expected) in [
        (Provider::OpenAi, "{}", failed(Cause::Malformed)),
        (Provider::OpenAi, "[]", failed(Cause::Malformed)),
        (Provider::OpenAi, "{\"data\":{}}", failed(Cause::Malformed)),
        (Provider::OpenAi, "{\"data\":[]}", failed(Cause::Empty)),
        (Provider::OpenAi, "{\"data\":[{}]}", failed(Cause::Malformed)),
        (Provider::OpenAi, "{\"data\":[null,7,\"x\"]}", failed(Cause::Malformed)),
        (Provider::OpenAi, "{\"data\":[{\"b64_json\":\"PHN2Zz4=\"}]}", failed(Cause::Malformed)),
        (Provider::OpenAi, "{\"data\":[{\"b64_json\":\"\\u00007\"}]}", failed(Cause::Malformed)),
        (Provider::OpenAi, "{\"error\":{\"code\":\"invalid_api_key\"}}", failed(Cause::Unauthorized)),
        (Provider::Stability, "{\"artifacts\":[]}", failed(Cause::Empty)),
        (Provider::Stability, "{\"artifacts\":[{\"finishReason\":\"ERROR\"}]}", failed(Cause::Empty)),
        (Provider::Stability, "{\"artifacts\":[{\"finishReason\":\"CONTENT_FILTERED\"}]}", filtered),
        (Provider::Stability, "{\"artifacts\":[{\"base64\":\"PGh0bWw+\"}]}", failed(Cause::Malformed)),
        (Provider::StableDiffusion, "{}", failed(Cause::Malformed)),
        (Provider::StableDiffusion, "{\"status\":\"success\",\"output\":[]}", failed(Cause::Empty)),
        (Provider::StableDiffusion, "{\"status\":\"processing\"}", failed(Cause::Malformed)),
        (Provider::StableDiffusion, "{\"status\":\"success\",\"nsfw_content_detected\":true}", filtered),
    ] {
        assert_eq!(undrawn(provider, body), expected, "{provider:?} {body}");
    }
}

#[test]
fn broken_answers_end_in_their_cause() {
    for (acts, cause) in [
        (vec![], Cause::Connect),
        (vec![Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"data\"".to_vec())], Cause::Cut),
        (vec![plain("200 OK", "content-encoding: gzip\r\n", "x")], Cause::Malformed),
        (vec![plain("200 OK", "content-type: text/html\r\n", "<html>")], Cause::Malformed),
        (vec![plain("204 None", "", "")], Cause::Server(204)),
    ] {
        assert_eq!(draw(&Server::start(acts), Provider::Stability, &picture()), Err(failed(cause)));
    }
    let silent = Server::start(vec![Act::Send(b"HTTP/1.1 200 OK\r\n\r\n{".to_vec()), Act::Sleep(20_000)]);
    assert_eq!(draw_within(&silent.url, Provider::Stability, &picture(), 3_000), Err(failed(Cause::Silence)));
}

#[test]
fn no_redirect_is_followed() {
    let elsewhere = Server::start(json(&format!("{{\"data\":[{{\"b64_json\":\"{PIXEL}\"}}]}}")));
    for status in [301, 302, 303, 307, 308] {
        let head = format!("location: {}/v1/images/generations\r\n", elsewhere.url);
        let server = Server::start(vec![plain(&format!("{status} Moved"), &head, "")]);
        assert_eq!(draw(&server, Provider::OpenAi, &picture()), Err(failed(Cause::Server(status))));
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn files_are_fetched_without_the_key() {
    let files = Server::start(file(PIXEL_FILE));
    let server = Server::start(json(&format!("{{\"data\":[{{\"url\":\"{}/a.png?sig=1%2F2\"}}]}}", files.url)));
    let drawn = draw(&server, Provider::OpenAi, &picture()).unwrap();
    assert_eq!((drawn[0].kind, &drawn[0].bytes[..]), (Kind::Png, PIXEL_FILE));
    let seen = files.requests().remove(0);
    assert!(seen.head.starts_with("GET /a.png?sig=1%2F2 "), "{}", seen.head);
    assert!(!seen.head.contains("sk-secret") && !seen.head.to_lowercase().contains("authorization"));
}

#[test]
fn what_storage_says_is_not_the_keys_fault() {
    for status in [400, 401, 402, 403, 429, 503] {
        let files = Server::start(vec![plain(&format!("{status} No"), "", "")]);
        let server = Server::start(json(&format!("{{\"data\":[{{\"url\":\"{}/a.png\"}}]}}", files.url)));
        assert_eq!(draw(&server, Provider::OpenAi, &picture()), Err(failed(Cause::Server(status))), "{status}");
    }
}

#[test]
fn a_file_may_be_late() {
    let files =
        Server::start_with(|before| if before == 0 { vec![plain("404 Not yet", "", "")] } else { file(PIXEL_FILE) });
    let server = Server::start(json(&format!("{{\"status\":\"success\",\"output\":[\"{}/a.png\"]}}", files.url)));
    assert_eq!(draw(&server, Provider::StableDiffusion, &picture()).unwrap().len(), 1);
}

#[test]
fn a_bad_file_does_not_spoil_the_good_ones() {
    let files = Server::start(file(PIXEL_FILE));
    let urls = format!("\"https://10.0.0.1/a.png\",\"{0}/b.png\",\"gopher://x/\",\"{0}/c.png\"", files.url);
    let server = Server::start(json(&format!("{{\"status\":\"success\",\"output\":[{urls}]}}")));
    let asked = Picture { count: 4, ..picture() };
    assert_eq!(draw(&server, Provider::StableDiffusion, &asked).unwrap().len(), 2);
}

#[test]
fn more_pictures_than_asked_for_are_not_handed_on() {
    let item = format!("{{\"b64_json\":\"{PIXEL}\"}}");
    let server = Server::start(json(&format!("{{\"data\":[{item},{item},{item}]}}")));
    let asked = Picture { count: 2, ..picture() };
    assert_eq!(draw(&server, Provider::OpenAi, &asked).unwrap().len(), 2);
}

#[test]
fn once_a_call_fails_no_other_begins() {
    let good = format!("{{\"data\":[{{\"b64_json\":\"{PIXEL}\"}}]}}");
    let server =
        Server::start_with(move |before| if before == 0 { json(&good) } else { vec![plain("429 No", "", "")] });
    let asked = Picture { count: 10, model: Some("dall-e-3".to_owned()), ..picture() };
    assert_eq!(draw(&server, Provider::OpenAi, &asked).unwrap().len(), 1);
    assert!(server.requests().len() <= 5, "{}", server.requests().len());
}

#[test]
fn a_request_is_sent_again_only_when_the_connection_was_stale() {
    let good = format!("{{\"data\":[{{\"b64_json\":\"{PIXEL}\"}}]}}");
    let stale = Server::start_with(move |before| if before == 0 { vec![] } else { json(&good) });
    assert_eq!(draw(&stale, Provider::OpenAi, &picture()).unwrap().len(), 1);
    assert_eq!(stale.requests().len(), 2);
    let late = Server::start(vec![Act::Sleep(1_200)]);
    assert_eq!(draw(&late, Provider::OpenAi, &picture()), Err(failed(Cause::Connect)));
    assert_eq!(late.requests().len(), 1, "it may have been drawn, and paid for");
}

#[test]
fn hosts_are_guarded_as_for_chats() {
    for (host, error) in [
        ("http://127.0.0.1:1", AddressError::Scheme),
        ("https://10.0.0.1", AddressError::NotPublic),
        ("https://[::ffff:169.254.169.254]", AddressError::NotPublic),
        ("https://user@api.example.com", AddressError::Malformed),
    ] {
        let client = upstream::Client::new(Loopback::Refuse).unwrap();
        let until = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
        let result = run(async { client.draw(&key(host), Provider::Stability, &picture(), until).await });
        assert_eq!(result, Err(failed(Cause::Blocked(error))), "{host}");
    }
}
