//! Every recorded event of `events/`, through the Lambda runtime's own reader into a function started for it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use lambda_http::http::Response;
use platform::Outside;
use serde_json::Value;

use crate::app::TestApp;
use crate::house;
use crate::http::Answer;

/// An event of the API, and who it is for.
struct Recorded {
    file: String,
    package: String,
    event: Value,
}

/// What each event gets as it is recorded, and with a living session in place of its token.
const ANSWERS: [(&str, u16, u16); 7] = [
    ("auth-login.json", 400, 400),
    ("auth-logout.json", 401, 200),
    ("auth-send_sms.json", 200, 200),
    ("auth-user_password.json", 400, 400),
    ("chat-chat_completions.json", 401, 200),
    ("credits-turnover.json", 401, 200),
    ("users-user_info.json", 401, 200),
];

#[tokio::test]
async fn every_event_is_answered() {
    for Recorded { file, package, event } in recorded() {
        let (_, as_recorded, logged_in) = *ANSWERS.iter().find(|(name, ..)| *name == file).expect("a row in ANSWERS");
        TestApp::run(async |app| {
            let outside = outside(app, &package);
            let answer = answer(&package, &outside, &event).await;
            assert_eq!(answer.status.as_u16(), as_recorded, "{file}: {}", answer.text());
            check_form(&file, &answer);

            let ada = app.log_in("ada@example.com").await;
            let mut event = event.clone();
            event["headers"]["token"] = Value::from(ada.token.as_str());
            event["multiValueHeaders"]["token"][0] = Value::from(ada.token.as_str());
            let answer = self::answer(&package, &outside, &event).await;
            assert_eq!(answer.status.as_u16(), logged_in, "{file}, logged in: {}", answer.text());
            check_form(&file, &answer);
        })
        .await;
    }
}

#[tokio::test]
async fn the_schedules_event_runs_the_janitor() {
    let schedule = house::template().functions.into_iter().filter(|function| !function.schedules.is_empty());
    let packages: Vec<String> = schedule.map(|function| function.package).collect();
    assert_eq!(packages, ["janitor"]);
    let event: Value = serde_json::from_str(&house::read(&folder().join("janitor-schedule.json"))).unwrap();
    assert_eq!((&event["source"], &event["detail-type"]), (&"aws.events".into(), &"Scheduled Event".into()));
    TestApp::run(async |app| {
        let janitor = janitor::App::start(&outside(app, "janitor")).await.unwrap();
        let report = janitor::run(&janitor).await.unwrap();
        assert_eq!(report, serde_json::json!({"users": 0, "released": 0}));
    })
    .await;
}

#[test]
fn every_route_has_an_event_and_every_event_a_route() {
    let of_route = |package: &str, method: &str, path: &str| format!("{package} {method} {path}");
    let declared: BTreeSet<String> =
        house::routes().iter().map(|(package, method, path)| of_route(package, method, path)).collect();
    let mut events = BTreeSet::new();
    for Recorded { file, package, event } in recorded() {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let (method, path) = (text(&event["httpMethod"]), text(&event["resource"]));
        assert_eq!(event["path"], event["resource"], "{file}: none of the paths has variables");
        assert_eq!(event["requestContext"]["path"], format!("/prod{path}"), "{file}");
        assert_eq!(event["requestContext"]["httpMethod"], method.as_str(), "{file}");
        let tail = path.strip_prefix("/api/").expect("a path below /api").replace('/', "_");
        assert_eq!(file, format!("{package}-{tail}.json"));
        assert!(events.insert(of_route(&package, &method, &path)), "{file} comes twice");
    }
    assert_eq!(events, declared);
    let names: BTreeSet<String> = recorded().into_iter().map(|recorded| recorded.file).collect();
    assert_eq!(names, ANSWERS.iter().map(|(name, ..)| (*name).to_owned()).collect());
}

fn folder() -> PathBuf {
    house::root().join("events")
}

/// The events of the API; the other one is the schedule's.
fn recorded() -> Vec<Recorded> {
    let files = house::entries(&folder()).into_iter();
    let events = files.map(|path| {
        let file = house::name(&path).to_owned();
        let package = file.split('-').next().expect("a package").to_owned();
        Recorded { file, package, event: serde_json::from_str(&house::read(&path)).expect("JSON") }
    });
    let (api, others): (Vec<_>, Vec<_>) = events.partition(|recorded| recorded.event.get("httpMethod").is_some());
    assert_eq!(others.iter().map(|other| other.file.as_str()).collect::<Vec<_>>(), ["janitor-schedule.json"]);
    api
}

fn outside(app: &TestApp, package: &str) -> Outside {
    Outside { environment: app.stack.environment(package), ..app.outside() }
}

/// Starts a function as a cold start does and hands it one event.
async fn answer(package: &str, outside: &Outside, event: &Value) -> Answer {
    let request = lambda_http::request::from_str(&event.to_string()).expect("an event that the runtime reads");
    macro_rules! buffered {
        ($package:ident) => {{
            let app = $package::App::start(outside).await.expect("a start");
            whole($package::route(&app, request).await).await
        }};
    }
    match package {
        "auth" => buffered!(auth),
        "users" => buffered!(users),
        "credits" => buffered!(credits),
        "chat" => {
            let app = Arc::new(chat::App::start(outside).await.expect("a start"));
            whole(chat::route(app, request).await).await
        }
        other => panic!("no function {other}"),
    }
}

async fn whole<B>(response: Response<B>) -> Answer
where
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.expect("a whole body").to_bytes();
    Answer { status: head.status, headers: head.headers, chunks: vec![(std::time::Instant::now(), bytes)] }
}

/// An envelope, or a stream that begins and ends.
fn check_form(file: &str, answer: &Answer) {
    if answer.headers["content-type"] == "text/event-stream; charset=utf-8" {
        let text = answer.text();
        assert_eq!(text.matches("\"segment\":\"start\"").count(), 1, "{file}");
        assert_eq!(text.matches("\"segment\":\"stop\"").count(), 1, "{file}");
    } else {
        answer.envelope();
    }
}
