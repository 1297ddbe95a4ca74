//! What a hostile upstream cannot do: fill the memory, or hand on more than allowed.

use std::fs;

use upstream::Limits;

use crate::server::{Act, DONE, Server, delta, good, packet, stream, stream_head};
use crate::{LIMITS, outcome, outcome_within};

const MEBIBYTE: usize = 1024 * 1024;

/// The most memory that this process has had in use, in bytes.
fn peak_memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// One line of a hundred mebibytes, in one chunk of the body, after `start`.
fn huge_line(start: &str) -> Server {
    let size = format!("{:x}\r\ndata: ", 6 + 100 * MEBIBYTE).into_bytes();
    let acts = vec![
        stream_head(),
        packet(start.as_bytes()),
        Act::Send(size),
        Act::Repeat(vec![b'x'; MEBIBYTE / 4], 400),
        Act::Send(b"\r\n0\r\n\r\n".to_vec()),
    ];
    Server::start(acts)
}

#[test]
fn a_line_of_a_hundred_mebibytes_leaves_memory_flat() {
    let servers = [huge_line(&delta("hi")), huge_line(": no text before it\n\n")];
    assert_eq!(outcome(&Server::start(good())), "ok Done 3+2", "what every answer costs is in use already");
    let before = peak_memory();
    let limits = Limits { body_bytes_max: 1 << 40, ..LIMITS };
    assert_eq!(outcome_within(&servers[0], limits), "hi TooLarge");
    assert_eq!(outcome_within(&servers[1], limits), "every upstream key failed: a (answer too large)");
    let grown = peak_memory() - before;
    println!("peak memory grew by {} KiB", grown / 1024);
    assert!(grown < 8 * MEBIBYTE, "{grown}");
}

#[test]
fn text_beyond_the_bound_is_cut_between_characters() {
    let limits = Limits { answer_bytes_max: 10, ..LIMITS };
    let of = |text: &str| outcome_within(&Server::start(stream([delta("ab").as_str(), &delta(text), DONE])), limits);
    assert_eq!(of("12345678"), "ab12345678 Done");
    assert_eq!(of("123456789"), "ab12345678 TooLarge");
    assert_eq!(of("你好世界"), "ab你好 TooLarge");
}

#[test]
fn a_body_without_end_is_given_up() {
    let comments = ": nothing\n".repeat(1000);
    let chunk = format!("{:x}\r\n{comments}\r\n", comments.len()).into_bytes();
    let acts = vec![stream_head(), packet(delta("hi").as_bytes()), Act::Repeat(chunk, 100_000)];
    assert_eq!(outcome(&Server::start(acts)), "hi TooLarge");
}

#[test]
fn a_document_without_end_is_given_up() {
    let start = Act::Send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"choices\":\"".to_vec());
    let limits = Limits { body_bytes_max: 1 << 40, ..LIMITS };
    let server = Server::start(vec![start, Act::Repeat(vec![b'x'; MEBIBYTE / 4], 400)]);
    assert_eq!(outcome_within(&server, limits), "every upstream key failed: a (answer too large)");
}

#[test]
fn an_error_body_without_end_is_not_read_to_its_end() {
    let start = Act::Send(b"HTTP/1.1 500 No\r\n\r\n".to_vec());
    let server = Server::start(vec![start, Act::Repeat(vec![b'x'; MEBIBYTE / 4], 400)]);
    assert_eq!(outcome(&server), "every upstream key failed: a (status 500)");
}
