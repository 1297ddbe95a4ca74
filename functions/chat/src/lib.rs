//! Chat: a turn is reserved, relayed from an upstream as it comes, and settled inside the answer.

mod api_ask;
mod ask;
mod budget;
mod chat_completion;
mod completion;
mod completions;
mod frames;
mod open;
mod outlet;
mod settle;
mod turn;
mod v1_chat_completions;

use std::sync::Arc;

use domain::Error;
use http::{Method, Response};
use keyring::Keyring;
use lambda_http::Request;
use platform::{Base, Outside, StartError};
use table::site::CachedSite;
use web::{Call, StreamBody};

use crate::v1_chat_completions::Opened;

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
    match call.route() {
        (&Method::POST, "/api/chat/completions") => call.answer_streaming(completions::handle(&app, &call).await),
        (&Method::POST, "/api/chat/completion") => call.answer_streaming(chat_completion::handle(&app, &call).await),
        (&Method::POST, "/v1/chat/completions") => match v1_chat_completions::handle(&app, &call).await {
            Ok(Opened::Stream(body)) => call.answer_streaming(Ok(body)),
            Ok(Opened::Whole(work)) => call.answer_slowly(work).await,
            Err(error) => call.answer_whole(Err(error)),
        },
        _ => call.answer_whole(Err(Error::no_route())),
    }
}
