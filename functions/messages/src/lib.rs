//! Messages: a user's conversations, and everybody's messages for administrators.

mod admin_messages_get;
mod admin_messages_id;
mod admin_messages_put;
mod conversations;
mod excerpt;
mod user_messages_delete;
mod user_messages_get;
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
        // Read ahead for the first request; if it fails now, that request reads it.
        let _ = site.get(&base.table, base.clock.millis()).await;
        Ok(Self { base, site })
    }

    /// For how many days administrators see what people delete.
    async fn content_log_days(&self, call: &Call) -> Result<u32> {
        Ok(self.site.get(&self.base.table, call.began()).await?.settings.content_log_days)
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
        (&Method::GET, "/api/user/messages") => user_messages_get::handle(app, call).await,
        (&Method::DELETE, "/api/user/messages") => user_messages_delete::handle(app, call).await,
        (&Method::GET, "/api/admin/messages") => admin_messages_get::handle(app, call).await,
        (&Method::PUT, "/api/admin/messages") => admin_messages_put::handle(app, call).await,
        (&Method::DELETE, "/api/admin/messages/{id}") => admin_messages_id::handle(app, call).await,
        _ => Err(Error::no_route()),
    }
}

#[cfg(test)]
mod tests;
