//! The `images` function.

use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let outside = web::start()?;
    let app = Arc::new(images::App::start(&outside).await?);
    web::serve_streaming(|request| images::route(Arc::clone(&app), request)).await
}
