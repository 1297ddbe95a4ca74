//! What no client should send, to every route: always an envelope with a fitting status, soon, never a 500. Payment
//! providers are told `fail`, whatever they say.

use std::time::Duration;

use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::{ADMIN, Person, TestApp};
use crate::house;
use crate::http::Answer;

/// Clients give up after this.
const PATIENCE: Duration = Duration::from_secs(15);
const UNKNOWN: &str = "接口不存在";
/// Below `/v1`, where a function says so.
const NOWHERE: &str = "/v1/nothing";

async fn send(app: &TestApp, method: &Method, path: &str, token: &str, body: impl Into<bytes::Bytes>) -> Answer {
    let bearer = format!("Bearer {token}");
    let identity = if house::is_for_programs(path) { ("authorization", bearer.as_str()) } else { ("token", token) };
    let headers = [identity, ("content-type", "application/json")];
    let answer = app.http.send(method.clone(), path, &headers, body);
    tokio::time::timeout(PATIENCE, answer).await.expect("an answer before the client gives up")
}

/// The answer of a route, whose form is checked on the way, without what differs each time.
fn told(path: &str, answer: &Answer) -> Value {
    if house::is_for_providers(path) {
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8", "{path}: {}", answer.text());
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "fail"), "{path}");
        return json!("fail");
    }
    if house::is_for_readers(path.split('?').next().unwrap()) {
        assert_eq!(answer.status, 200, "{path}");
        return json!(answer.text().len());
    }
    if answer.headers["content-type"] == "application/x-ndjson" {
        return json!(answer.text().len());
    }
    if !house::is_for_programs(path) {
        return answer.envelope();
    }
    let told = answer.json();
    assert_eq!(told["error"]["message"].is_string(), answer.status != 200, "{} {told}", answer.status);
    told
}

/// What a person or a program reads of a refusal.
fn sentence(told: &Value) -> &str {
    told.get("message").unwrap_or(&told["error"]["message"]).as_str().unwrap()
}

/// All routes as method and path, with an id that nothing has in place of each variable. Those of any method are asked
/// by `POST`, which has a body.
fn routes() -> Vec<(Method, String)> {
    let variables = [
        ("{id}", "7"),
        ("{model+}", "gpt-3.5-turbo"),
        ("{proxy+}", "nothing"),
        ("{channel}", "yipay"),
        ("{list}", "users"),
    ];
    let filled = |path: String| variables.iter().fold(path, |path, (name, value)| path.replace(name, value));
    let routes = house::routes().into_iter();
    routes.map(|(_, method, path)| (method.replace("ANY", "POST").parse().unwrap(), filled(path))).collect()
}

/// Whether a body is nothing to this route: it reads none, or its answer never tells what it has read.
fn ignores_bodies(method: &Method, path: &str) -> bool {
    let about_one = ["/api/admin/payment/7/test", "/api/admin/orders/7/refresh"];
    let reads_none = about_one.contains(&path) || ["/api/user/withdrawal", NOWHERE].contains(&path);
    [Method::GET, Method::DELETE].contains(method) || reads_none || house::is_for_providers(path)
}

/// Those who may ask.
struct People<'a> {
    ada: Person<'a>,
    admin: Person<'a>,
    /// Ada's API key.
    key: String,
}

impl<'a> People<'a> {
    async fn of(app: &'a TestApp) -> Self {
        let ada = app.log_in("ada@example.com").await;
        let key = ada.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
        Self { ada, admin: app.log_in(ADMIN).await, key }
    }

    /// The session of somebody who may ask this. Nobody's where asking twice is not asking once.
    fn token(&self, path: &str) -> &str {
        match path {
            "/api/logout" | "/api/signin" | "/api/user/keys" => "",
            _ if path.starts_with("/api/admin/") => &self.admin.token,
            _ if house::is_for_programs(path) => &self.key,
            _ => &self.ada.token,
        }
    }
}

/// Bodies that say nothing which any route can use.
fn bad_bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "",
        " \r\n\t",
        "{}",
        "null",
        "[]",
        "[{}]",
        "1",
        "true",
        "\"account\"",
        "{",
        "{\"account\"",
        "{\"account\":}",
        "{'account':'ada@example.com'}",
        "{\"account\":1e999}",
        "{\"account\":NaN}",
        "{}{}",
        "{\"account\":\"\\ud800\"}",
        "\u{feff}{}",
        "account=ada@example.com&code=123456&password=abcdefg1&prompt=hi",
        "<account>ada@example.com</account>",
        "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nhi\r\n--x--\r\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    for value in [json!(null), json!(""), json!("  "), json!(true), json!([]), json!(["x"]), json!({}), json!({"x": 1})]
    {
        let body = json!({"account": value, "code": value, "password": value, "prompt": value, "options": value});
        bodies.push(body.to_string().into_bytes());
    }
    let huge = "大".repeat(350_000);
    bodies.push(json!({"account": huge, "code": huge, "password": huge, "prompt": huge}).to_string().into_bytes());
    bodies.push(format!("{{\"{huge}\":1}}").into_bytes());
    bodies.push("[".repeat(100_000).into_bytes());
    bodies.push(format!("{}1{}", "{\"account\":".repeat(10_000), "}".repeat(10_000)).into_bytes());
    bodies.push(format!("{{\"account\":{}1{}}}", "[".repeat(100), "]".repeat(100)).into_bytes());
    bodies.push(b"\xff\xfe\x00".to_vec());
    bodies.push(b"{\"account\":\"\xff\",\"prompt\":\"\xc3\x28\"}".to_vec());
    bodies.push(vec![0; 1000]);
    // Of a key that comes twice the last one counts.
    let twice = "{\"account\":\"ada@example.com\",\"account\":null,\"prompt\":\"hi\",\"prompt\":[]}";
    bodies.push(twice.as_bytes().to_vec());
    bodies
}

#[tokio::test]
async fn bodies_that_make_no_sense() {
    TestApp::run(async |app| {
        let people = People::of(app).await;
        for (method, path) in routes() {
            let token = people.token(&path);
            let reads_none = ignores_bodies(&method, &path) || token.is_empty();
            let usual = send(app, &method, &path, token, "").await;
            for body in bad_bodies() {
                let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
                let answer = send(app, &method, &path, token, body).await;
                let told = told(&path, &answer);
                if reads_none {
                    assert_eq!(answer.status, usual.status, "{method} {path} {shown}: {told}");
                } else {
                    assert!([400, 413].contains(&answer.status.as_u16()), "{method} {path} {shown}: {told}");
                    assert!(!sentence(&told).is_ascii(), "a sentence to read: {told}");
                }
            }
        }
        assert_eq!(app.stack.upstream.count(), 0);
        assert_eq!(people.ada.credits().await, 10);
    })
    .await;
}

#[tokio::test]
async fn keys_that_nobody_asked_for_are_ignored() {
    TestApp::run(async |app| {
        let body = json!({
            "account": "ada@example.com", "code": app.code_for("ada@example.com").await, "id": 1, "role": "administrator",
            "integral": 1_000_000, "balance": 1_000_000, "vip_expire_time": "2099-12-31", "status": 0, "nested": {"a": [{}]},
        });
        let data = app.post("/api/login", "", &body).await.data();
        let info = &data["user_info"];
        assert_eq!((&info["role"], &info["integral"], &info["status"]), (&json!("user"), &json!(10), &json!(1)));
        assert_eq!(info["vip_expire_time"], "2025-12-31");
        let ada = app.person(&data);
        let body = json!({"prompt": "hi", "user_id": "1", "price": 0, "options": {"stream": false, "n": 9, "user": "x"}});
        let answer = app.post("/api/chat/completions", &ada.token, &body).await;
        assert_eq!(answer.headers["content-type"], "text/event-stream; charset=utf-8");
        let sent = app.stack.upstream.requests().last().unwrap().body.clone();
        assert_eq!((&sent["stream"], &sent["n"], &sent["user"]), (&json!(true), &Value::Null, &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn tokens_of_any_length() {
    TestApp::run(async |app| {
        for (method, path) in routes() {
            let without = send(app, &method, &path, "", "").await.status;
            // What fits through the gateway is no session; what does not is refused there.
            assert_eq!(send(app, &method, &path, &"x".repeat(9_000), "").await.status, without, "{method} {path}");
            let answer = send(app, &method, &path, &"x".repeat(10_240), "").await;
            assert_eq!(answer.refusal(413), "请求内容过大", "{method} {path}");
        }
    })
    .await;
}

#[tokio::test]
async fn queries_of_any_bytes() {
    TestApp::run(async |app| {
        let people = People::of(app).await;
        for value in ["%ff", "%00", "%", "%zz", "%ed%a0%80", "", "=", "&&", "a=b=c", "[]", "%F0%9F%98%80", "-1", "1e9"]
        {
            for (method, path) in routes().into_iter().filter(|(_, path)| !people.token(path).is_empty()) {
                let uri = format!("{path}?source={value}&page={value}&page_size={value}&account={value}&{value}");
                let answer = send(app, &method, &uri, people.token(&path), "").await;
                let told = told(&path, &answer);
                let of_nothing = (path.contains('7') || path == NOWHERE) && answer.status == 404;
                assert!([200, 400].contains(&answer.status.as_u16()) || of_nothing, "{method} {uri}: {told}");
            }
        }
        for page in ["0", "-1", "x", "1.5", "99999999999999999999", "%ff", "undefined", ""] {
            let data = app.get(&format!("/api/turnover?page={page}&page_size={page}"), &people.ada.token).await.data();
            assert_eq!((&data["count"], data["rows"].as_array().map(Vec::len)), (&json!(1), Some(1)), "{page}");
        }
        for name in ["status", "batch", "user_id", "parent_message_id"] {
            for value in ["%ff", "-1", "x", "99999999999999999999", "1.5", "%20%20", "[]", "1,2", "%00"] {
                for (method, path) in routes().into_iter().filter(|(method, _)| method == Method::GET) {
                    let uri = format!("{path}?{name}={value}&source=ada@example.com");
                    let answer = send(app, &method, &uri, people.token(&path), "").await;
                    assert!(answer.status.as_u16() < 500, "{method} {uri}: {}", answer.text());
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn bodies_over_the_limits() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for (method, path) in routes().into_iter().filter(|(method, _)| method != Method::GET) {
            // Seven megabytes pass the gateway, but no function takes an event of that size.
            for megabytes in [7, 11] {
                let body = vec![b' '; megabytes * 1024 * 1024];
                let answer = send(app, &method, &path, &ada.token, body).await;
                assert_eq!(answer.refusal(413), "请求内容过大", "{method} {path}, {megabytes} MB");
            }
        }
        assert!(ada.is_in().await);
    })
    .await;
}

#[tokio::test]
async fn routes_that_do_not_exist() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let paths = [
            "/api",
            "/api/",
            "/api/nothing",
            "/api/admin",
            "/api/admin/nothing",
            "/api/admin/user/7/8",
            "/api/pay/notify/",
            "/api/pay/notify/yipay",
            "/api/pay/notify/yipay/7/8",
            "/api/login/",
            "/api/login/x",
            "/api//login",
            "/API/login",
            "/api/%6cogin",
            "/api/../api/user/info",
            "/login",
            "/prod",
            "/prod/api/nothing",
            "/test/api/user/info",
            "/prod/prod/api/user/info",
        ];
        for path in paths {
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
                assert_eq!(send(app, &method, path, &ada.token, "").await.refusal(404), UNKNOWN, "{method} {path}");
            }
        }
        let routes = routes();
        for (_, path) in &routes {
            let takes_any = house::is_for_providers(path) || path == NOWHERE;
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                if takes_any {
                    told(path, &send(app, &method, path, &ada.token, "{}").await);
                } else if !routes.contains(&(method.clone(), path.clone())) {
                    let answer = send(app, &method, path, &ada.token, "{}").await;
                    assert_eq!(answer.refusal(404), UNKNOWN, "{method} {path}");
                }
            }
            let status = if house::is_for_providers(path) { 200 } else { 404 };
            assert_eq!(send(app, &Method::HEAD, path, &ada.token, "").await.status, status, "HEAD {path}");
        }
        assert!(ada.is_in().await);
    })
    .await;
}

#[tokio::test]
async fn browsers_may_ask_from_any_page() {
    TestApp::run(async |app| {
        for (method, path) in routes() {
            let headers = [
                ("origin", "https://chat.example.com"),
                ("access-control-request-method", method.as_str()),
                ("access-control-request-headers", "content-type,token,x-stainless-os,x-title"),
            ];
            let answer = app.http.send(Method::OPTIONS, &path, &headers, "").await;
            assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, ""), "{path}");
            let list = |name: &str| {
                let value = answer.headers[name].to_str().unwrap();
                value.split(',').map(|part| part.trim().to_lowercase()).collect::<Vec<_>>()
            };
            assert_eq!(answer.headers["access-control-allow-origin"], "*", "{path}");
            for wanted in ["get", "post", "put", "delete", "options"] {
                assert!(list("access-control-allow-methods").contains(&wanted.to_owned()), "{path}: {wanted}");
            }
            // The star stands for the headers of programs in browsers, but never for `authorization`.
            for wanted in ["token", "content-type", "authorization", "idempotency-key", "*"] {
                assert!(list("access-control-allow-headers").contains(&wanted.to_owned()), "{path}: {wanted}");
            }
            assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_stage_may_stand_in_front_of_every_path() {
    TestApp::run(async |app| {
        let people = People::of(app).await;
        for (method, path) in routes() {
            let token = people.token(&path);
            let staged = format!("/prod{path}");
            let (with, without) =
                tokio::join!(send(app, &method, &staged, token, ""), send(app, &method, &path, token, ""));
            assert_eq!((with.status, told(&path, &with)), (without.status, told(&path, &without)));
        }
        let ada = &people.ada;
        assert_eq!(app.get("/prod/api/user/info", &ada.token).await.data()["id"], ada.id.as_str());
    })
    .await;
}

/// What HTTP libraries do not let one send.
#[tokio::test]
async fn requests_written_by_hand() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let info =
            |rest: &str| format!("GET /api/user/info HTTP/1.1\r\nconnection: close\r\n{rest}\r\n\r\n").into_bytes();
        let mut odd_token = info("host: x\r\ntoken: ");
        odd_token.truncate(odd_token.len() - 4);
        odd_token.extend_from_slice(b"\xff\xe5\x8d\xa1\r\n\r\n");
        let absolute = "GET http://elsewhere.example/api/user/info HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let cases = [
            (odd_token, 401),
            (info(&format!("host: x\r\ntoken: {}", ada.token)), 200),
            (info("host: a b"), 400),
            (info("host: x\r\ncontent-type: \r\ncontent-length: 0"), 401),
            (absolute.as_bytes().to_vec(), 401),
            (b"GET /api/user/info HTTP/1.0\r\n\r\n".to_vec(), 401),
        ];
        let answers = join_all(cases.iter().map(|(request, _)| by_hand(app, request))).await;
        for ((request, status), answer) in cases.iter().zip(answers) {
            let shown = String::from_utf8_lossy(request);
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
            assert_eq!(head.split(' ').nth(1), Some(status.to_string().as_str()), "{shown}: {answer}");
            let envelope: Value = serde_json::from_str(body).expect("an envelope");
            assert_eq!(envelope["code"] == 0, *status == 200, "{shown}: {envelope}");
            assert!(envelope["message"].is_string() && envelope["data"].is_object(), "{shown}: {envelope}");
            assert!(head.to_lowercase().contains("access-control-allow-origin: *"), "{shown}: {head}");
        }
    })
    .await;
}

async fn by_hand(app: &TestApp, request: &[u8]) -> String {
    let answer = async {
        let mut stream = TcpStream::connect(app.stack.url().trim_start_matches("http://")).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    };
    tokio::time::timeout(PATIENCE, answer).await.expect("an answer before the client gives up")
}
