//! What no answer can do: fill the memory.

use std::fs;

use upstream::Cause;
use upstream::draw::{Provider, Undrawn};

use crate::server::{Act, Server};
use crate::{draw, json, picture};

const MEBIBYTE: usize = 1024 * 1024;

/// The most memory that this process has had in use, in bytes.
fn peak_memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// A hundred mebibytes behind `start`.
fn flood(start: &str, filler: u8) -> Vec<Act> {
    vec![
        Act::Send(format!("HTTP/1.1 200 OK\r\n\r\n{start}").into_bytes()),
        Act::Repeat(vec![filler; MEBIBYTE / 4], 400),
    ]
}

#[test]
fn a_hundred_mebibytes_of_anything_leave_memory_small() {
    let picture = picture();
    let before = peak_memory();
    for (start, filler) in [
        // One image without end, one string, one number, one list, and nothing.
        ("{\"data\":[{\"b64_json\":\"iVBORw0KGgoA", b'x'),
        ("{\"data\":[{\"b64_json\":\"", b'x'),
        ("{\"data\":", b'1'),
        ("{\"data\":", b'['),
        ("", b' '),
    ] {
        let server = Server::start(flood(start, filler));
        let result = draw(&server, Provider::OpenAi, &picture);
        assert_eq!(result, Err(Undrawn::Failed(Cause::TooLarge)), "{start}");
    }
    let files = Server::start(flood("\u{89}PNG", b'x'));
    let named =
        Server::start(vec![Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n\x89PNG".to_vec())]);
    for (files, cause) in [(&files, Cause::Malformed), (&named, Cause::TooLarge)] {
        let server = Server::start(json(&format!("{{\"data\":[{{\"url\":\"{}/x.png\"}}]}}", files.url)));
        assert_eq!(draw(&server, Provider::OpenAi, &picture), Err(Undrawn::Failed(cause)));
    }
    let mut image = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    image.extend_from_slice(b"\x89PNG\r\n\x1a\n");
    let endless = Server::start(vec![Act::Send(image), Act::Repeat(vec![b'x'; MEBIBYTE / 4], 400)]);
    let server = Server::start(json(&format!("{{\"data\":[{{\"url\":\"{}/x.png\"}}]}}", endless.url)));
    assert_eq!(draw(&server, Provider::OpenAi, &picture), Err(Undrawn::Failed(Cause::TooLarge)));

    let errors = vec![Act::Send(b"HTTP/1.1 500 No\r\n\r\n".to_vec()), Act::Repeat(vec![b'x'; MEBIBYTE / 4], 400)];
    assert_eq!(draw(&Server::start(errors), Provider::Stability, &picture), Err(Undrawn::Failed(Cause::Server(500))));
    let grown = peak_memory() - before;
    println!("peak memory grew by {} KiB", grown / 1024);
    assert!(grown < 36 * MEBIBYTE, "{grown}");
}
