//! The Lambda Runtime API, as far as one invocation needs it: `next` once, then `response` (buffered or streamed),
//! `error` or `init/error`.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::answer::{Answer, Streamed};

const PREFIX: &str = "/2018-06-01/runtime/";
const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
/// Far away, so that a function that plans by its deadline plans freely: 2100-01-01.
const DEADLINE_MS: u64 = 4_102_444_800_000;

/// The Runtime API for one process and one event. While it lives, so does the function: one that loses its runtime ends.
#[derive(Debug)]
pub struct Emulator {
    listener: TcpListener,
    connections: FuturesUnordered<LocalBoxFuture<'static, ()>>,
}

/// When what happened, and the answer.
#[derive(Debug)]
pub struct Invocation {
    /// The function asked for its first event: its cold start was over.
    pub ready: Instant,
    /// The first byte of the answer's body arrived.
    pub first: Instant,
    /// The answer was complete.
    pub complete: Instant,
    /// The answer.
    pub answer: Answer,
}

impl Emulator {
    /// Listens on a free loopback port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn bind() -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind("127.0.0.1:0").await?, connections: FuturesUnordered::new() })
    }

    /// What `AWS_LAMBDA_RUNTIME_API` must say.
    ///
    /// # Errors
    /// When the socket has no address.
    pub fn address(&self) -> io::Result<String> {
        Ok(self.listener.local_addr()?.to_string())
    }

    /// Hands `event` to the function that connects, and waits for its answer.
    ///
    /// # Errors
    /// When the function reports an error or answers nothing intelligible.
    pub async fn invoke(&mut self, event: Bytes) -> io::Result<Invocation> {
        let (outcome, mut answered) = oneshot::channel();
        let desk = Rc::new(Desk { event, state: RefCell::new(State { ready: None, outcome: Some(outcome) }) });
        loop {
            tokio::select! {
                result = &mut answered => return result.map_err(io::Error::other)?,
                accepted = self.listener.accept() => {
                    self.connections.push(serve(accepted?.0, Rc::clone(&desk)).boxed_local());
                }
                Some(()) = self.connections.next(), if !self.connections.is_empty() => {}
            }
        }
    }
}

/// One of the calls that a runtime makes.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    Next,
    Response,
    Error,
}

impl Call {
    fn of(method: &Method, path: &str) -> Option<Self> {
        let path = path.strip_prefix(PREFIX)?;
        match (method, path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'))) {
            (&Method::GET, None) if path == "invocation/next" => Some(Self::Next),
            (&Method::POST, None) if path == "init/error" => Some(Self::Error),
            (&Method::POST, Some((REQUEST_ID, "response"))) => Some(Self::Response),
            (&Method::POST, Some((REQUEST_ID, "error"))) => Some(Self::Error),
            _ => None,
        }
    }
}

/// What the connections of one process share.
struct Desk {
    event: Bytes,
    state: RefCell<State>,
}

struct State {
    ready: Option<Instant>,
    outcome: Option<oneshot::Sender<io::Result<Invocation>>>,
}

impl Desk {
    /// The event, once.
    fn hand_out(&self) -> Option<Bytes> {
        let ready = &mut self.state.borrow_mut().ready;
        ready.is_none().then(|| {
            *ready = Some(Instant::now());
            self.event.clone()
        })
    }

    fn finish(&self, outcome: io::Result<(Instant, Answer)>) {
        let mut state = self.state.borrow_mut();
        let complete = Instant::now();
        let ready = state.ready.unwrap_or(complete);
        if let Some(sender) = state.outcome.take() {
            // Nobody waits any more only when the measurement was given up.
            let _ = sender.send(outcome.map(|(first, answer)| Invocation { ready, first, complete, answer }));
        }
    }
}

/// A connection that breaks is the function's affair: if it never answers, the measurement's time limit ends it.
async fn serve(stream: TcpStream, desk: Rc<Desk>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(Rc::clone(&desk), request));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(desk: Rc<Desk>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, http::Error> {
    match Call::of(request.method(), request.uri().path()) {
        Some(Call::Next) => match desk.hand_out() {
            Some(event) => Response::builder()
                .header("content-type", "application/json")
                .header("lambda-runtime-aws-request-id", REQUEST_ID)
                .header("lambda-runtime-deadline-ms", DEADLINE_MS)
                .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench")
                .header("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0")
                .body(Full::new(event)),
            // As on Lambda, where the sandbox is frozen until the next event.
            None => std::future::pending().await,
        },
        Some(Call::Response) => {
            desk.finish(read(request).await);
            accepted()
        }
        Some(Call::Error) => {
            let report = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
            let report = report.unwrap_or_default();
            desk.finish(Err(io::Error::other(format!("the function failed: {}", String::from_utf8_lossy(&report)))));
            accepted()
        }
        None => Response::builder().status(StatusCode::NOT_FOUND).body(Full::default()),
    }
}

fn accepted() -> Result<Response<Full<Bytes>>, http::Error> {
    Response::builder().status(StatusCode::ACCEPTED).body(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}")))
}

/// Reads an answer and tells when its body began.
async fn read(request: Request<Incoming>) -> io::Result<(Instant, Answer)> {
    if is_streamed(request.headers()) {
        return read_stream(request.into_body()).await;
    }
    let json = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    Ok((Instant::now(), Answer::of_buffered(&json)?))
}

async fn read_stream(mut body: Incoming) -> io::Result<(Instant, Answer)> {
    let mut streamed = Streamed::default();
    let mut first = None;
    while let Some(frame) = body.frame().await {
        match frame.map_err(io::Error::other)?.into_data() {
            Ok(chunk) => streamed.feed(&chunk),
            // The only trailers of this protocol say that the function failed in mid-stream.
            Err(trailers) => return Err(io::Error::other(format!("the stream failed: {trailers:?}"))),
        }
        if first.is_none() && !streamed.body().is_empty() {
            first = Some(Instant::now());
        }
    }
    Ok((first.unwrap_or_else(Instant::now), streamed.finish()?))
}

fn is_streamed(headers: &HeaderMap) -> bool {
    headers.get("lambda-runtime-function-response-mode").is_some_and(|mode| mode == "streaming")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn calls_are_told_apart_and_nothing_else_is_one() {
        let response = format!("{PREFIX}invocation/{REQUEST_ID}/response");
        let error = format!("{PREFIX}invocation/{REQUEST_ID}/error");
        assert_eq!(Call::of(&Method::GET, &format!("{PREFIX}invocation/next")), Some(Call::Next));
        assert_eq!(Call::of(&Method::POST, &response), Some(Call::Response));
        assert_eq!(Call::of(&Method::POST, &error), Some(Call::Error));
        assert_eq!(Call::of(&Method::POST, &format!("{PREFIX}init/error")), Some(Call::Error));
        assert_eq!(Call::of(&Method::GET, &response), None);
        assert_eq!(Call::of(&Method::POST, &format!("{PREFIX}invocation/another/response")), None);
        assert_eq!(Call::of(&Method::GET, "/invocation/next"), None);
    }

    /// Plays a runtime over one raw connection: asks for the event, then sends `answer`.
    async fn invoke(answer: &str) -> io::Result<Invocation> {
        let mut emulator = Emulator::bind().await?;
        let mut stream = TcpStream::connect(emulator.address()?).await?;
        let runtime = async {
            stream.write_all(format!("GET {PREFIX}invocation/next HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await?;
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await?;
            assert!(String::from_utf8_lossy(&head[..read]).ends_with("{\"event\":1}"));
            stream.write_all(answer.replace("ID", REQUEST_ID).as_bytes()).await?;
            std::future::pending::<io::Result<Invocation>>().await
        };
        tokio::select! {
            failed = runtime => failed,
            outcome = emulator.invoke(Bytes::from_static(b"{\"event\":1}")) => outcome,
        }
    }

    #[tokio::test]
    async fn a_buffered_function_is_served() {
        let body = r#"{"statusCode":200,"body":"hi"}"#;
        let call = format!(
            "POST {PREFIX}invocation/ID/response HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let invocation = invoke(&call).await.unwrap();
        assert_eq!(invocation.answer, Answer { status: 200, body: b"hi".to_vec() });
        assert!(invocation.ready <= invocation.first && invocation.first <= invocation.complete);
    }

    #[tokio::test]
    async fn a_streaming_function_is_served() {
        let call = format!(
            "POST {PREFIX}invocation/ID/response HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\
             lambda-runtime-function-response-mode: streaming\r\n\r\n\
             12\r\n{{\"statusCode\":200}}\r\n8\r\n\0\0\0\0\0\0\0\0\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
        );
        let invocation = invoke(&call).await.unwrap();
        assert_eq!(invocation.answer, Answer { status: 200, body: b"onetwo".to_vec() });
    }

    #[tokio::test]
    async fn failures_are_told() {
        for path in ["init/error", "invocation/ID/error"] {
            let call = format!("POST {PREFIX}{path} HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\noops");
            assert!(invoke(&call).await.unwrap_err().to_string().contains("oops"));
        }
    }
}
