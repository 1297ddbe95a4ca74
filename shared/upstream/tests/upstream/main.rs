//! The client against a real server on this machine: how it fails over, how answers end, and what it refuses.

#![expect(clippy::unwrap_used, reason = "the exception for tests does not reach the functions that tests share")]

mod bounds;
mod clock;
mod endings;
mod failover;
mod moderation;
mod proxies;
mod server;

use clock::run;
use server::Server;
use upstream::{Answer, Client, Event, Failure, Finish, Key, Limits, Loopback, Message, Prompt, Role, Secret};

/// Limits in which every test ends soon, on the clock that servers move.
const LIMITS: Limits = Limits {
    tries_max: 4,
    first_byte_millis: 300,
    opening_millis: 2_000,
    silence_millis: 300,
    trailer_millis: 150,
    answer_millis: 5_000,
    answer_bytes_max: 4096,
    body_bytes_max: 1024 * 1024,
    relays_reasoning: false,
};

fn client() -> Client {
    Client::new(Loopback::Allow).unwrap()
}

fn prompt() -> Prompt {
    Prompt {
        model: "m".to_owned(),
        messages: vec![Message { role: Role::User, content: "hello".to_owned() }],
        max_tokens: 64,
        ..Prompt::default()
    }
}

fn key(id: &str, host: &str) -> Key {
    Key { id: id.to_owned(), host: host.to_owned(), secret: Secret::new(format!("sk-{id}")) }
}

/// Opens an answer from one key per server, named `a`, `b`, … in this order.
async fn open(servers: &[&Server], limits: Limits) -> Result<Answer, Failure> {
    let hosts: Vec<&str> = servers.iter().map(|server| server.url.as_str()).collect();
    open_hosts(&hosts, limits).await
}

async fn open_hosts(hosts: &[&str], limits: Limits) -> Result<Answer, Failure> {
    let keys: Vec<Key> = hosts.iter().zip(["a", "b", "c", "d", "e"]).map(|(host, id)| key(id, host)).collect();
    client().open(&keys, &prompt(), &limits).await
}

/// A turn runs inside the body of an answer, which may move between threads.
const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Answer>();
    is_send::<Client>();
    is_send::<Failure>();
};

/// All deltas, and how it ended.
async fn collect(answer: &mut Answer) -> (Vec<String>, Finish) {
    let mut deltas = Vec::new();
    loop {
        match answer.next().await {
            Event::Delta(text) => deltas.push(text),
            Event::Finished(finish) => return (deltas, finish),
        }
    }
}

/// The text and the end of the answer to one server, as short text: `ab Done 3+2`.
fn outcome(server: &Server) -> String {
    outcome_within(server, LIMITS)
}

fn outcome_within(server: &Server, limits: Limits) -> String {
    run(async {
        let mut answer = match open(&[server], limits).await {
            Ok(answer) => answer,
            Err(failure) => return failure.to_string(),
        };
        let (deltas, finish) = collect(&mut answer).await;
        assert_eq!(answer.next().await, Event::Finished(finish), "a finish is final");
        let usage = finish.usage.map(|usage| format!(" {}+{}", usage.prompt_tokens, usage.completion_tokens));
        format!("{} {:?}{}", deltas.concat(), finish.end, usage.unwrap_or_default())
    })
}
