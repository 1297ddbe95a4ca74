//! Redemption codes (卡密) as administrators handle them.

mod batches;
mod expiry;
mod faults;
mod listing;
mod making;
mod races;
mod removing;

use std::time::Duration;

use credits::App;
use hyper::Method;
use platform::Outside;
use serde_json::{Value, json};
use testkit::Planned;

use crate::app::{ADMIN, Person, TestApp};
use crate::house;
use crate::http::Answer;

const ROUTE: &str = "/api/admin/carmi";

/// Makes codes as the administrator, and returns their rows.
pub async fn make(app: &TestApp, order: &Value) -> Vec<Value> {
    make_as(app, &app.log_in(ADMIN).await, order).await
}

/// The same with a session that is there: mails to one address are limited.
pub async fn make_as(app: &TestApp, admin: &Person<'_>, order: &Value) -> Vec<Value> {
    let data = app.post(ROUTE, &admin.token, order).await.data();
    data.as_array().unwrap().clone()
}

/// An order of codes that give credits and never expire.
pub fn credits(quantity: u32, reward: i64) -> Value {
    json!({"type": "integral", "end_time": "", "quantity": quantity, "reward": reward})
}

/// The texts of codes.
pub fn keys(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect()
}

/// One new code that gives credits.
pub async fn one_code(app: &TestApp, reward: i64) -> String {
    keys(&make(app, &credits(1, reward)).await).remove(0)
}

pub async fn redeem(app: &TestApp, person: &Person<'_>, key: &str) -> Answer {
    app.post("/api/use_carmi", &person.token, &json!({"carmi": key})).await
}

/// The count and the rows of a page of the administrator's list.
pub async fn list(app: &TestApp, admin: &Person<'_>, query: &str) -> (u64, Vec<Value>) {
    let data = app.get(&format!("{ROUTE}{query}"), &admin.token).await.data();
    (data["count"].as_u64().unwrap(), data["rows"].as_array().unwrap().clone())
}

/// How many codes are unused, used and void.
pub async fn statuses(app: &TestApp, admin: &Person<'_>) -> [u64; 3] {
    let mut counts = [0; 3];
    for (status, count) in counts.iter_mut().enumerate() {
        *count = list(app, admin, &format!("?status={status}")).await.0;
    }
    counts
}

/// The row of the newest batch.
pub async fn batch(app: &TestApp, admin: &Person<'_>) -> Value {
    app.get(&format!("{ROUTE}/batch"), &admin.token).await.data()["rows"][0].clone()
}

pub async fn delete(app: &TestApp, admin: &Person<'_>, path: &str) -> Answer {
    app.send(Method::DELETE, &format!("{ROUTE}{path}"), &admin.token, "").await
}

/// Marks what is over, and returns how many codes that were.
pub async fn check(app: &TestApp, admin: &Person<'_>) -> u64 {
    let answer = app.get(&format!("{ROUTE}/check"), &admin.token).await;
    assert_eq!(answer.envelope()["message"], "检查完成");
    answer.data()["count"].as_u64().unwrap()
}

/// The credits function, started as a cold start does, to be killed in the middle of a request.
pub struct Function(App);

impl Function {
    pub async fn start(app: &TestApp) -> Self {
        let outside = Outside { environment: app.stack.environment("credits"), ..app.outside() };
        Self(App::start(&outside).await.unwrap())
    }

    /// Hands it a recorded event, and kills it once `fault` has struck. False when it answered before that.
    pub async fn dies(&self, event: &str, token: &str, id: &str, body: &Value, fault: &Planned) -> bool {
        let request = request(event, token, id, body);
        let dead = tokio::select! {
            () = fault.reached() => true,
            _ = credits::route(&self.0, request) => false,
        };
        // A call beside the one that hangs may still land, as it would while Lambda ends a sandbox.
        tokio::time::sleep(Duration::from_millis(50)).await;
        dead
    }
}

/// A recorded event with another token, id in the path, and body.
fn request(event: &str, token: &str, id: &str, body: &Value) -> lambda_http::Request {
    let file = house::root().join("events").join(format!("{event}.json"));
    let mut event: Value = serde_json::from_str(&house::read(&file)).unwrap();
    event["headers"]["token"] = json!(token);
    event["multiValueHeaders"]["token"] = json!([token]);
    if !id.is_empty() {
        event["pathParameters"]["id"] = json!(id);
    }
    if !body.is_null() {
        event["body"] = json!(body.to_string());
        event["isBase64Encoded"] = json!(false);
    }
    lambda_http::request::from_str(&event.to_string()).unwrap()
}
