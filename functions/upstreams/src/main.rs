//! The `upstreams` function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let outside = web::start()?;
    let app = upstreams::App::start(&outside).await?;
    web::serve(|request| upstreams::route(&app, request)).await
}
