//! Every directive, over the body alone or over real HTTP.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::directives::Directives;
use super::{Upstream, UpstreamBody, answer, reply};
use crate::testing::serve;

fn request(bearer: &str, body: &Value) -> Request<Bytes> {
    let builder = Request::post("http://localhost/_local/upstream/v1/chat/completions");
    builder.header("authorization", format!("Bearer {bearer}")).body(Bytes::from(body.to_string())).unwrap()
}

fn body(prompt: &str) -> Value {
    json!({
        "model": "gpt-3.5-turbo", "stream": true, "stream_options": {"include_usage": true},
        "messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": prompt}],
    })
}

async fn ask(prompt: &str) -> Response<UpstreamBody> {
    answer(request("sk-good", &body(prompt))).await
}

/// The body's frames up to its end, and whether it broke.
async fn frames(answer: Response<UpstreamBody>) -> (Vec<Bytes>, bool) {
    let mut body = answer.into_body();
    let mut frames = Vec::new();
    loop {
        match body.frame().await {
            None => return (frames, false),
            Some(Err(_)) => return (frames, true),
            Some(Ok(frame)) => frames.push(frame.into_data().unwrap()),
        }
    }
}

async fn text(answer: Response<UpstreamBody>) -> String {
    let (frames, broken) = frames(answer).await;
    assert!(!broken);
    String::from_utf8(frames.concat()).unwrap()
}

/// The events of a well-formed stream, and whether `[DONE]` ended it.
fn events(stream: &str) -> (Vec<Value>, bool) {
    let mut data: Vec<&str> = stream.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
    let done = data.pop_if(|last| *last == "[DONE]").is_some();
    (data.into_iter().map(|data| serde_json::from_str(data).unwrap()).collect(), done)
}

fn content(events: &[Value]) -> String {
    events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect()
}

#[tokio::test]
async fn an_ordinary_answer_has_openai_form() {
    let answer = ask("你好，请介绍一下你自己").await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream; charset=utf-8");
    let (events, done) = events(&text(answer).await);
    assert!(done && events.len() > 5);
    assert!(content(&events).contains("你好，请介绍一下你自己") && content(&events).contains("2 条消息"));
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    let [.., finish, usage] = &events[..] else { panic!("too few events") };
    assert_eq!((&finish["choices"][0]["finish_reason"], &usage["choices"]), (&json!("stop"), &json!([])));
    let (prompt, completion) = (&usage["usage"]["prompt_tokens"], &usage["usage"]["completion_tokens"]);
    assert_eq!(completion.as_u64().unwrap(), reply::tokens(&content(&events)).len() as u64);
    assert_eq!(
        usage["usage"]["total_tokens"].as_u64().unwrap(),
        prompt.as_u64().unwrap() + completion.as_u64().unwrap()
    );
    assert!(events.iter().all(|event| event["object"] == "chat.completion.chunk" && event["id"] == events[0]["id"]));
    assert!(events[0]["id"].as_str().unwrap().starts_with("chatcmpl-"));
    let english = events_of("Who are you?").await.0;
    assert!(content(&english).contains("You said \"Who are you?\""));
}

async fn events_of(prompt: &str) -> (Vec<Value>, bool) {
    events(&text(ask(prompt).await).await)
}

#[tokio::test]
async fn directives_shape_the_answer() {
    let (events, done) = events_of("[[chunks=3]] [[nodone]]").await;
    assert_eq!((content(&events).as_str(), done, events.len()), ("1 2 3 ", false, 6));
    let (events, _) = events_of("[[text=一二三\\nfour]][[chunks=2]][[nousage]]").await;
    assert_eq!((content(&events).as_str(), events.len()), ("一二三\nfour", 4));
    assert!(events.iter().all(|event| event.get("usage").is_none()));
    let (events, _) = events_of("[[chunks=0]][[usage=-1, 7]]").await;
    let usage = json!({"prompt_tokens": -1, "completion_tokens": 7, "total_tokens": 6});
    assert_eq!((content(&events).as_str(), &events.last().unwrap()["usage"]), ("", &usage));
    let (single, _) = frames(ask("[[split]][[text=a]]").await).await;
    assert!(single.iter().all(|frame| frame.len() == 1));
    let stream = String::from_utf8(single.concat()).unwrap();
    assert_eq!(content(&self::events(&stream).0), "a");
}

#[tokio::test]
async fn max_tokens_is_respected() {
    let mut asked = body("[[text=一二三四五六]]");
    asked["max_tokens"] = json!(4);
    let (events, _) = events(&text(answer(request("k", &asked)).await).await);
    assert_eq!(content(&events), "一二三四");
    assert_eq!(events[events.len() - 2]["choices"][0]["finish_reason"], "length");
    assert_eq!(events.last().unwrap()["usage"]["completion_tokens"], 4);
}

#[tokio::test]
async fn usage_only_when_asked() {
    let mut asked = body("hi");
    asked["stream_options"] = json!(null);
    let (events, done) = events(&text(answer(request("k", &asked)).await).await);
    assert!(done && events.iter().all(|event| event.get("usage").is_none()));
}

#[tokio::test]
async fn garbage_stands_among_odd_but_legal_lines() {
    let stream = text(ask("[[garbage]][[chunks=4]]").await).await;
    assert!(stream.contains("data: {this is not JSON\n\n") && stream.contains(": keep-alive\n\n"));
    let position = |part: &str| stream.find(part).unwrap();
    assert!(position("\"2 \"") < position("not JSON") && position("not JSON") < position("\"3 \""));
}

#[tokio::test]
async fn waits_take_their_time_and_silence_lasts() {
    let start = Instant::now();
    let answer = ask("[[first_ms=60]][[delay_ms=20]][[chunks=5]]").await;
    assert!(start.elapsed() >= Duration::from_millis(60));
    text(answer).await;
    assert!(start.elapsed() >= Duration::from_millis(60 + 4 * 20));

    let mut silent = ask("[[hang=2]][[chunks=5]]").await.into_body();
    for _ in 0..3 {
        silent.frame().await.unwrap().unwrap();
    }
    let more = tokio::time::timeout(Duration::from_millis(50), silent.frame()).await;
    assert!(more.is_err(), "the role and two chunks, then nothing");
}

#[tokio::test]
async fn cut_drops_the_connection_after_so_many_chunks() {
    for (prompt, sent) in [("[[cut=0]]", 0), ("[[cut=2]][[chunks=5]]", 3), ("[[cut=9]][[chunks=5]]", 6)] {
        let (frames, broken) = frames(ask(prompt).await).await;
        assert_eq!((frames.len(), broken), (sent, true), "{prompt}");
    }
}

#[tokio::test]
async fn errors_have_openai_form() {
    for (prompt, status) in [("[[status=503]]", 503), ("[[status=429]]", 429), ("[[status=7]]", 400)] {
        let answer = ask(prompt).await;
        assert_eq!((answer.status().as_u16(), answer.headers().contains_key("retry-after")), (status, status == 429));
        let error: Value = serde_json::from_str(&text(answer).await).unwrap();
        assert!(error["error"]["message"].is_string() && error["error"]["type"].is_string());
    }
    let nobody = Request::post("http://localhost/v1/chat/completions").body(Bytes::new()).unwrap();
    assert_eq!(answer(nobody).await.status(), StatusCode::UNAUTHORIZED);
    let empty = json!({"model": "gpt-4", "messages": []});
    for bad in [json!({}), json!({"model": 1, "messages": "x"}), json!([]), empty] {
        assert_eq!(answer(request("k", &bad)).await.status(), StatusCode::BAD_REQUEST);
    }
    let unknown = Request::get("http://localhost/v1/nothing").header("authorization", "Bearer k");
    assert_eq!(answer(unknown.body(Bytes::new()).unwrap()).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn keys_are_scripted_and_requests_are_logged() {
    let upstream = Upstream::new();
    for (key, status) in [("sk-status-401", 401), ("sk-status-429-b", 429), ("sk-status-500", 500)] {
        assert_eq!(upstream.answer(request(key, &body("hi"))).await.status().as_u16(), status);
    }
    let hangs = upstream.answer(request("sk-hang", &body("hi")));
    assert!(tokio::time::timeout(Duration::from_millis(50), hangs).await.is_err());
    let (sent, broken) = frames(upstream.answer(request("sk-cut", &body("hi"))).await).await;
    assert_eq!((sent.len(), broken), (0, true));
    let (sent, broken) = frames(upstream.answer(request("sk-cut-2", &body("hi"))).await).await;
    assert_eq!((sent.len(), broken), (3, true));
    let seen = upstream.requests();
    assert_eq!((seen.len(), upstream.count(), seen[0].bearer.as_deref()), (6, 6, Some("sk-status-401")));
    assert_eq!(seen[5].body["model"], "gpt-3.5-turbo");
}

#[tokio::test]
async fn plain_completions_and_models() {
    let mut asked = body("[[text=ok]]");
    asked["stream"] = json!(false);
    let plain: Value = serde_json::from_str(&text(answer(request("k", &asked)).await).await).unwrap();
    assert_eq!(
        (&plain["object"], &plain["choices"][0]["message"]["content"]),
        (&json!("chat.completion"), &json!("ok"))
    );
    assert_eq!(plain["usage"]["completion_tokens"], 1);
    asked["messages"][1]["content"] = json!([{"type": "text", "text": "[[cut=1]]"}]);
    assert!(frames(answer(request("k", &asked)).await).await.1);
    asked["messages"][1]["content"] = json!("[[bytes=1000]]");
    let plain: Value = serde_json::from_str(&text(answer(request("k", &asked)).await).await).unwrap();
    assert_eq!(plain["choices"][0]["message"]["content"].as_str().unwrap().len(), 1000);
    let models = Request::get("http://localhost/v1/models").header("authorization", "Bearer k");
    let models: Value = serde_json::from_str(&text(answer(models.body(Bytes::new()).unwrap()).await).await).unwrap();
    assert!(models["data"].as_array().unwrap().iter().any(|model| model["id"] == "gpt-4"));
}

#[tokio::test]
async fn moderation_flags_what_it_is_told_to() {
    let ask = async |bearer: &str, input: Value| {
        let request =
            Request::post("http://localhost/v1/moderations").header("authorization", format!("Bearer {bearer}"));
        answer(request.body(Bytes::from(json!({"model": "m", "input": input}).to_string())).unwrap()).await
    };
    let judged = async |input: Value| -> Value { serde_json::from_str(&text(ask("k", input).await).await).unwrap() };
    let fine = judged(json!("hi [[text=x]]")).await;
    assert_eq!(
        (&fine["results"][0]["flagged"], &fine["results"][0]["categories"]["sexual"]),
        (&json!(false), &json!(false))
    );
    let flagged = judged(json!(["hi", "[[flag=sexual, odd]]"])).await;
    assert_eq!((&flagged["results"][0]["flagged"], &flagged["results"][1]["flagged"]), (&json!(false), &json!(true)));
    let categories = &flagged["results"][1]["categories"];
    assert_eq!(["sexual", "odd", "hate"].map(|name| categories[name] == true), [true, true, false]);
    assert_eq!(ask("k", json!(7)).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(ask("sk-status-401", json!("x")).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(content(&events_of("[[flag=hate]][[text=ok]]").await.0), "ok", "chats pass it over");
}

#[test]
fn directives_are_read_clamped_and_removed() {
    let (directives, said) =
        Directives::parse("a [[chunks=99999999]] b [[delay_ms=x]] [[what]] [[text=[x] ]] c [[open");
    assert_eq!((directives.chunks, directives.text.as_deref()), (Some(10_000), Some("[x] ")));
    assert_eq!((directives.delay, said.as_str()), (Duration::ZERO, "a  b    c [[open"));
    assert_eq!(Directives::parse("[[bytes=99999999999]]").0.bytes, Some(268_435_456));
    assert_eq!(Directives::parse("[[first_ms=99999999999]]").0.first, Duration::from_mins(1));
    for text in ["", "héllo wörld, 你好！ok  🙂🙂", "a\n\n b", "supercalifragilistic"] {
        assert_eq!(reply::tokens(text).concat(), text);
        assert!(reply::tokens(text).iter().all(|token| !token.is_empty()));
    }
}

/// Sends a prompt to the upstream over HTTP; returns the connection behind the request.
async fn over_http(address: std::net::SocketAddr, prompt: &str) -> TcpStream {
    let body = body(prompt).to_string();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn over_http_a_cut_shows_the_chunks_and_then_breaks() {
    let (address, _server) = serve(answer).await;
    let mut got = Vec::new();
    let _ = over_http(address, "[[cut=2]][[chunks=5]]").await.read_to_end(&mut got).await;
    let got = String::from_utf8(got).unwrap();
    assert!(got.starts_with("HTTP/1.1 200") && got.contains("\"2 \"") && !got.contains("\"3 \""));
    assert!(!got.ends_with("0\r\n\r\n"), "a cut stream has no proper end");
}

#[tokio::test]
async fn over_http_split_sends_single_bytes() {
    let (address, _server) = serve(answer).await;
    let mut stream = over_http(address, "[[split]][[text=ok]]").await;
    let (mut got, mut reads, mut buffer) = (String::new(), 0, [0; 4096]);
    loop {
        let size = stream.read(&mut buffer).await.unwrap();
        if size == 0 {
            break;
        }
        reads += 1;
        got.push_str(std::str::from_utf8(&buffer[..size]).unwrap());
    }
    assert!(got.contains("\r\n1\r\nd\r\n1\r\na\r\n1\r\nt\r\n1\r\na\r\n"), "one byte per chunk");
    assert!(reads > 100, "packets were merged into {reads}");
}

/// The memory of this process, in bytes, where the system tells it.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

#[tokio::test]
async fn a_hundred_megabytes_in_one_chunk_take_no_memory() {
    let (address, _server) = serve(answer).await;
    let (before, start) = (memory(), Instant::now());
    let mut stream = over_http(address, "[[bytes=104857600]]").await;
    let (mut total, mut peak, mut buffer) = (0, before, vec![0; 64 * 1024]);
    loop {
        let size = stream.read(&mut buffer).await.unwrap();
        if size == 0 {
            break;
        }
        if total / (8 << 20) != (total + size) / (8 << 20) {
            peak = peak.max(memory());
        }
        total += size;
    }
    assert!(total > 104_857_600);
    let grown = peak.zip(before).map_or(0, |(peak, before)| peak.saturating_sub(before));
    assert!(grown < 16 << 20, "grew by {grown} bytes");
    println!("100 MiB in {:?}, memory grew by {} KiB", start.elapsed(), grown / 1024);
}
