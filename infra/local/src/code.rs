//! The functions' code by package name, started once as in a warm Lambda instance.

use std::fmt;
use std::sync::Arc;

use http::Response;
use lambda_http::{Body, BoxFuture, Request};
use platform::{Outside, StartError};
use serde_json::Value;

/// A started function, by how it is called.
pub(crate) enum Code {
    /// Answers requests whole.
    Buffered(Handler<Response<Body>>),
    /// Answers requests piece by piece.
    Streaming(Handler<Response<web::StreamBody>>),
    /// Runs when its time has come.
    Scheduled(Job),
}

/// What answers a request with a `T`.
pub(crate) type Handler<T> = Arc<dyn Fn(Request) -> BoxFuture<'static, T> + Send + Sync>;

/// What a schedule runs; it tells what it has done, or why it could not.
pub(crate) type Job = Arc<dyn Fn() -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// Starts the function of one package; `None` when there is no such package.
///
/// # Errors
/// When the function refuses to start with what it is given.
pub(crate) async fn start(package: &str, outside: &Outside) -> Result<Option<Code>, StartError> {
    macro_rules! buffered {
        ($package:ident) => {{
            let app = Arc::new($package::App::start(outside).await?);
            Code::Buffered(Arc::new(move |request| {
                let app = Arc::clone(&app);
                Box::pin(async move { $package::route(&app, request).await })
            }))
        }};
    }
    Ok(Some(match package {
        "auth" => buffered!(auth),
        "users" => buffered!(users),
        "credits" => buffered!(credits),
        "chat" => {
            let app = Arc::new(chat::App::start(outside).await?);
            Code::Streaming(Arc::new(move |request| Box::pin(chat::route(Arc::clone(&app), request))))
        }
        "images" => {
            let app = Arc::new(images::App::start(outside).await?);
            Code::Streaming(Arc::new(move |request| Box::pin(images::route(Arc::clone(&app), request))))
        }
        "exports" => {
            let app = Arc::new(exports::App::start(outside).await?);
            Code::Streaming(Arc::new(move |request| Box::pin(exports::route(Arc::clone(&app), request))))
        }
        "messages" => buffered!(messages),
        "upstreams" => buffered!(upstreams),
        "shop" => buffered!(shop),
        "site" => buffered!(site),
        "janitor" => {
            let app = Arc::new(janitor::App::start(outside).await?);
            Code::Scheduled(Arc::new(move || {
                let app = Arc::clone(&app);
                Box::pin(async move { janitor::run(&app).await.map_err(|error| error.to_string()) })
            }))
        }
        _ => return Ok(None),
    }))
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Buffered(_) => "Buffered",
            Self::Streaming(_) => "Streaming",
            Self::Scheduled(_) => "Scheduled",
        })
    }
}
