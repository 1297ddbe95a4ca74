//! The `credits` function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let outside = web::start()?;
    let app = credits::App::start(&outside).await?;
    web::serve(|request| credits::route(&app, request)).await
}
