//! The shop function in a test's own hands: started as a cold start does, at another public address perhaps, handed
//! single events, and killed in the middle of one.

use std::time::Duration;

use http_body_util::BodyExt as _;
use platform::{Environment, Outside};
use serde_json::{Value, json};
use shop::App;
use testkit::Planned;

use crate::app::TestApp;
use crate::house;
use crate::http::Answer;

/// What the stack gives a function beside what the template does.
const ADDED: [&str; 8] = [
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "UPSTREAM_LOOPBACK",
];

pub struct Function(App);

impl Function {
    pub async fn start(app: &TestApp) -> Self {
        Self::start_in(app, app.stack.environment("shop")).await
    }

    /// A deployment whose owner says that it is reached at this address.
    pub async fn start_at(app: &TestApp, public_url: &str) -> Self {
        let (given, template) = (app.stack.environment("shop"), house::template());
        let function = template.functions.iter().find(|function| function.package == "shop").expect("the shop");
        let names = function.environment.keys().map(String::as_str).chain(ADDED);
        let taken = names.filter_map(|name| Some((name.to_owned(), given.find(name)?.to_owned())));
        let public_url = ("PUBLIC_URL".to_owned(), public_url.to_owned());
        Self::start_in(app, taken.chain([public_url]).collect()).await
    }

    async fn start_in(app: &TestApp, environment: Environment) -> Self {
        let outside = Outside { environment, ..app.outside() };
        // On the heap, here and below, because the threads of tests have small stacks.
        Self(Box::pin(App::start(&outside)).await.unwrap())
    }

    /// Hands it an event.
    pub async fn answers(&self, event: &Value) -> Answer {
        let (head, body) = Box::pin(shop::route(&self.0, request(event))).await.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        Answer { status: head.status, headers: head.headers, chunks: vec![(std::time::Instant::now(), bytes)] }
    }

    /// Hands it an event, and kills it once `fault` has struck. False when it answered before that.
    pub async fn dies(&self, event: &Value, fault: &Planned) -> bool {
        let dead = tokio::select! {
            () = fault.reached() => true,
            _ = Box::pin(shop::route(&self.0, request(event))) => false,
        };
        // A call beside the one that hangs may still land, as it would while Lambda ends a sandbox.
        tokio::time::sleep(Duration::from_millis(50)).await;
        dead
    }
}

/// A recorded event with another token, id in the path, and body.
pub fn event(name: &str, token: &str, id: &str, body: &Value) -> Value {
    let file = house::root().join("events").join(format!("{name}.json"));
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
    event
}

fn request(event: &Value) -> lambda_http::Request {
    lambda_http::request::from_str(&event.to_string()).unwrap()
}
