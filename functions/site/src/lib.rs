//! The site itself: what everybody is shown of it, its settings and its notices, and the description of its API.

mod admin_audit;
mod admin_config_get;
mod admin_config_put;
mod admin_notification_get;
mod admin_notification_id;
mod admin_notification_post;
mod admin_notification_put;
mod admin_stats;
mod avatar;
mod config;
mod docs;
mod form;
mod html;
mod invite_record;
mod openapi_json;
mod persona;
mod shown;
mod user_records;
mod user_withdrawal;

pub use html::sanitised;

use domain::{Error, Result};
use http::{Method, Response};
use lambda_http::{Body, Request};
use platform::{Base, Outside, StartError};
use shown::Shown;
use table::site::CachedSite;
use views::site as view;
use web::{Call, Reply};

/// The administrators' lists of what this site has none of yet.
const NONE_YET: [&str; 8] = [
    "/api/admin/invite_record",
    "/api/admin/cashback",
    "/api/admin/withdrawal_record",
    "/api/admin/amount_details",
    "/api/admin/dialog",
    "/api/admin/persona",
    "/api/admin/plugins",
    "/api/admin/draw_record",
];

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    outside: Outside,
    shown: Shown,
    site: CachedSite,
}

impl App {
    /// Reads the environment, opens the table's connection and reads what everybody is shown.
    ///
    /// # Errors
    /// When the environment lacks something.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let (base, shown) = (Base::new(outside)?, Shown::default());
        // Read ahead for the first request; if it fails now, that request reads it.
        let _ = shown.get(&base, base.clock.millis()).await;
        Ok(Self { base, outside: outside.clone(), shown, site: CachedSite::default() })
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
        (&Method::GET, "/api/config") => config::handle(app, call).await,
        (&Method::GET, "/api/openapi.json") => openapi_json::handle().await,
        (&Method::GET, "/api/avatar") => avatar::handle(app, call).await,
        (&Method::GET, "/api/docs") => Ok(docs::handle().await),
        (&Method::GET, "/api/admin/audit") => admin_audit::handle(app, call).await,
        (&Method::GET, "/api/admin/stats") => admin_stats::handle(app, call).await,
        (&Method::GET, "/api/admin/config") => admin_config_get::handle(app, call).await,
        (&Method::PUT, "/api/admin/config") => admin_config_put::handle(app, call).await,
        (&Method::GET, "/api/admin/notification") => admin_notification_get::handle(app, call).await,
        (&Method::POST, "/api/admin/notification") => admin_notification_post::handle(app, call).await,
        (&Method::PUT, "/api/admin/notification") => admin_notification_put::handle(app, call).await,
        (&Method::DELETE, "/api/admin/notification/{id}") => admin_notification_id::handle(app, call).await,
        (&Method::GET, "/api/persona" | "/api/plugin") => persona::handle().await,
        (&Method::GET, "/api/user/records") => user_records::handle(call).await,
        (&Method::POST, "/api/user/withdrawal") => user_withdrawal::handle(call).await,
        (&Method::GET, path) if NONE_YET.contains(&path) => invite_record::handle(call).await,
        _ => Err(Error::no_route()),
    }
}
