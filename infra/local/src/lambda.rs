//! One Lambda function: calls its code through the runtime's own adapters and keeps Lambda's limits.

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use http::Response;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent, Service, StreamAdapter, service_fn};
use lambda_runtime::{Config, Context};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::answers::Refusal;
use crate::body::{self, Body, Writer};
use crate::code::{Code, Handler};
use crate::reply::{self, Reply};
use crate::tasks::Tasks;
use crate::template::Function;

/// Lambda's limit of an event and of a buffered answer: 6 MB and a little.
const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;

/// A function and its code.
#[derive(Debug)]
pub(crate) struct Lambda {
    /// What the template says of it.
    pub(crate) function: Function,
    code: Code,
    config: Arc<Config>,
    tasks: Tasks,
}

/// One call of a function.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// The event.
    pub(crate) event: Value,
    /// Lambda's id of the call.
    pub(crate) request_id: String,
    /// Milliseconds since the Unix epoch, now.
    pub(crate) millis: i64,
    /// How long API Gateway waits.
    pub(crate) patience: Duration,
    /// Whether the client asks for one of the API's binary media types.
    pub(crate) accepts_binary: bool,
}

impl Lambda {
    /// A function that is ready to be called.
    pub(crate) fn new(function: Function, code: Code, tasks: Tasks) -> Self {
        let config = Config {
            function_name: function.name.clone(),
            memory: i32::try_from(function.memory_mb).unwrap_or(i32::MAX),
            version: "$LATEST".to_owned(),
            log_stream: "local".to_owned(),
            log_group: format!("/aws/lambda/{}", function.name),
        };
        Self { function, code, config: Arc::new(config), tasks }
    }

    /// Answers a request. As on Lambda, the function goes on to its end when the client does not wait for it.
    ///
    /// # Errors
    /// What API Gateway answers in the function's place.
    pub(crate) async fn answer(&self, invocation: Invocation) -> Result<Response<Body>, Refusal> {
        let text = invocation.event.to_string();
        if text.len() > PAYLOAD_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let request = serde_json::from_str::<LambdaRequest>(&text).map_err(|error| self.failed(&error.to_string()))?;
        let event = LambdaEvent::new(request, self.context(&invocation));
        match &self.code {
            Code::Buffered(handler) => {
                let reply = self.buffered(Arc::clone(handler), event, invocation.patience).await?;
                reply.into_response(invocation.accepts_binary).map_err(|problem| self.failed(problem))
            }
            Code::Streaming(handler) => self.streamed(Arc::clone(handler), event, invocation.patience).await,
            Code::Scheduled(_) => Err(self.failed("a scheduled function has no routes")),
        }
    }

    /// Runs a scheduled function once.
    ///
    /// # Errors
    /// Why it did not come to its end.
    pub(crate) async fn run(&self) -> Result<Value, String> {
        let Code::Scheduled(job) = &self.code else {
            return Err("is not started by a schedule".to_owned());
        };
        match self.tasks.spawn(timeout(self.function.timeout, job())).await {
            Ok(Some(Ok(report))) => report,
            Ok(Some(Err(_))) => Err("timed out".to_owned()),
            Ok(None) => Err("was stopped".to_owned()),
            Err(_) => Err("panicked".to_owned()),
        }
    }

    async fn buffered(
        &self,
        handler: Handler<Response<lambda_http::Body>>,
        event: LambdaEvent<LambdaRequest>,
        patience: Duration,
    ) -> Result<Reply, Refusal> {
        let work = async move {
            let answer =
                service_fn(move |request| handler(request).map(|answer| Ok::<_, Infallible>(web::Whole(answer))));
            let answering = Adapter::from(answer).call(event);
            let Ok(answer) = answering.await;
            serde_json::to_vec(&answer)
        };
        let call = self.tasks.spawn(timeout(self.function.timeout, work));
        let json = match timeout(patience, call).await {
            Ok(Ok(Some(Ok(json)))) => json.map_err(|error| self.failed(&error.to_string()))?,
            Err(_) | Ok(Ok(Some(Err(_)))) => return Err(self.timed_out()),
            Ok(Ok(None)) => return Err(self.failed("was stopped")),
            Ok(Err(_)) => return Err(self.failed("panicked")),
        };
        if json.len() > PAYLOAD_BYTES_MAX {
            return Err(self.failed("answered more than 6 MB"));
        }
        serde_json::from_slice(&json).map_err(|error| self.failed(&error.to_string()))
    }

    async fn streamed(
        &self,
        handler: Handler<Response<web::StreamBody>>,
        event: LambdaEvent<LambdaRequest>,
        patience: Duration,
    ) -> Result<Response<Body>, Refusal> {
        let (head_sender, head) = oneshot::channel();
        let (writer, body) = body::stream();
        let work = async move {
            let answer = service_fn(move |request| handler(request).map(Ok::<_, Infallible>));
            let answering = StreamAdapter::from(answer).call(event);
            let Ok(answer) = answering.await;
            // Nobody waits any more: the function goes on all the same.
            let _ = head_sender.send(answer.metadata_prelude);
            relay(answer.stream, writer).await;
        };
        let limit = self.function.timeout.min(patience);
        let call = self.tasks.spawn(timeout(limit, work));
        // Without a head the task has ended, one way or the other; how, decides what the gateway says.
        let Ok(prelude) = head.await else {
            return Err(match call.await {
                Ok(Some(Err(_))) => self.timed_out(),
                _ => self.failed("ended before it answered"),
            });
        };
        Ok(reply::streamed(prelude, body))
    }

    fn context(&self, invocation: &Invocation) -> Context {
        let now = u64::try_from(invocation.millis).unwrap_or_default();
        let limit = u64::try_from(self.function.timeout.as_millis()).unwrap_or(u64::MAX);
        let mut context = Context::default();
        context.request_id.clone_from(&invocation.request_id);
        context.deadline = now.saturating_add(limit);
        context.invoked_function_arn.clone_from(&self.function.arn);
        context.xray_trace_id = Some(trace_id(&invocation.request_id));
        context.env_config = Arc::clone(&self.config);
        context
    }

    fn failed(&self, problem: &str) -> Refusal {
        tracing::error!(function = self.function.id, problem, "the function failed");
        Refusal::BadGateway
    }

    fn timed_out(&self) -> Refusal {
        tracing::error!(function = self.function.id, "the function timed out");
        Refusal::Timeout
    }
}

/// The form of X-Ray: version, time and the rest, here of a UUID's digits.
fn trace_id(request_id: &str) -> String {
    let digits = request_id.replace('-', "");
    let (time, rest) = digits.split_at_checked(8).unwrap_or_default();
    format!("Root=1-{time}-{rest}")
}

/// Passes chunks on as they come, and takes them to the end also when nobody reads: on Lambda the function does not
/// learn that its client has left.
async fn relay<S, E>(mut chunks: S, writer: Writer)
where
    S: futures_util::Stream<Item = Result<bytes::Bytes, E>> + Unpin,
{
    let mut is_read = true;
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else { return };
        is_read = is_read && writer.write(chunk).await;
    }
    writer.end().await;
}
