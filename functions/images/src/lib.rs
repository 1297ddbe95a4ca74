//! Pictures: drawn by an upstream, or uploaded; kept without anything but the image.
#![expect(dead_code, reason = "the endpoints that use the forms and the pictures come next")]

mod clean;
mod form;

use std::sync::Arc;

use domain::{Error, Result};
use http::Response;
use lambda_http::Request;
use platform::{Base, Outside, StartError};
use web::{Call, StreamBody};

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
}

impl App {
    /// Reads the environment and opens the table's connection.
    ///
    /// # Errors
    /// When the environment lacks something.
    #[expect(clippy::unused_async, reason = "every function starts like this")]
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        Ok(Self { base: Base::new(outside)? })
    }
}

/// Answers one request.
#[expect(clippy::unused_async, reason = "every function answers like this")]
pub async fn route(app: Arc<App>, request: Request) -> Response<StreamBody> {
    let call = Call::new(&app.base, request);
    call.answer_whole(Err(Error::no_route()))
}
