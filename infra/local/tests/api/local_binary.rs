//! The stack as a person starts it: the real program, its output, its exit.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};

use crate::app::CONVERSATION;
use crate::http::{Answer, Http};

/// A start, on a machine that is busy with other tests.
const START_SECONDS_MAX: u64 = 60;
/// From Ctrl-C to the end.
const STOP_SECONDS_MAX: u64 = 15;
const ACCOUNT: &str = "you@example.com";

/// A started program; ended with the test, however that ends.
struct Program {
    child: Child,
    lines: Receiver<String>,
    reader: Option<JoinHandle<()>>,
}

/// A folder of this test's own, gone afterwards.
struct Folder(PathBuf);

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stderr(Stdio::inherit()).spawn().expect("the program");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = channel();
        let reader = std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines, reader: Some(reader) }
    }

    /// The address of the one line that says so.
    fn ready(&self) -> Http {
        let line = self.lines.recv_timeout(Duration::from_secs(START_SECONDS_MAX)).expect("a first line");
        let url = line.strip_prefix("ready ").unwrap_or_else(|| panic!("{line}"));
        let port = url.strip_prefix("http://127.0.0.1:").expect("a loopback address");
        assert!(port.parse::<u16>().is_ok_and(|port| port > 0), "{line}");
        Http::new(url.to_owned())
    }

    /// Presses Ctrl-C and waits; returns the status, the time that it took and what else was printed.
    fn stop(mut self) -> (ExitStatus, Duration, Vec<String>) {
        let asked = Instant::now();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                break status;
            }
            assert!(asked.elapsed() < Duration::from_secs(30), "it does not stop");
            std::thread::sleep(Duration::from_millis(10));
        };
        let took = asked.elapsed();
        self.reader.take().expect("a reader").join().expect("all output");
        (status, took, self.lines.try_iter().collect())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("local-binary-{name}-{}", std::process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a path in UTF-8")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn send(http: &Http, method: Method, path: &str, token: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    http.send(method, path, &[("token", token), ("content-type", "application/json")], body).await
}

async fn get(http: &Http, path: &str, token: &str) -> Value {
    send(http, Method::GET, path, token, &Value::Null).await.data()
}

/// Asks for a code, reads it from the mailbox and logs in.
async fn log_in(http: &Http) -> (Value, String) {
    get(http, &format!("/api/send_sms?source={ACCOUNT}"), "").await;
    let mails = send(http, Method::GET, &format!("/_local/mailbox?to={ACCOUNT}"), "", &Value::Null).await.text();
    let mails: Value = serde_json::from_str(&mails).expect("a list of mails");
    let keys: Vec<&String> = mails[0].as_object().expect("a mail").keys().collect();
    assert_eq!(keys, ["subject", "text", "time", "to"]);
    let text = mails[0]["text"].as_str().expect("a text");
    let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
    let answer = send(http, Method::POST, "/api/login", "", &json!({"account": ACCOUNT, "code": code})).await;
    let data = answer.data();
    (data["user_info"].clone(), data["token"].as_str().expect("a token").to_owned())
}

#[tokio::test]
async fn a_newcomers_session() {
    let program = Program::start(&["--ephemeral", "--port", "0"]);
    let http = program.ready();
    let (info, token) = log_in(&http).await;
    assert_eq!((&info["integral"], &info["role"]), (&json!(10), &json!("user")));

    let prompt = "hi [[chunks=5]] [[delay_ms=200]] [[usage=100,50]]";
    let body = json!({"prompt": prompt, "parentMessageId": CONVERSATION, "options": {"model": "gpt-3.5-turbo"}});
    let answer = send(&http, Method::POST, "/api/chat/completions", &token, &body).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream; charset=utf-8");
    let (first, last) = (answer.chunks[0].0, answer.chunks[answer.chunks.len() - 1].0);
    assert!(answer.chunks.len() >= 3, "frames come one by one: {}", answer.chunks.len());
    assert!(last - first >= Duration::from_millis(300), "frames come as the upstream sends them");
    let text = answer.text();
    let frames: Vec<Value> = text.split_terminator("\n\n").map(|frame| serde_json::from_str(frame).unwrap()).collect();
    assert_eq!(frames[frames.len() - 1]["usage"]["integral"], 2);

    let rows = get(&http, "/api/turnover", &token).await;
    let describe = |row: usize| (rows["rows"][row]["value"].clone(), rows["rows"][row]["describe"].clone());
    assert_eq!(rows["count"], 2);
    assert_eq!(describe(0), (json!("-2积分"), json!("对话(gpt-3.5-turbo)")));
    assert_eq!(describe(1), (json!("10积分"), json!("注册奖励")));
    assert_eq!(get(&http, "/api/user/info", &token).await["integral"], 8);

    let (status, took, log) = program.stop();
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(STOP_SECONDS_MAX), "{took:?}");
    assert!(!log.iter().any(|line| line.starts_with("ready")), "ready is said once: {log:?}");
    let log = log.join("\n");
    for request in ["GET /api/send_sms 200", "POST /api/login 200", "POST /api/chat/completions 200"] {
        assert!(log.contains(request), "{request} in the access log:\n{log}");
    }
    assert!(!log.contains(ACCOUNT) && !log.contains(&token), "no queries and tokens in the access log:\n{log}");
}

#[tokio::test]
async fn an_open_chat_does_not_hold_up_the_stop() {
    let program = Program::start(&["--ephemeral", "--port=0"]);
    let http = program.ready();
    let (_, token) = log_in(&http).await;
    let body = json!({"prompt": "hi [[hang=1]]"});
    let chat = send(&http, Method::POST, "/api/chat/completions", &token, &body);
    assert!(tokio::time::timeout(Duration::from_millis(500), chat).await.is_err(), "the chat hangs");
    let (status, took, _) = tokio::task::spawn_blocking(move || program.stop()).await.unwrap();
    assert!(status.success() && took < Duration::from_secs(STOP_SECONDS_MAX), "{status} after {took:?}");
}

#[test]
fn a_port_in_use_is_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut child = command(&["--ephemeral", "--port", &port]).spawn().unwrap();
    let status = child.wait().unwrap();
    let (mut output, mut complaint) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert_eq!(status.code(), Some(1));
    assert_eq!(output, "");
    assert_eq!(complaint, format!("port {port} is in use: stop what runs there, or choose another with --port\n"));
}

#[tokio::test]
async fn data_outlives_the_program() {
    let folder = Folder::new("data");
    let arguments = ["--data", folder.path(), "--port", "0"];
    let program = Program::start(&arguments);
    let (info, token) = log_in(&program.ready()).await;
    // One owner at a time.
    let second = command(&arguments).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let complaint = String::from_utf8(second.stderr).unwrap();
    assert!(complaint.contains("is in use by another local stack") && complaint.lines().count() == 1, "{complaint}");
    assert!(program.stop().0.success());

    let program = Program::start(&arguments);
    let http = program.ready();
    // The picture of who has none is at the stack's own address, whose port is another now.
    let without_picture = |mut info: Value| {
        info["avatar"].take();
        info
    };
    let still = get(&http, "/api/user/info", &token).await;
    assert_eq!(without_picture(still), without_picture(info.clone()), "the session lives on, too");
    let (again, _) = log_in(&http).await;
    assert_eq!((&again["id"], &again["integral"]), (&info["id"], &info["integral"]));
    // The upstream's key still opens, though the port is another one.
    let answer = send(&http, Method::POST, "/api/chat/completions", &token, &json!({"prompt": "hi"})).await;
    assert!(answer.text().contains("\"segment\":\"stop\""), "{}", answer.text());
    assert!(program.stop().0.success());
}
