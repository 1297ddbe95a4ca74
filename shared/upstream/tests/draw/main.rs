//! Drawing against a real server on this machine: what is sent, what hostile answers cannot do, how queues end.

#![expect(clippy::unwrap_used, reason = "the exception for tests does not reach the functions that tests share")]

mod bounds;
mod hostile;
mod money;
mod queue;
mod requests;
#[path = "../upstream/server.rs"]
#[allow(dead_code, reason = "shared with the tests of chats")]
mod server;

use std::future::Future;
use std::net::TcpStream;
use std::time::Duration;

use server::{Act, Server, plain};
use tokio::time::Instant;
use upstream::draw::{Drawn, Picture, Provider, Size, Undrawn};
use upstream::{Client, Key, Loopback, Secret};

/// A PNG of one pixel, in base64 and as it is.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PIXEL_FILE: &[u8] = b"\x89PNG\r\n\x1a\nand so on";

/// Longer than any answer that comes takes, on any machine.
const PATIENT_MILLIS: u64 = 60_000;

/// Time as it is: draws wait by themselves too, between two questions.
mod clock {
    use super::{Duration, TcpStream};

    #[derive(Clone, Debug)]
    pub(crate) struct Clock;

    impl Clock {
        pub(crate) fn here() -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "as that of the tests of chats")]
        pub(crate) fn pass(&self, _: &TcpStream, millis: u64) -> bool {
            std::thread::sleep(Duration::from_millis(millis));
            true
        }
    }
}

/// Runs one test's future on a runtime like the one of a function.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn key(host: &str) -> Key {
    Key { id: "a".to_owned(), host: host.to_owned(), secret: Secret::new("sk-secret".to_owned()) }
}

fn picture() -> Picture {
    Picture {
        prompt: "a \"龙\"".to_owned(),
        negative_prompt: None,
        count: 1,
        size: Size::new(512, 512),
        quality: None,
        steps: None,
        style: None,
        model: None,
        source: None,
    }
}

/// What becomes of this draw within `millis`.
fn draw_within(host: &str, provider: Provider, picture: &Picture, millis: u64) -> Result<Vec<Drawn>, Undrawn> {
    run(async {
        let until = Instant::now() + Duration::from_millis(millis);
        Client::new(Loopback::Allow).unwrap().draw(&key(host), provider, picture, until).await
    })
}

fn draw(server: &Server, provider: Provider, picture: &Picture) -> Result<Vec<Drawn>, Undrawn> {
    draw_within(&server.url, provider, picture, PATIENT_MILLIS)
}

/// An answer of this JSON.
fn json(body: &str) -> Vec<Act> {
    vec![plain("200 OK", "content-type: application/json\r\n", body)]
}

/// An answer with a file.
fn file(bytes: &[u8]) -> Vec<Act> {
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len()).into_bytes();
    answer.extend_from_slice(bytes);
    vec![Act::Send(answer)]
}

/// A draw may run inside the body of an answer, which may move between threads.
const _: () = {
    const fn is_send<T: Send>(_: &T) {}
    fn draws(client: &Client, key: &Key, picture: &Picture, until: Instant) {
        is_send(&client.draw(key, Provider::OpenAi, picture, until));
    }
    let _ = draws;
};
