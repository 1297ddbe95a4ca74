//! A server that does to each request exactly what a test says, byte for byte, on threads of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::clock::Clock;

/// One step of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes so many times, until the other side hangs up.
    Repeat(Vec<u8>, usize),
    /// Waits for so many milliseconds of the test's clock.
    Sleep(u64),
    /// Keeps the connection for one more request; without it, the connection is closed.
    KeepAlive,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Head, in lower case but for its values.
    pub(crate) head: String,
    /// Body.
    pub(crate) body: String,
    /// Which connection it came on, from 0.
    pub(crate) connection: usize,
}

/// The server; it serves until the process ends.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its base URL.
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// A server that answers every request with these steps.
    pub(crate) fn start(acts: Vec<Act>) -> Self {
        Self::start_with(move |_| acts.clone())
    }

    /// A server that makes the steps for each request, given how many came before it.
    pub(crate) fn start_with(script: impl Fn(usize) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let (script, clock) = (Arc::new(script), Clock::here());
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (script, seen, clock) = (Arc::clone(&script), Arc::clone(&seen), clock.clone());
                thread::spawn(move || serve(&stream.unwrap(), connection, &*script, &seen, &clock));
            }
        });
        Self { url, requests }
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(
    stream: &TcpStream,
    connection: usize,
    script: &dyn Fn(usize) -> Vec<Act>,
    seen: &Mutex<Vec<Request>>,
    clock: &Clock,
) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream);
    while let Some((head, body)) = read_request(&mut reader) {
        let place = {
            let mut seen = seen.lock().unwrap();
            seen.push(Request { head, body, connection });
            seen.len() - 1
        };
        if !perform(stream, script(place), clock) {
            return;
        }
    }
}

/// Whether the connection is kept.
fn perform(mut stream: &TcpStream, acts: Vec<Act>, clock: &Clock) -> bool {
    for act in acts {
        let sent = match act {
            Act::Send(bytes) => stream.write_all(&bytes),
            Act::Repeat(bytes, times) => (0..times).try_for_each(|_| stream.write_all(&bytes)),
            Act::Sleep(millis) if clock.pass(stream, millis) => Ok(()),
            Act::Sleep(_) => return false,
            Act::KeepAlive => return true,
        };
        if sent.is_err() {
            return false;
        }
    }
    false
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<(String, String)> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}

/// A whole answer with a length.
pub(crate) fn plain(status: &str, headers: &str, body: &str) -> Act {
    Act::Send(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes())
}

/// The head of a stream of events in chunks.
pub(crate) fn stream_head() -> Act {
    head("text/event-stream")
}

/// The head of a body of this type in chunks.
pub(crate) fn head(content_type: &str) -> Act {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n");
    Act::Send(head.into_bytes())
}

/// One packet of a body in chunks.
pub(crate) fn packet(bytes: &[u8]) -> Act {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    Act::Send(chunk)
}

/// The end of a body in chunks. Without it, the body is cut.
pub(crate) fn end() -> Act {
    Act::Send(b"0\r\n\r\n".to_vec())
}

/// An event with text.
pub(crate) fn delta(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
}

/// The event with the model's reason to finish.
pub(crate) fn reason(reason: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]}}\n\n")
}

/// The event with the count of tokens.
pub(crate) fn usage(prompt: u32, completion: u32) -> String {
    format!("data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":{prompt},\"completion_tokens\":{completion}}}}}\n\n")
}

/// The last event.
pub(crate) const DONE: &str = "data: [DONE]\n\n";

/// A stream of these events, one packet each, properly ended.
pub(crate) fn stream<'a>(events: impl IntoIterator<Item = &'a str>) -> Vec<Act> {
    let mut acts = cut_stream(events);
    acts.push(end());
    acts
}

/// The same, but the connection is closed after the last event.
pub(crate) fn cut_stream<'a>(events: impl IntoIterator<Item = &'a str>) -> Vec<Act> {
    let packets = events.into_iter().map(|event| packet(event.as_bytes()));
    std::iter::once(stream_head()).chain(packets).collect()
}

/// A short answer as it should be: `ok`, with usage 3+2.
pub(crate) fn good() -> Vec<Act> {
    stream([delta("o").as_str(), &delta("k"), &reason("stop"), &usage(3, 2), DONE])
}
