//! A server that does to each request exactly what a test says, on threads of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use payment::read_form;

/// What is done with a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers with status 200 and this body.
    Say(Vec<u8>),
    /// Answers with exactly these bytes.
    Raw(Vec<u8>),
    /// Sends the head of an answer, then mebibytes without end.
    Flood,
    /// Says nothing.
    Hang,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `POST /mapi.php`.
    pub(crate) line: String,
    /// The fields of its query, then those of its body.
    pub(crate) fields: Vec<(String, String)>,
    /// Its other headers.
    pub(crate) head: String,
}

impl Request {
    /// The value of a field; empty when there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }
}

/// The server; it serves until the process ends.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its base URL.
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// A server that does the same with every request.
    pub(crate) fn start(act: Act) -> Self {
        Self::start_with(move |_, _| act.clone())
    }

    /// A server that answers everything with this body.
    pub(crate) fn says(body: impl Into<Vec<u8>>) -> Self {
        Self::start(Act::Say(body.into()))
    }

    /// A server that decides by its own address and the request.
    pub(crate) fn start_with(script: impl Fn(&str, &Request) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, script, own) = (Arc::clone(&requests), Arc::new(script), url.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, seen, own) = (Arc::clone(&script), Arc::clone(&seen), own.clone());
                thread::spawn(move || serve(&stream.unwrap(), &seen, |request| script(&own, request)));
            }
        });
        Self { url, requests }
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut stream: &TcpStream, seen: &Mutex<Vec<Request>>, script: impl Fn(&Request) -> Act) {
    let Some(request) = read_request(&mut BufReader::new(stream)) else { return };
    seen.lock().unwrap().push(request.clone());
    let _ = match script(&request) {
        Act::Say(body) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(&[head.into_bytes(), body].concat())
        }
        Act::Raw(bytes) => stream.write_all(&bytes),
        Act::Flood => {
            let packet = vec![b' '; 65_536];
            let head = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            (0..1_000).try_fold((), |(), _| stream.write_all(&packet)).and(head)
        }
        Act::Hang => {
            thread::sleep(Duration::from_secs(20));
            Ok(())
        }
    };
}

fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let (mut head, mut length) = (String::new(), 0);
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
    let (line, head) = head.split_once("\r\n")?;
    let (line, query) =
        line.strip_suffix(" HTTP/1.1")?.split_once('?').unwrap_or((line.strip_suffix(" HTTP/1.1")?, ""));
    let mut fields = read_form(query.as_bytes()).ok()?;
    fields.extend(read_form(&body).ok()?);
    Some(Request { line: line.to_owned(), fields, head: head.to_lowercase() })
}
