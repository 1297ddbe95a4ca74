//! The `site` function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let outside = web::start()?;
    let app = site::App::start(&outside).await?;
    web::serve(|request| site::route(&app, request)).await
}
