//! The roles of the functions: each calls AWS through a client of its own that refuses, as IAM does, what its role in
//! `template.yaml` does not allow, and that remembers which rights were used.

mod needs;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http::{HeaderValue, StatusCode, header};

use crate::template::{Function, Statement, matches};
use needs::Need;

/// One action on one resource that a function's role allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// The function, by package name.
    pub function: String,
    /// The statement that gives it.
    pub sid: String,
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    /// An ARN, which may have a `*`.
    pub resource: String,
}

/// The rights of one function. Clones share what they have seen.
#[derive(Clone, Debug)]
pub(crate) struct Rights(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    function: String,
    statements: Vec<Statement>,
    used: Mutex<BTreeSet<Right>>,
}

impl Rights {
    /// The rights that the template gives to `function`.
    pub(crate) fn of(function: &Function) -> Self {
        Self(Arc::new(Inner {
            function: function.package.clone(),
            statements: function.statements.clone(),
            used: Mutex::default(),
        }))
    }

    /// `open`, for these rights only.
    pub(crate) fn client(&self, open: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Guarded { rights: self.clone(), open })
    }

    /// Everything that the role allows.
    pub(crate) fn given(&self) -> BTreeSet<Right> {
        let right = |statement: &Statement, action: &str, resource: &str| Right {
            function: self.0.function.clone(),
            sid: statement.sid.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
        };
        let mut all = BTreeSet::new();
        for statement in &self.0.statements {
            for action in &statement.actions {
                all.extend(statement.resources.iter().map(|resource| right(statement, action, resource)));
            }
        }
        all
    }

    /// What of it was used since the start.
    pub(crate) fn used(&self) -> BTreeSet<Right> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the role allows what a request needs, all of it; the first need that it does not allow.
    fn check(&self, needs: Vec<Need>) -> Result<(), Need> {
        let mut used = BTreeSet::new();
        for need in needs {
            match self.allowing(&need) {
                Some(right) => used.insert(right),
                None => return Err(need),
            };
        }
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner).extend(used);
        Ok(())
    }

    fn allowing(&self, need: &Need) -> Option<Right> {
        self.0.statements.iter().find_map(|statement| {
            let action = statement.actions.iter().find(|action| matches(action, &need.action))?;
            let resource = statement.resources.iter().find(|resource| matches(resource, &need.resource))?;
            statement.holds(&need.context).then(|| Right {
                function: self.0.function.clone(),
                sid: statement.sid.clone(),
                action: action.clone(),
                resource: resource.clone(),
            })
        })
    }
}

/// A client that asks the rights first.
#[derive(Clone, Debug)]
struct Guarded {
    rights: Rights,
    open: SharedHttpClient,
}

impl HttpClient for Guarded {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        let open = self.open.http_connector(settings, parts);
        SharedHttpConnector::new(Connector { rights: self.rights.clone(), open })
    }

    fn validate_base_client_config(&self, parts: &RuntimeComponentsBuilder, bag: &ConfigBag) -> Result<(), BoxError> {
        self.open.validate_base_client_config(parts, bag)
    }

    fn validate_final_config(&self, parts: &RuntimeComponents, bag: &ConfigBag) -> Result<(), BoxError> {
        self.open.validate_final_config(parts, bag)
    }
}

#[derive(Debug)]
struct Connector {
    rights: Rights,
    open: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self.rights.check(needs::of(&request)) {
            Ok(()) => self.open.call(request),
            Err(Need { action, resource, .. }) => {
                let function = self.rights.0.function.as_str();
                tracing::error!(function, action, resource, "the function's role in template.yaml does not allow this");
                HttpConnectorFuture::ready(denied(&request))
            }
        }
    }
}

/// How AWS refuses what a role does not allow, in the service's own format.
fn denied(request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let (status, kind, body) = if request.headers().contains_key("x-amz-target") {
        let body = r#"{"__type":"AccessDeniedException","message":"not authorized to perform this"}"#;
        (StatusCode::BAD_REQUEST, "application/x-amz-json-1.0", body)
    } else {
        let body = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                    <Message>not authorized to perform this</Message></Error></ErrorResponse>";
        (StatusCode::FORBIDDEN, "text/xml", body)
    };
    let mut response = http::Response::new(SdkBody::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}
