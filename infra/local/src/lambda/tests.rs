use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use http_body_util::BodyExt as _;
use lambda_http::RequestExt as _;
use serde_json::json;

use super::*;

const PATIENCE: Duration = Duration::from_secs(5);

fn lambda(code: Code) -> Lambda {
    let function = Function {
        id: "Test".to_owned(),
        name: "local-Test".to_owned(),
        arn: "arn:aws:lambda:us-east-1:000000000000:function:local-Test".to_owned(),
        package: "test".to_owned(),
        timeout: Duration::from_millis(200),
        memory_mb: 128,
        environment: BTreeMap::new(),
        statements: Vec::new(),
        routes: Vec::new(),
        schedules: Vec::new(),
    };
    Lambda::new(function, code, Tasks::default())
}

fn buffered<F>(answer: impl Fn(lambda_http::Request) -> F + Send + Sync + 'static) -> Lambda
where
    F: Future<Output = lambda_http::Body> + Send + 'static,
{
    lambda(Code::Buffered(Arc::new(move |request| Box::pin(answer(request).map(Response::new)))))
}

fn streaming<F>(producer: impl Fn(web::Sender) -> F + Clone + Send + Sync + 'static) -> Lambda
where
    F: Future<Output = ()> + Send + 'static,
{
    lambda(Code::Streaming(Arc::new(move |_| {
        let body = web::StreamBody::from_producer(producer.clone());
        Box::pin(async move { Response::new(body) })
    })))
}

fn invocation(patience: Duration) -> Invocation {
    let event = json!({
        "resource": "/a", "path": "/a", "httpMethod": "GET", "headers": {}, "multiValueHeaders": {}, "body": null,
        "requestContext": { "stage": "prod", "requestId": "r", "httpMethod": "GET", "identity": {} },
    });
    Invocation { event, request_id: "i-1".to_owned(), millis: 1_000, patience, accepts_binary: false }
}

async fn refusal(lambda: &Lambda, patience: Duration) -> Refusal {
    lambda.answer(invocation(patience)).await.map(|_| ()).unwrap_err()
}

#[tokio::test]
async fn a_function_sees_its_context() {
    let lambda = buffered(|request| async move {
        let context = request.lambda_context();
        format!("{} {} {}", request.raw_http_path(), context.request_id, context.deadline).into()
    });
    let response = lambda.answer(invocation(PATIENCE)).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "/a i-1 1200");
}

#[tokio::test]
async fn failures_become_the_gateways_answers() {
    let large = buffered(|_| async { "x".repeat(PAYLOAD_BYTES_MAX).into() });
    assert_eq!(refusal(&large, PATIENCE).await, Refusal::BadGateway);
    let broken = buffered(|_| async { panic!("a bug") });
    assert_eq!(refusal(&broken, PATIENCE).await, Refusal::BadGateway);
    let endless = buffered(|_| std::future::pending());
    assert_eq!(refusal(&endless, PATIENCE).await, Refusal::Timeout);
    assert_eq!(refusal(&endless, Duration::from_millis(1)).await, Refusal::Timeout);
    let mut invocation = invocation(PATIENCE);
    invocation.event["body"] = json!("x".repeat(PAYLOAD_BYTES_MAX));
    assert_eq!(endless.answer(invocation).await.map(|_| ()).unwrap_err(), Refusal::TooLarge);
}

fn soon() -> tokio::time::Instant {
    tokio::time::Instant::now() + Duration::from_secs(5)
}

#[tokio::test]
async fn a_stream_is_passed_on_as_it_comes() {
    let lambda = streaming(|sender| async move {
        let _ = sender.send("one".into(), soon()).await;
        std::future::pending::<()>().await;
    });
    let mut body = lambda.answer(invocation(PATIENCE)).await.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "one");
    // The function's time is over in the middle of its answer.
    assert!(body.frame().await.unwrap().is_err());
}

#[tokio::test]
async fn a_function_that_breaks_in_its_stream_cuts_it() {
    let lambda = streaming(|_| async { panic!("a bug") });
    let body = lambda.answer(invocation(PATIENCE)).await.unwrap().into_body();
    assert!(body.collect().await.is_err());
}

#[tokio::test]
async fn a_function_goes_on_when_its_client_has_left() {
    let ended = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&ended);
    let lambda = streaming(move |sender| {
        let mark = Arc::clone(&mark);
        async move {
            for _ in 0..100 {
                assert!(sender.send("chunk".into(), soon()).await.is_ok());
            }
            mark.store(true, Ordering::SeqCst);
        }
    });
    drop(lambda.answer(invocation(PATIENCE)).await.unwrap());
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(ended.load(Ordering::SeqCst));
}

#[tokio::test]
async fn only_scheduled_functions_are_run() {
    let job = lambda(Code::Scheduled(Arc::new(|| Box::pin(async { Ok(json!({ "done": 1 })) }))));
    assert_eq!(job.run().await, Ok(json!({ "done": 1 })));
    assert_eq!(refusal(&job, PATIENCE).await, Refusal::BadGateway);
    let job = lambda(Code::Scheduled(Arc::new(|| Box::pin(std::future::pending()))));
    assert_eq!(job.run().await, Err("timed out".to_owned()));
    let job = buffered(|_| async { lambda_http::Body::Empty });
    assert_eq!(job.run().await, Err("is not started by a schedule".to_owned()));
}
