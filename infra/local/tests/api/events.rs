//! Every recorded event of `events/`, through the Lambda runtime's own reader into a function started for it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use lambda_http::http::Response;
use platform::Outside;
use serde_json::{Map, Value, json};

use crate::app::{ADMIN, TestApp};
use crate::description;
use crate::house;
use crate::http::Answer;

/// An event of the API, and who it is for.
struct Recorded {
    file: String,
    package: String,
    event: Value,
}

/// What each event gets as it is recorded, and with a living session in place of its token: an administrator's below
/// `/api/admin`, a plain user's elsewhere. By name, as the folder has them.
const ANSWERS: &[(&str, u16, u16)] = &[
    ("auth-get-send_sms.json", 200, 200),
    ("auth-post-login.json", 400, 400),
    ("auth-post-logout.json", 401, 200),
    ("auth-put-user_password.json", 400, 400),
    ("chat-post-chat_completion.json", 401, 200),
    ("chat-post-chat_completions.json", 401, 200),
    ("chat-post-v1_chat_completions.json", 401, 200),
    ("credits-delete-admin_carmi_batch_id.json", 401, 200),
    ("credits-delete-admin_carmi_id.json", 401, 200),
    ("credits-delete-admin_turnover_id.json", 401, 200),
    ("credits-get-admin_books.json", 401, 200),
    ("credits-get-admin_carmi.json", 401, 200),
    ("credits-get-admin_carmi_batch.json", 401, 200),
    // Nobody has made that batch.
    ("credits-get-admin_carmi_batch_id.json", 401, 404),
    ("credits-get-admin_carmi_check.json", 401, 200),
    ("credits-get-admin_signin.json", 401, 200),
    ("credits-get-admin_turnover.json", 401, 200),
    ("credits-get-signin_list.json", 401, 200),
    ("credits-get-turnover.json", 401, 200),
    ("credits-post-admin_carmi.json", 401, 200),
    ("credits-post-signin.json", 401, 200),
    // There is no such code.
    ("credits-post-use_carmi.json", 401, 400),
    ("credits-put-admin_turnover.json", 401, 404),
    ("exports-get-admin_export_list.json", 401, 200),
    ("images-delete-admin_uploads_id.json", 401, 200),
    ("images-delete-upload_id.json", 401, 200),
    ("images-get-admin_uploads.json", 401, 200),
    ("images-get-images.json", 200, 200),
    ("images-get-upload.json", 401, 200),
    ("images-post-images_generations.json", 401, 200),
    ("images-post-upload.json", 401, 200),
    ("images-post-v1_images_generations.json", 401, 200),
    // Nobody has drawn that picture.
    ("images-put-images.json", 401, 404),
    ("messages-delete-admin_messages_id.json", 401, 200),
    ("messages-delete-user_messages.json", 401, 200),
    ("messages-get-admin_messages.json", 401, 200),
    ("messages-get-user_messages.json", 401, 200),
    ("messages-put-admin_messages.json", 401, 404),
    // Nobody has made the order that a provider speaks of: it is told `fail`.
    ("shop-any-pay_notify.json", 200, 200),
    ("shop-any-pay_notify_channel_id.json", 200, 200),
    ("shop-delete-admin_payment_id.json", 401, 200),
    ("shop-delete-admin_products_id.json", 401, 200),
    ("shop-get-admin_orders.json", 401, 200),
    // Nobody has made that order.
    ("shop-get-admin_orders_id.json", 401, 404),
    ("shop-get-admin_payment.json", 401, 200),
    ("shop-get-admin_products.json", 401, 200),
    // Nobody has made that order.
    ("shop-get-pay_order_id.json", 401, 404),
    ("shop-get-product.json", 401, 200),
    // Nobody has made that order.
    ("shop-post-admin_orders_id_refresh.json", 401, 404),
    ("shop-post-admin_payment.json", 401, 200),
    // There is no such channel.
    ("shop-post-admin_payment_id_test.json", 401, 404),
    ("shop-post-admin_products.json", 401, 200),
    // There is no such product.
    ("shop-post-pay_precreate.json", 401, 400),
    // There is no such channel.
    ("shop-put-admin_payment.json", 401, 404),
    // There is no such product.
    ("shop-put-admin_products.json", 401, 404),
    ("site-delete-admin_notification_id.json", 401, 200),
    ("site-get-admin_amount_details.json", 401, 200),
    ("site-get-admin_audit.json", 401, 200),
    ("site-get-admin_cashback.json", 401, 200),
    ("site-get-admin_config.json", 401, 200),
    ("site-get-admin_dialog.json", 401, 200),
    ("site-get-admin_draw_record.json", 401, 200),
    ("site-get-admin_invite_record.json", 401, 200),
    ("site-get-admin_notification.json", 401, 200),
    ("site-get-admin_persona.json", 401, 200),
    ("site-get-admin_plugins.json", 401, 200),
    ("site-get-admin_stats.json", 401, 200),
    ("site-get-admin_withdrawal_record.json", 401, 200),
    ("site-get-avatar.json", 200, 200),
    ("site-get-config.json", 200, 200),
    ("site-get-docs.json", 200, 200),
    ("site-get-openapi_json.json", 200, 200),
    ("site-get-persona.json", 200, 200),
    ("site-get-plugin.json", 200, 200),
    ("site-get-user_records.json", 401, 200),
    ("site-post-admin_notification.json", 401, 200),
    // Nobody has a share to be paid.
    ("site-post-user_withdrawal.json", 401, 400),
    ("site-put-admin_config.json", 401, 200),
    // Nobody has written that notice.
    ("site-put-admin_notification.json", 401, 404),
    // Nothing is served there.
    ("upstreams-any-v1_proxy.json", 404, 404),
    ("upstreams-delete-admin_aikey_id.json", 401, 200),
    ("upstreams-delete-admin_token_id.json", 401, 200),
    ("upstreams-get-admin_aikey.json", 401, 200),
    ("upstreams-get-admin_token.json", 401, 200),
    ("upstreams-get-v1_models.json", 401, 200),
    ("upstreams-get-v1_models_model.json", 401, 200),
    ("upstreams-post-admin_aikey.json", 401, 200),
    ("upstreams-post-admin_aikey_check.json", 401, 200),
    ("upstreams-post-admin_token.json", 401, 200),
    ("upstreams-post-admin_token_check.json", 401, 200),
    // Nobody has that id.
    ("upstreams-put-admin_aikey.json", 401, 404),
    // Nobody has that id.
    ("upstreams-put-admin_token.json", 401, 404),
    ("users-delete-admin_user_id.json", 401, 200),
    ("users-delete-user_keys_id.json", 401, 200),
    ("users-get-admin_user.json", 401, 200),
    ("users-get-dashboard_billing_subscription.json", 401, 200),
    ("users-get-dashboard_billing_usage.json", 401, 200),
    ("users-get-user_info.json", 401, 200),
    ("users-get-user_keys.json", 401, 200),
    ("users-get-v1_dashboard_billing_subscription.json", 401, 200),
    ("users-get-v1_dashboard_billing_usage.json", 401, 200),
    ("users-post-admin_user.json", 401, 200),
    ("users-post-user_keys.json", 401, 200),
    // Nobody has that id.
    ("users-put-admin_user.json", 401, 404),
];

#[tokio::test]
async fn every_event_is_answered() {
    for Recorded { file, package, event } in recorded() {
        let row = ANSWERS.iter().find(|(name, ..)| *name == file);
        let &(_, as_recorded, logged_in) = row.unwrap_or_else(|| panic!("{file} has no row in ANSWERS"));
        TestApp::run(async |app| {
            let outside = outside(app, &package);
            let answer = answer(&package, &outside, &event).await;
            assert_eq!(answer.status.as_u16(), as_recorded, "{file}: {}", answer.text());
            check_form(&file, &event, &answer);

            let is_admins = event["resource"].as_str().is_some_and(|path| path.starts_with("/api/admin/"));
            let person = app.log_in(if is_admins { ADMIN } else { "ada@example.com" }).await;
            let mut event = event.clone();
            let (header, value) = if is_for_programs(&event) {
                let key = person.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
                ("authorization", format!("Bearer {key}"))
            } else {
                ("token", person.token.clone())
            };
            event["headers"][header] = json!(value);
            event["multiValueHeaders"][header] = json!([value]);
            let answer = self::answer(&package, &outside, &event).await;
            assert_eq!(answer.status.as_u16(), logged_in, "{file}, logged in: {}", answer.text());
            check_form(&file, &event, &answer);
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
        let books = json!({"night": "2026-01-01", "is_through": true, "users": 0, "rows": 0, "differences": 0});
        assert_eq!(report["reservations"], json!({"users": 0, "released": 0}));
        assert_eq!((&report["counts"], &report["codes"]), (&json!({"moved": 0}), &json!({"expired": 0})));
        assert_eq!(report["orders"], json!({"looked": 0, "credited": 0}));
        assert_eq!(report["books"], books);
    })
    .await;
}

#[test]
fn every_route_has_an_event_and_every_event_a_route() {
    let mut declared = BTreeMap::new();
    for (package, method, path) in house::routes() {
        let file = format!("{package}-{}.json", house::slug(&method, &path));
        if let Some(other) = declared.insert(file.clone(), (method.clone(), path.clone())) {
            panic!("{file} would be for {method} {path} and for {other:?}");
        }
    }
    let names: Vec<&str> = declared.keys().map(String::as_str).collect();
    assert_eq!(ANSWERS.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), names, "ANSWERS and the routes");
    for Recorded { file, event, .. } in recorded() {
        let (method, path) = declared.remove(&file).unwrap_or_else(|| panic!("no route has an event named {file}"));
        check_route(&file, &event, &method, &path);
    }
    assert!(declared.is_empty(), "without an event: {declared:?}");
}

/// Everything in an event that tells its route, in the words of API Gateway. A route of any method is called by one.
fn check_route(file: &str, event: &Value, method: &str, route: &str) {
    let context = &event["requestContext"];
    let used = event["httpMethod"].as_str().unwrap_or_else(|| panic!("{file}: httpMethod"));
    let methods = if method == "ANY" { vec!["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"] } else { vec![method] };
    assert!(methods.contains(&used), "{file}: {used} for {method}");
    assert_eq!(event["resource"], route, "{file}");
    assert_eq!((&context["httpMethod"], &context["resourcePath"]), (&json!(used), &json!(route)), "{file}");
    let path = event["path"].as_str().unwrap_or_else(|| panic!("{file}: path"));
    assert_eq!(context["path"], format!("/prod{path}"), "{file}");
    let variables = variables(route, path).unwrap_or_else(|| panic!("{file}: {path} is no path of {route}"));
    let parameters = if variables.is_empty() { Value::Null } else { Value::Object(variables) };
    assert_eq!(event["pathParameters"], parameters, "{file}");
}

/// The values of a route's variables in a path; `None` when the path is none of the route's.
fn variables(route: &str, path: &str) -> Option<Map<String, Value>> {
    let mut found = Map::new();
    let mut values = path.split('/');
    for segment in route.split('/') {
        let value = values.next()?;
        if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix("+}")) {
            let rest: Vec<&str> = std::iter::once(value).chain(values).collect();
            found.insert(name.to_owned(), json!(rest.join("/")));
            return Some(found);
        }
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !value.is_empty() => _ = found.insert(name.to_owned(), json!(value)),
            None if segment == value => {}
            _ => return None,
        }
    }
    values.next().is_none().then_some(found)
}

#[test]
fn variables_are_read_from_the_paths_of_their_route_alone() {
    let read = |route: &str, path: &str| variables(route, path).map(Value::Object);
    assert_eq!(read("/v1/models", "/v1/models"), Some(json!({})));
    assert_eq!(read("/api/{kind}/{id}", "/api/carmi/7"), Some(json!({"kind": "carmi", "id": "7"})));
    assert_eq!(read("/v1/models/{model+}", "/v1/models/a/b:free"), Some(json!({"model": "a/b:free"})));
    for path in ["/api/admin/carmi", "/api/admin/carmi/", "/api/admin/carmi/7/8", "/api/admin/user/7"] {
        assert_eq!(read("/api/admin/carmi/{id}", path), None, "{path}");
    }
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

/// Starts a function as a cold start does and hands it one event; its answer must be as it is described.
async fn answer(package: &str, outside: &Outside, event: &Value) -> Answer {
    let answer = unchecked(package, outside, event).await;
    let method = event["httpMethod"].as_str().expect("a method").parse().expect("a method");
    description::check(&method, event["path"].as_str().expect("a path"), &answer);
    answer
}

async fn unchecked(package: &str, outside: &Outside, event: &Value) -> Answer {
    let request = lambda_http::request::from_str(&event.to_string()).expect("an event that the runtime reads");
    macro_rules! buffered {
        ($package:ident) => {{
            let app = $package::App::start(outside).await.expect("a start");
            // On the heap, because the threads of tests have small stacks.
            whole(Box::pin($package::route(&app, request)).await).await
        }};
    }
    match package {
        "auth" => buffered!(auth),
        "users" => buffered!(users),
        "credits" => buffered!(credits),
        "chat" => {
            let app = Arc::new(Box::pin(chat::App::start(outside)).await.expect("a start"));
            whole(Box::pin(chat::route(app, request)).await).await
        }
        "images" => {
            let app = Arc::new(Box::pin(images::App::start(outside)).await.expect("a start"));
            whole(Box::pin(images::route(app, request)).await).await
        }
        "exports" => {
            let app = Arc::new(Box::pin(exports::App::start(outside)).await.expect("a start"));
            whole(Box::pin(exports::route(app, request)).await).await
        }
        "messages" => buffered!(messages),
        "upstreams" => buffered!(upstreams),
        "shop" => buffered!(shop),
        "site" => buffered!(site),
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

fn is_for_programs(event: &Value) -> bool {
    event["resource"].as_str().is_some_and(house::is_for_programs)
}

/// An envelope, or a stream that begins and ends; to programs whatever OpenAI's clients read; to a payment provider the
/// one word that it reads.
fn check_form(file: &str, event: &Value, answer: &Answer) {
    if event["resource"].as_str().is_some_and(house::is_for_providers) {
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8", "{file}");
        assert_eq!(answer.text(), "fail", "{file}");
        return;
    }
    if event["resource"].as_str().is_some_and(house::is_for_readers) {
        return;
    }
    if is_for_programs(event) {
        assert!(answer.status == 200 || answer.json()["error"]["message"].is_string(), "{file}: {}", answer.text());
        return;
    }
    if answer.headers["content-type"] == "application/x-ndjson" {
        assert!(answer.text().ends_with("}\n") && answer.text().contains("\"end\":true"), "{file}: {}", answer.text());
    } else if answer.headers["content-type"] == "text/event-stream; charset=utf-8" {
        let text = answer.text();
        assert_eq!(text.matches("\"segment\":\"start\"").count(), 1, "{file}");
        assert_eq!(text.matches("\"segment\":\"stop\"").count(), 1, "{file}");
    } else {
        answer.envelope();
    }
}
