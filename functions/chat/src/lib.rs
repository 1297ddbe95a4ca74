//! Chat: a turn is reserved, relayed from an upstream as it comes, and settled inside the stream.

mod ask;
mod budget;
mod completions;
mod open;
mod turn;

use std::sync::Arc;

use domain::{Error, Result};
use http::{Method, Response};
use keyring::Keyring;
use lambda_http::Request;
use platform::{Base, Outside, StartError};
use table::site::CachedSite;
use web::{Call, StreamBody};

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    site: CachedSite,
    keyring: Keyring,
}

impl App {
    /// Reads the environment, opens the connections, fetches the secret and the site's settings.
    ///
    /// # Errors
    /// When the environment lacks something or the secret cannot be had.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        let site = CachedSite::default();
        let keys = base.warm_up(outside).await?;
        // Read ahead for the first request; if it fails now, that request reads it.
        let _ = site.get(&base.table, base.clock.millis()).await;
        let keyring = Keyring::new(outside, base.table.clone(), base.zone.clone(), keys.sealer()?)?;
        Ok(Self { base, site, keyring })
    }
}

/// Answers one request.
pub async fn route(app: Arc<App>, request: Request) -> Response<StreamBody> {
    let call = Call::new(&app.base, request);
    let result = dispatch(&app, &call).await;
    call.answer_streaming(result)
}

async fn dispatch(app: &Arc<App>, call: &Call) -> Result<StreamBody> {
    match call.route() {
        (&Method::POST, "/api/chat/completions") => completions::handle(app, call).await,
        _ => Err(Error::no_route()),
    }
}
