//! The `messages` function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let outside = web::start()?;
    let app = messages::App::start(&outside).await?;
    web::serve(|request| messages::route(&app, request)).await
}
