//! Upstream keys: what the administrator sees of them, changes and checks, and which models they serve. Each route has two names, because front ends
//! of different age call the thing differently.

mod form;
mod models;
mod token_check;
mod token_get;
mod token_id;
mod token_post;
mod token_put;
mod v1_models;
mod v1_models_model;
mod v1_proxy;

use domain::{Error, Result};
use http::{Method, Response};
use keyring::Keyring;
use lambda_http::{Body, Request};
use platform::{Base, Outside, StartError};
use table::upstream_key::costs as metered;
use views::upstreams as view;
use web::{Call, Reply};

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    keyring: Keyring,
}

impl App {
    /// Reads the environment, opens the table's connection and fetches the secret.
    ///
    /// # Errors
    /// When the environment lacks something or the secret cannot be had.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        let keys = base.warm_up(outside).await?;
        let keyring = Keyring::new(outside, base.table.clone(), base.zone.clone(), keys.sealer()?)?;
        Ok(Self { base, keyring })
    }
}

/// Answers one request.
pub async fn route(app: &App, request: Request) -> Response<Body> {
    let call = Call::new(&app.base, request);
    let result = call.in_time(dispatch(app, &call)).await;
    call.answer(result)
}

async fn dispatch(app: &App, call: &Call) -> Result<Reply> {
    match call.route() {
        (&Method::GET, "/api/admin/token" | "/api/admin/aikey") => token_get::handle(app, call).await,
        (&Method::POST, "/api/admin/token" | "/api/admin/aikey") => token_post::handle(app, call).await,
        (&Method::PUT, "/api/admin/token" | "/api/admin/aikey") => token_put::handle(app, call).await,
        (&Method::DELETE, "/api/admin/token/{id}" | "/api/admin/aikey/{id}") => token_id::handle(app, call).await,
        (&Method::POST, "/api/admin/token/check" | "/api/admin/aikey/check") => token_check::handle(app, call).await,
        (&Method::GET, "/v1/models") => v1_models::handle(app, call).await,
        (&Method::GET, "/v1/models/{model+}") => v1_models_model::handle(app, call).await,
        (_, "/v1/{proxy+}") => v1_proxy::handle().await,
        _ => Err(Error::no_route()),
    }
}
