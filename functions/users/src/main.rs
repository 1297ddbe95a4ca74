//! The `users` function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let outside = web::start()?;
    let app = users::App::start(&outside).await?;
    web::serve(|request| users::route(&app, request)).await
}
