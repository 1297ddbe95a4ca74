//! The HTTP client below the AWS SDK: serves DynamoDB in process, sends the rest on, counts every call and breaks
//! the ones a fault plan names.

mod answers;
mod calls;
mod fault;
mod summary;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;

use crate::Dynamo;
use answers::answer;
use calls::{Log, Running};
use fault::Plans;

pub use calls::{Call, Service, round_trips};
pub use fault::{Fault, FaultKind, Planned};

/// The HTTP client to hand to production code. Clones share the log and the fault plans.
#[derive(Clone, Debug)]
pub struct Wire(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dynamo: Dynamo,
    elsewhere: SharedHttpClient,
    log: Arc<Log>,
    plans: Plans,
}

impl Wire {
    /// A client that gives DynamoDB's calls to `dynamo` and all others to `elsewhere`.
    pub fn new(dynamo: Dynamo, elsewhere: SharedHttpClient) -> Self {
        Self(Arc::new(Inner { dynamo, elsewhere, log: Arc::default(), plans: Plans::default() }))
    }

    /// The client itself, for `Outside.aws_http`.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// The calls that ended since the last take, in the order in which they began. A call ends when its answer is
    /// there, when it fails, or when its caller gives it up. Bounded: the newest ten thousand.
    pub fn take_log(&self) -> Vec<Call> {
        self.0.log.take()
    }

    /// Arms a fault. The calls that it counts are those that begin from now on.
    pub fn plan(&self, fault: Fault) -> Planned {
        self.0.plans.add(fault)
    }

    /// Disarms every fault, and lets calls that hang go on.
    pub fn heal(&self) {
        self.0.plans.clear();
    }

    /// Carries one call out, with what the fault plans do to it.
    async fn carry(self, elsewhere: SharedHttpConnector, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let call = summary::of(&request);
        let (service, operation) = (call.service, call.operation.clone());
        let mut running = Log::begin(&self.0.log, call);
        let Some((kind, planned)) = self.0.plans.strike(&operation) else {
            return self.perform(elsewhere, request, &mut running).await;
        };
        running.struck(kind);
        match kind {
            FaultKind::FailBefore => {
                planned.hit();
                Err(broken(io::ErrorKind::ConnectionRefused))
            }
            FaultKind::HangBefore => {
                planned.hold().await;
                self.perform(elsewhere, request, &mut running).await
            }
            FaultKind::FailAfter => {
                self.perform(elsewhere, request, &mut running).await?;
                running.lost();
                planned.hit();
                Err(broken(io::ErrorKind::ConnectionReset))
            }
            FaultKind::HangAfter => {
                let answer = self.perform(elsewhere, request, &mut running).await?;
                running.lost();
                planned.hold().await;
                running.answered(answer.status().as_u16());
                Ok(answer)
            }
            FaultKind::Throttle | FaultKind::Conflict | FaultKind::Http500 => {
                planned.hit();
                let (status, body) = answers::refusal(kind, service, &request);
                running.answered(status);
                answer(status, service, body)
            }
        }
    }

    async fn perform(
        &self,
        elsewhere: SharedHttpConnector,
        request: HttpRequest,
        running: &mut Running,
    ) -> Result<HttpResponse, ConnectorError> {
        if running.service() != Service::DynamoDb {
            let answer = elsewhere.call(request).await?;
            running.answered(answer.status().as_u16());
            return Ok(answer);
        }
        let body = summary::with_capacity(running.operation(), request.body().bytes().unwrap_or_default());
        let (dynamo, operation) = (self.0.dynamo.clone(), running.operation().to_owned());
        on_the_way().await;
        // The blocking pool, not this thread, on either kind of runtime. The engine waits for its lock and for the
        // disk; inline it would stall every stream and timer of a current_thread runtime. And because the caller is
        // suspended meanwhile, calls that production code makes side by side overlap here as on a network, which is
        // what lets `began` and `ended` tell parallel calls from sequential ones.
        let (status, body) = tokio::task::spawn_blocking(move || dynamo.execute(&operation, &body))
            .await
            .map_err(|error| ConnectorError::other(error.into(), None))?;
        on_the_way().await;
        running.answered(status);
        running.consumed(&body);
        answer(status, Service::DynamoDb, body)
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        let elsewhere = self.0.elsewhere.http_connector(settings, parts);
        SharedHttpConnector::new(Connector { wire: self.clone(), elsewhere, read_timeout: settings.read_timeout() })
    }

    fn validate_base_client_config(&self, parts: &RuntimeComponentsBuilder, bag: &ConfigBag) -> Result<(), BoxError> {
        self.0.elsewhere.validate_base_client_config(parts, bag)
    }

    fn validate_final_config(&self, parts: &RuntimeComponents, bag: &ConfigBag) -> Result<(), BoxError> {
        self.0.elsewhere.validate_final_config(parts, bag)
    }
}

/// One client's connections: the settings of that client, the shared wire.
#[derive(Debug)]
struct Connector {
    wire: Wire,
    elsewhere: SharedHttpConnector,
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let carried = self.wire.clone().carry(self.elsewhere.clone(), request);
        HttpConnectorFuture::new(bounded(self.read_timeout, carried))
    }
}

/// Stands for the way over the network, which is always longer than what is ready to run here: lets calls that were
/// started together all begin before the first of them ends, however fast the engine is.
async fn on_the_way() {
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
}

/// Applies the client's read time-out, which is the connector's job, so that a call that hangs looks as it does in
/// production.
async fn bounded(
    limit: Option<Duration>,
    call: impl Future<Output = Result<HttpResponse, ConnectorError>>,
) -> Result<HttpResponse, ConnectorError> {
    let Some(limit) = limit else {
        return call.await;
    };
    tokio::time::timeout(limit, call).await.unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into())))
}

fn broken(kind: io::ErrorKind) -> ConnectorError {
    ConnectorError::io(io::Error::new(kind, "broken by the fault plan").into())
}
