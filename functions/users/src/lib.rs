//! The user's own account and the keys of their programs, and all users for administrators.

mod admin_user_get;
mod admin_user_id;
mod admin_user_post;
mod admin_user_put;
mod api_key;
mod billing_subscription;
mod billing_usage;
mod user_info;
mod user_keys_get;
mod user_keys_id;
mod user_keys_post;
mod wanted;

use domain::{Error, Result};
use http::{Method, Response};
use lambda_http::{Body, Request};
use platform::password::Hasher;
use platform::{Base, Outside, StartError};
use table::audit::Audit;
use table::people::By;
use web::{Call, Reply};

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    hasher: Hasher,
}

impl App {
    /// Reads the environment and opens the table's connection.
    ///
    /// # Errors
    /// When the environment lacks something.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        platform::reach(&base.table).await;
        Ok(Self { base, hasher: Hasher::new()? })
    }

    /// Who does what a call asks for.
    fn by<'a>(&self, audit: &'a Audit) -> By<'a> {
        By { audit, today: self.base.zone.day(audit.at) }
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
        (&Method::GET, "/api/user/info") => user_info::handle(app, call).await,
        (&Method::GET, "/api/user/keys") => user_keys_get::handle(app, call).await,
        (&Method::POST, "/api/user/keys") => user_keys_post::handle(app, call).await,
        (&Method::DELETE, "/api/user/keys/{id}") => user_keys_id::handle(app, call).await,
        (&Method::GET, "/api/admin/user") => admin_user_get::handle(app, call).await,
        (&Method::POST, "/api/admin/user") => admin_user_post::handle(app, call).await,
        (&Method::PUT, "/api/admin/user") => admin_user_put::handle(app, call).await,
        (&Method::DELETE, "/api/admin/user/{id}") => admin_user_id::handle(app, call).await,
        (&Method::GET, "/dashboard/billing/subscription" | "/v1/dashboard/billing/subscription") => {
            billing_subscription::handle(call).await
        }
        (&Method::GET, "/dashboard/billing/usage" | "/v1/dashboard/billing/usage") => billing_usage::handle(call).await,
        _ => Err(Error::no_route()),
    }
}
