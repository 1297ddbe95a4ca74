//! A function in a sandbox of its own, which can be killed as Lambda kills one: at once, whatever it waits for. (In the
//! stack's own process a call that hangs would come back to life by the SDK's time-outs.)

use std::future::Future;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use platform::Outside;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::app::TestApp;
use crate::house;

pub struct Sandbox {
    runtime: Option<Runtime>,
    outside: Outside,
}

impl Sandbox {
    pub fn of(app: &TestApp, package: &str) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let outside = Outside { environment: app.stack.environment(package), ..app.outside() };
        Self { runtime: Some(runtime), outside }
    }

    fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.runtime.as_ref().unwrap().spawn(work)
    }

    /// Starts the auth function, and returns what hands it one request.
    pub async fn auth(&self) -> impl FnOnce(&str, &Value) -> JoinHandle<()> {
        let outside = self.outside.clone();
        let function = self.spawn(async move { auth::App::start(&outside).await.unwrap() }).await.unwrap();
        move |token, body| {
            let request = request("auth-post-login", token, body);
            self.spawn(async move {
                auth::route(&function, request).await;
            })
        }
    }

    /// Starts the credits function, and returns what hands it one request.
    pub async fn credits(&self) -> impl FnOnce(lambda_http::Request) -> JoinHandle<()> {
        let outside = self.outside.clone();
        let function = self.spawn(async move { credits::App::start(&outside).await.unwrap() }).await.unwrap();
        move |request| {
            self.spawn(async move {
                credits::route(&function, request).await;
            })
        }
    }

    /// Starts the site function, and returns what hands it one request.
    pub async fn site(&self) -> impl FnOnce(lambda_http::Request) -> JoinHandle<()> {
        let outside = self.outside.clone();
        let function = self.spawn(async move { site::App::start(&outside).await.unwrap() }).await.unwrap();
        move |request| {
            self.spawn(async move {
                site::route(&function, request).await;
            })
        }
    }

    /// Starts the chat function, and returns what hands it one request and reads its answer to the end.
    pub async fn chat(&self) -> impl FnOnce(&str, &Value) -> JoinHandle<()> {
        let outside = self.outside.clone();
        let function = self.spawn(async move { chat::App::start(&outside).await.unwrap() }).await.unwrap();
        move |token, body| {
            let request = request("chat-post-chat_completions", token, body);
            self.spawn(async move {
                let _ = chat::route(Arc::new(function), request).await.collect().await;
            })
        }
    }

    /// The same for a program's request, with an API key.
    pub async fn completions(&self) -> impl FnOnce(&str, &Value) -> JoinHandle<()> {
        let outside = self.outside.clone();
        let function = self.spawn(async move { chat::App::start(&outside).await.unwrap() }).await.unwrap();
        move |key, body| {
            let request = request_of_program("chat-post-v1_chat_completions", key, body);
            self.spawn(async move {
                let _ = chat::route(Arc::new(function), request).await.collect().await;
            })
        }
    }

    /// Starts the images function, and returns what hands it one request and reads its answer to the end.
    pub async fn images(&self) -> impl FnOnce(lambda_http::Request) -> JoinHandle<()> {
        let outside = self.outside.clone();
        let function = self.spawn(async move { images::App::start(&outside).await.unwrap() }).await.unwrap();
        move |request| {
            self.spawn(async move {
                let _ = images::route(Arc::new(function), request).await.collect().await;
            })
        }
    }

    /// Starts the messages function, and returns what hands it one recorded event that has no body.
    pub async fn messages(&self) -> impl FnOnce(&str, &str) -> JoinHandle<()> {
        let outside = self.outside.clone();
        let function = self.spawn(async move { messages::App::start(&outside).await.unwrap() }).await.unwrap();
        move |event, token| {
            let request = request(event, token, &Value::Null);
            self.spawn(async move {
                messages::route(&function, request).await;
            })
        }
    }

    /// Ends everything in it where it stands.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end();
    }
}

/// A recorded event with another token and body.
pub fn request(event: &str, token: &str, body: &Value) -> lambda_http::Request {
    let mut event = recorded(event, token);
    event["body"] = json!(body.to_string());
    event["isBase64Encoded"] = json!(false);
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

/// A recorded event with another API key and body.
fn request_of_program(event: &str, key: &str, body: &Value) -> lambda_http::Request {
    let mut event = recorded(event, "");
    let bearer = format!("Bearer {key}");
    event["headers"]["authorization"] = json!(bearer);
    event["multiValueHeaders"]["authorization"] = json!([bearer]);
    event["body"] = json!(body.to_string());
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

/// A recorded event with another token.
pub fn request_as(event: &str, token: &str) -> lambda_http::Request {
    lambda_http::request::from_str(&recorded(event, token).to_string()).unwrap()
}

/// A recorded event with another token and another `{id}` in its path.
pub fn request_for(event: &str, token: &str, id: &str) -> lambda_http::Request {
    let mut event = recorded(event, token);
    event["pathParameters"]["id"] = json!(id);
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

fn recorded(event: &str, token: &str) -> Value {
    let file = house::root().join("events").join(format!("{event}.json"));
    let mut event: Value = serde_json::from_str(&house::read(&file)).unwrap();
    event["headers"]["token"] = json!(token);
    event["multiValueHeaders"]["token"] = json!([token]);
    event
}
