//! Calls to a real server on this machine: what is sent, and what no answer can do.

#![expect(clippy::unwrap_used, reason = "the exception for tests does not reach the functions that tests share")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use outbound::{AddressError, Answer, Call, CallError, Client, Loopback, Url};
use tokio::time::Instant;

/// What the server does with one request.
#[derive(Clone, Debug)]
enum Act {
    Say(String),
    /// Says this and keeps the connection for the next request.
    Keep(String),
    /// Says this, then nothing more for ever.
    Hang(String),
    /// Says this, then sends without end.
    Flood(String),
    Drop,
}

/// A server that does one thing after the other, the last one for ever; and the requests it got.
fn serve(acts: Vec<Act>) -> (Url, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/pay?key=secret", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (acts, seen) = (acts.clone(), Arc::clone(&seen));
            thread::spawn(move || perform(&stream.unwrap(), &acts, &seen));
        }
    });
    (url.parse().unwrap(), requests)
}

fn perform(mut stream: &TcpStream, acts: &[Act], seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        let place = {
            let mut seen = seen.lock().unwrap();
            seen.push(request);
            seen.len() - 1
        };
        let (text, act) = match acts.get(place).or(acts.last()).unwrap() {
            act @ (Act::Say(text) | Act::Keep(text) | Act::Hang(text) | Act::Flood(text)) => (text.as_str(), act),
            act @ Act::Drop => ("", act),
        };
        stream.write_all(text.as_bytes()).unwrap();
        match act {
            Act::Keep(_) => continue,
            Act::Hang(_) => thread::sleep(Duration::from_secs(20)),
            Act::Flood(_) => while stream.write_all(&[b'x'; 8_192]).is_ok() {},
            Act::Say(_) | Act::Drop => {}
        }
        return;
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<String> {
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
    Some(head + "\r\n" + &String::from_utf8(body).unwrap())
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: Text/JSON\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Longer than any answer that comes takes, on any machine.
const PATIENT_MILLIS: u64 = 60_000;

async fn send(call: Call, millis: u64) -> Result<Answer, CallError> {
    Client::new(Loopback::Allow).unwrap().send(call, Instant::now() + Duration::from_millis(millis)).await
}

#[tokio::test]
async fn a_call_brings_its_whole_answer_back() {
    let (url, requests) = serve(vec![Act::Say(ok("{}"))]);
    let answer = send(Call::post(url.clone(), "text/plain", "a=1", 10), PATIENT_MILLIS).await.unwrap();
    assert_eq!(answer, Answer { status: 200, content_type: "text/json".to_owned(), body: b"{}".to_vec() });
    send(Call::get(url, 10), PATIENT_MILLIS).await.unwrap();
    let requests = requests.lock().unwrap().clone();
    let posted = requests[0].to_lowercase();
    assert!(requests[0].starts_with("POST /pay?key=secret HTTP/1.1\r\n"), "{posted}");
    assert!(posted.contains("content-type: text/plain\r\n") && posted.contains("accept-encoding: identity\r\n"));
    assert!(posted.contains("content-length: 3\r\n") && posted.ends_with("a=1"), "{posted}");
    assert!(requests[1].starts_with("GET /pay?key=secret HTTP/1.1\r\n"), "{}", requests[1]);
}

#[tokio::test]
async fn every_status_comes_back_and_redirects_are_not_followed() {
    for (status, text) in [(302, "302 Found\r\nlocation: /elsewhere"), (404, "404 No"), (500, "500 No")] {
        let (url, requests) = serve(vec![Act::Say(format!("HTTP/1.1 {text}\r\ncontent-length: 4\r\n\r\nbody"))]);
        let answer = send(Call::get(url, 10), PATIENT_MILLIS).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (status, &b"body"[..]));
        assert_eq!(requests.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn answers_are_bounded() {
    let fits = serve(vec![Act::Say(ok("12345"))]).0;
    assert_eq!(send(Call::get(fits.clone(), 5), PATIENT_MILLIS).await.unwrap().body, b"12345");
    assert_eq!(send(Call::get(fits, 4), PATIENT_MILLIS).await, Err(CallError::TooLarge));
    let head = "HTTP/1.1 500 No\r\n\r\n".to_owned();
    let endless = serve(vec![Act::Flood(head)]).0;
    assert_eq!(send(Call::get(endless, 1 << 20), PATIENT_MILLIS).await, Err(CallError::TooLarge));
    let gzip = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}".to_owned();
    assert_eq!(send(Call::get(serve(vec![Act::Say(gzip)]).0, 5), PATIENT_MILLIS).await, Err(CallError::Cut));
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}".to_owned();
    assert_eq!(send(Call::get(serve(vec![Act::Say(cut)]).0, 50), PATIENT_MILLIS).await, Err(CallError::Cut));
    assert_eq!(
        send(Call::get(serve(vec![Act::Say("no http\r\n".to_owned())]).0, 50), PATIENT_MILLIS).await,
        Err(CallError::Cut)
    );
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    for said in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"] {
        let (url, began) = (serve(vec![Act::Hang(said.to_owned())]).0, Instant::now());
        assert_eq!(send(Call::get(url, 50), 300).await, Err(CallError::Timeout));
        assert!((250..20_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }
    let (url, requests) = serve(vec![Act::Say(ok("{}"))]);
    assert_eq!(send(Call::get(url, 50), 0).await, Err(CallError::Timeout));
    assert_eq!(requests.lock().unwrap().len(), 0, "a call without time was begun");
}

#[tokio::test]
async fn only_a_call_that_may_be_repeated_is_sent_again() {
    let acts = || vec![Act::Keep(ok("1")), Act::Drop, Act::Say(ok("2"))];
    let until = || Instant::now() + Duration::from_millis(PATIENT_MILLIS);
    let client = Client::new(Loopback::Allow).unwrap();
    let (url, requests) = serve(acts());
    assert_eq!(client.send(Call::get(url.clone(), 9), until()).await.unwrap().body, b"1");
    let again = client.send(Call::get(url, 9).repeatable(), until()).await;
    assert_eq!((again.unwrap().body.as_slice(), requests.lock().unwrap().len()), (&b"2"[..], 3));

    let (url, requests) = serve(acts());
    let post = || Call::post(url.clone(), "text/plain", "pay", 9);
    assert_eq!(client.send(post(), until()).await.unwrap().body, b"1");
    assert_eq!(client.send(post(), until()).await, Err(CallError::Cut));
    assert_eq!(requests.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn addresses_inside_are_never_called() {
    for (url, loopback, error) in [
        ("http://127.0.0.1:9/", Loopback::Refuse, AddressError::Scheme),
        ("https://127.0.0.1:9443/", Loopback::Refuse, AddressError::NotPublic),
        ("https://169.254.169.254/", Loopback::Allow, AddressError::NotPublic),
        ("https://[fd00:ec2::254]/", Loopback::Allow, AddressError::NotPublic),
        ("http://api.example.com/", Loopback::Allow, AddressError::Scheme),
        ("https://api.example.com:22/", Loopback::Allow, AddressError::Port),
        ("https://user@api.example.com/", Loopback::Allow, AddressError::Malformed),
        ("https://localhost/", Loopback::Refuse, AddressError::NotPublic),
    ] {
        let call = Call::get(url.parse().unwrap(), 9);
        let result =
            Client::new(loopback).unwrap().send(call, Instant::now() + Duration::from_millis(PATIENT_MILLIS)).await;
        assert_eq!(result, Err(CallError::Blocked(error)), "{url}");
    }
}

#[tokio::test]
async fn no_failure_names_the_url() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = send(Call::get(format!("http://{nobody}/?key=secret").parse().unwrap(), 9), PATIENT_MILLIS).await;
    assert_eq!(refused, Err(CallError::Connect));
    let errors = [refused.unwrap_err(), CallError::Timeout, CallError::TooLarge, CallError::Cut];
    for error in errors.into_iter().chain([CallError::Blocked(AddressError::NotPublic)]) {
        let text = format!("{error} {error:?}");
        assert!(!text.contains("secret") && !text.contains("127.0.0.1"), "{text}");
    }
}
