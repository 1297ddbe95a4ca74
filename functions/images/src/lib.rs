//! Pictures: drawn by an upstream, or uploaded; kept without anything but the image.

mod admin_uploads;
mod admin_uploads_id;
mod ask;
mod clean;
mod draw;
mod files;
mod form;
mod generations;
mod images_get;
mod images_put;
mod upload_get;
mod upload_id;
mod upload_post;
mod v1_images_generations;
mod view;

use std::sync::Arc;

use domain::{Error, Result};
use http::{Method, Response};
use keyring::Keyring;
use lambda_http::Request;
use platform::{Base, Objects, Outside, StartError};
use table::site::CachedSite;
use web::{Call, Reply, StreamBody};

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    site: CachedSite,
    keyring: Keyring,
    objects: Objects,
}

impl App {
    /// Reads the environment, opens the connections, fetches the secret and the site's settings.
    ///
    /// # Errors
    /// When the environment lacks something or the secret cannot be had.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        let objects = Objects::new(outside)?;
        let site = CachedSite::default();
        let keys = base.warm_up(outside).await?;
        // Read ahead for the first request; if it fails now, that request reads it.
        let _ = site.get(&base.table, base.clock.millis()).await;
        let keyring = Keyring::new(outside, base.table.clone(), base.zone.clone(), keys.sealer()?)?;
        Ok(Self { base, site, keyring, objects })
    }
}

/// Answers one request.
pub async fn route(app: Arc<App>, request: Request) -> Response<StreamBody> {
    let call = Call::new(&app.base, request);
    match call.route() {
        (&Method::POST, "/api/images/generations") => generations::handle(&app, &call).await,
        (&Method::POST, "/v1/images/generations") => v1_images_generations::handle(&app, &call).await,
        _ => {
            let result = call.in_time(dispatch(&app, &call)).await;
            call.answer_whole(result)
        }
    }
}

/// The routes that take no longer than those of other functions.
async fn dispatch(app: &App, call: &Call) -> Result<Reply> {
    match call.route() {
        (&Method::GET, "/api/images") => images_get::handle(app, call).await,
        (&Method::PUT, "/api/images") => images_put::handle(app, call).await,
        (&Method::GET, "/api/upload") => upload_get::handle(app, call).await,
        (&Method::POST, "/api/upload") => upload_post::handle(app, call).await,
        (&Method::DELETE, "/api/upload/{id}") => upload_id::handle(app, call).await,
        (&Method::GET, "/api/admin/uploads") => admin_uploads::handle(app, call).await,
        (&Method::DELETE, "/api/admin/uploads/{id}") => admin_uploads_id::handle(app, call).await,
        _ => Err(Error::no_route()),
    }
}
