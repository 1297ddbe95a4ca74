//! The `auth` function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let outside = web::start()?;
    let app = auth::App::start(&outside).await?;
    web::serve(|request| auth::route(&app, request)).await
}
