//! `GET /api/admin/export/{list}`

mod cuts;
mod faults;
mod large;
mod refusals;
mod rows;
mod tables;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use lambda_http::http::Response;
use platform::Outside;
use serde_json::{Value, json};
use web::StreamBody;

use crate::app::{CONVERSATION, Person, TestApp};
use crate::http::Answer;
use crate::shop::paying::Till;
use crate::{admin_notification, admin_token, carmi, house};

/// Every list and the path of the administrators' own route for it.
const LISTS: [(&str, &str); 15] = [
    ("config", "/api/admin/config"),
    ("notification", "/api/admin/notification"),
    ("products", "/api/admin/products"),
    ("payment", "/api/admin/payment"),
    ("token", "/api/admin/token"),
    ("users", "/api/admin/user"),
    ("orders", "/api/admin/orders"),
    ("carmi", "/api/admin/carmi"),
    ("batches", "/api/admin/carmi/batch"),
    ("signin", "/api/admin/signin"),
    ("turnover", "/api/admin/turnover"),
    ("images", "/api/images?user_id="),
    ("uploads", "/api/admin/uploads"),
    ("messages", "/api/admin/messages"),
    ("audit", "/api/admin/audit"),
];

/// A text that spreadsheet programs would run.
const FORMULA: &str = "=HYPERLINK(\"http://x.example\",\"看\")";
/// Secrets that no export may hold.
const KEYS: [&str; 2] = ["sk-0123456789abcdef", "sk-local"];

/// A site with something in every list, and the person whose pictures there are.
async fn site(app: &TestApp) -> (Person<'_>, Person<'_>) {
    let ada = app.log_in("ada@example.com").await;
    let till = Till::open(app, "yipay").await;
    let admin = till.admin.clone();
    let edit = json!({"id": ada.id, "nickname": FORMULA});
    app.put("/api/admin/user", &admin.token, &edit).await.data();
    ada.is_given(1_000);
    ada.chat("-1+1\n\"引号\", 逗号").await;
    app.clock.advance(Duration::from_secs(1));
    let body = json!({"prompt": "@SUM(A1)", "parentMessageId": CONVERSATION, "options": {"model": "gpt-3.5-turbo"}});
    app.post("/api/chat/completions", &ada.token, &body).await;
    let drawn = ada.draws(app, "a cat", 3).await;
    app.put("/api/images", &ada.token, &json!({"id": drawn[1]["id"], "status": 1})).await.data();
    ada.puts_up(app).await;
    app.post("/api/signin", &ada.token, &Value::Null).await.data();
    let codes = carmi::make_as(app, &admin, &carmi::credits(4, 5)).await;
    carmi::redeem(app, &ada, &carmi::keys(&codes)[1]).await.data();
    till.paid_order(&ada).await;
    till.order(&ada).await;
    app.clock.advance(Duration::from_secs(7_300));
    app.stack.run_janitor().await;
    till.order(&ada).await;
    admin_notification::put_up(app).await;
    admin_token::add(app, &admin, KEYS[0]).await;
    app.put("/api/admin/config", &admin.token, &json!({"signin_reward": 5})).await.data();
    app.clock.advance(Duration::from_secs(1));
    (admin, ada)
}

async fn export(app: &TestApp, admin: &Person<'_>, target: &str) -> Answer {
    app.get(&format!("/api/admin/export/{target}"), &admin.token).await
}

/// The rows of a whole file of lines.
fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let text = answer.text();
    assert!(text.ends_with('\n'), "{text}");
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let end = lines.pop().unwrap();
    assert_eq!(end, json!({"end": true, "rows": lines.len()}));
    lines
}

/// All pages of a list as its own route shows them.
async fn paged(app: &TestApp, admin: &Person<'_>, path: &str, ada: &Person<'_>) -> Vec<Value> {
    let path = if path.contains('?') { format!("{path}{}&", ada.id) } else { format!("{path}?") };
    let mut rows = Vec::new();
    for page in 1.. {
        let data = app.get(&format!("{path}page_size=100&page={page}"), &admin.token).await.data();
        let Some(some) = data["rows"].as_array() else { return data.as_array().unwrap().clone() };
        if some.is_empty() {
            assert_eq!(data["count"], rows.len(), "{path}");
            break;
        }
        rows.extend(some.iter().cloned());
    }
    rows
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

/// The function itself, past the gateway, which takes everything whether or not anybody reads.
async fn begins(app: &TestApp, admin: &Person<'_>, list: &str) -> Response<StreamBody> {
    let outside = Outside { environment: app.stack.environment("exports"), ..app.outside() };
    let function = Arc::new(exports::App::start(&outside).await.unwrap());
    let file = house::root().join("events/exports-get-admin_export_list.json");
    let mut event: Value = serde_json::from_str(&house::read(&file)).unwrap();
    event["headers"]["token"] = json!(admin.token);
    event["multiValueHeaders"]["token"] = json!([admin.token]);
    event["pathParameters"]["list"] = json!(list);
    let answer = Box::pin(exports::route(function, lambda_http::request::from_str(&event.to_string()).unwrap())).await;
    assert_eq!(answer.status(), 200);
    answer
}

/// The next piece of a file; none at its proper end, an error where it breaks off.
async fn piece(body: &mut StreamBody) -> Option<Result<Bytes, web::Broken>> {
    let piece = tokio::time::timeout(Duration::from_secs(3_600), body.frame()).await.expect("in time")?;
    Some(piece.map(|frame| frame.into_data().expect("data")))
}

#[tokio::test]
async fn every_export_is_recorded_before_its_first_byte() {
    TestApp::run(async |app| {
        let (admin, _) = site(app).await;
        let answer =
            export(app, &admin, "users?format=csv&from=2025-12-31&to=2026-01-02&before=9000000000000000000").await;
        let record = &app.get("/api/admin/audit", &admin.token).await.data()["rows"][0];
        assert_eq!(record["action"], "GET /api/admin/export/{list}");
        assert_eq!((&record["target"], &record["user_id"]), (&json!("export users"), &json!(admin.id)));
        assert_eq!(record["request_id"], answer.headers["x-request-id"].to_str().unwrap());
        let changes: Value = serde_json::from_str(record["changes"].as_str().unwrap()).unwrap();
        let expected = json!({"format": [null, "csv"], "from": [null, "2025-12-31"], "to": [null, "2026-01-02"],
            "before": [null, "9000000000000000000"]});
        assert_eq!(changes, expected);

        let fault = testkit::Fault::new(testkit::FaultKind::FailBefore).lasting().on("TransactWriteItems");
        app.stack.wire.plan(fault);
        let refused = export(app, &admin, "users").await;
        assert_eq!(refused.refusal(503), "服务繁忙，请稍后再试！");
        app.stack.wire.heal();
        let count = app.get("/api/admin/audit", &admin.token).await.data()["count"].as_u64().unwrap();
        app.clock.advance(Duration::from_millis(1));
        export(app, &admin, "all?start=audit").await;
        let again = app.get("/api/admin/audit", &admin.token).await.data();
        assert_eq!((again["count"].as_u64().unwrap(), &again["rows"][0]["target"]), (count + 1, &json!("export all")));
    })
    .await;
}
