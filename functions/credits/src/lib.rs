//! Stub.

use lambda_http::{Body, Request, Response};

/// What this function uses.
#[derive(Debug)]
pub struct App;

impl App {
    /// Starts.
    ///
    /// # Errors
    /// When something is missing.
    pub async fn start(_outside: &platform::Outside) -> Result<Self, platform::StartError> {
        Ok(Self)
    }
}

/// Answers one request.
pub async fn route(_app: &App, _request: Request) -> Response<Body> {
    Response::new(Body::Empty)
}
