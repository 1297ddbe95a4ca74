//! A web server that is none of ours: it answers whatever comes alike, and keeps what came.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// One server on the loopback address. It ends with this value.
pub struct Stranger {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
    /// Ends with it.
    _task: JoinSet<()>,
}

impl Stranger {
    /// Answers with a status line such as `200 OK`, further header lines, each with its line end, and a body.
    pub async fn answering(status: &str, headers: &str, body: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer =
            format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                if let Some(request) = read(&mut stream).await {
                    kept.lock().unwrap().push(request);
                    // Who hangs up early has seen enough.
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        Self { url, seen, _task: task }
    }

    /// An address at which nobody listens.
    pub async fn nowhere() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The requests so far: head and body, as they came.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// A whole request; `None` when its sender leaves.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut piece).await.ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let announced = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let announced: usize = announced.map(|(_, length)| length.parse::<usize>().unwrap()).sum();
        if body.len() >= announced {
            return Some(text);
        }
    }
}
