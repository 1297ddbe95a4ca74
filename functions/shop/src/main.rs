//! The `shop` function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let outside = web::start()?;
    let app = shop::App::start(&outside).await?;
    web::serve(|request| shop::route(&app, request)).await
}
