//! Credits: statements, sign-ins, and the administrator's side of them.

mod admin_signin;
mod admin_turnover_get;
mod admin_turnover_id;
mod admin_turnover_put;
mod signin;
mod signin_list;
mod turnover;
mod view;

use domain::{Error, Result};
use http::{Method, Response};
use lambda_http::{Body, Request};
use platform::{Base, Outside, StartError};
use table::site::CachedSite;
use web::{Call, Reply};

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    site: CachedSite,
}

impl App {
    /// Reads the environment, opens the table's connection and reads the site's settings.
    ///
    /// # Errors
    /// When the environment lacks something.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        let site = CachedSite::default();
        platform::reach(&base.table).await;
        // Read ahead for the first request; if it fails now, that request reads it.
        let _ = site.get(&base.table, base.clock.millis()).await;
        Ok(Self { base, site })
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
        (&Method::GET, "/api/turnover") => turnover::handle(app, call).await,
        (&Method::POST, "/api/signin") => signin::handle(app, call).await,
        (&Method::GET, "/api/signin/list") => signin_list::handle(app, call).await,
        (&Method::GET, "/api/admin/signin") => admin_signin::handle(app, call).await,
        (&Method::GET, "/api/admin/turnover") => admin_turnover_get::handle(app, call).await,
        (&Method::PUT, "/api/admin/turnover") => admin_turnover_put::handle(app, call).await,
        (&Method::DELETE, "/api/admin/turnover/{id}") => admin_turnover_id::handle(app, call).await,
        _ => Err(Error::no_route()),
    }
}
