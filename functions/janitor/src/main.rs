//! The `janitor` function.

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let outside = web::start()?;
    let app = &janitor::App::start(&outside).await?;
    lambda_runtime::run(service_fn(|_: LambdaEvent<Value>| async move {
        janitor::run(app).await.map_err(lambda_runtime::Error::from)
    }))
    .await
}
