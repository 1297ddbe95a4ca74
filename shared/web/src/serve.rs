//! From `main` to the Lambda runtime.

use std::future::{Future, ready};
use std::pin::Pin;

use http::Response;
use lambda_http::{Body, IntoResponse, Request, service_fn};
use platform::{Outside, StartError};

use crate::StreamBody;

/// A whole answer, for the runtime's adapter. Its own conversion of `Response` would re-encode the text by the charset
/// of its content type, and put tables for all of the world's encodings into each function.
#[derive(Debug)]
pub struct Whole(pub Response<Body>);

impl IntoResponse for Whole {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(ready(self.0))
    }
}

/// Starts the log and gathers the outside. The first line of every `main`.
///
/// # Errors
/// When the TLS library refuses its own defaults.
pub fn start() -> Result<Outside, StartError> {
    let outside = Outside::of_process()?;
    platform::start_log(&outside.environment);
    Ok(outside)
}

/// Answers requests until Lambda ends the sandbox.
///
/// # Errors
/// When the runtime API fails.
pub async fn serve<F>(route: impl Fn(Request) -> F + Send) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Response<Body>> + Send,
{
    lambda_http::run(service_fn(|request| {
        let answer = route(request);
        async move { Ok::<_, lambda_http::Error>(Whole(answer.await)) }
    }))
    .await
}

/// As [`serve`], for streamed answers.
///
/// # Errors
/// When the runtime API fails.
pub async fn serve_streaming<F>(route: impl Fn(Request) -> F + Send) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Response<StreamBody>> + Send,
{
    lambda_http::run_with_streaming_response(service_fn(|request| {
        let answer = route(request);
        async move { Ok::<_, lambda_http::Error>(answer.await) }
    }))
    .await
}
