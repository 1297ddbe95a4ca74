//! Exports: every list that administrators see, whole, as a file that is written while it is sent.

mod export;
mod export_list;
mod file;
mod lists;
mod reader;
mod rows;
mod wanted;

use std::sync::Arc;

use domain::Error;
use http::{Method, Response};
use lambda_http::Request;
use platform::{Base, Outside, Sealer, StartError};
use web::{Call, StreamBody};

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    /// What the texts of redemption codes are sealed with.
    sealer: Sealer,
    /// What the addresses of pictures begin with. The bucket itself is no business of this function.
    images_url: String,
}

impl App {
    /// Reads the environment, opens the table's connection and fetches the secret.
    ///
    /// # Errors
    /// When the environment lacks something or the secret cannot be had.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        let images_url = outside.environment.text("IMAGES_URL")?.trim_end_matches('/').to_owned();
        let keys = base.warm_up(outside).await?;
        Ok(Self { base, sealer: keys.sealer()?, images_url })
    }
}

impl App {
    /// Where everybody can fetch a file.
    fn url(&self, file: &str) -> String {
        format!("{}/{file}", self.images_url)
    }
}

/// Answers one request.
pub async fn route(app: Arc<App>, request: Request) -> Response<StreamBody> {
    let call = Call::new(&app.base, request);
    match call.route() {
        (&Method::GET, "/api/admin/export/{list}") => {
            let begun = call.in_time(export_list::handle(&app, &call)).await;
            call.answer_download(begun)
        }
        _ => call.answer_whole(Err(Error::no_route())),
    }
}
