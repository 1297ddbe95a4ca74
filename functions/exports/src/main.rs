//! The `exports` function.

use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let outside = web::start()?;
    let app = Arc::new(exports::App::start(&outside).await?);
    web::serve_streaming(|request| exports::route(Arc::clone(&app), request)).await
}
