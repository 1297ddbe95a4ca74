//! Credits: statements, sign-ins, redemption codes, and the administrator's side of them.

mod admin_signin;
mod admin_turnover_get;
mod admin_turnover_id;
mod admin_turnover_put;
mod books;
mod carmi;
mod carmi_batch;
mod carmi_batch_id_delete;
mod carmi_batch_id_get;
mod carmi_check;
mod carmi_get;
mod carmi_id;
mod carmi_post;
mod signin;
mod signin_list;
mod turnover;
mod use_carmi;

use domain::{Error, Result};
use http::{Method, Response};
use lambda_http::{Body, Request};
use platform::{Base, Outside, RedemptionKey, Sealer, StartError};
use table::site::CachedSite;
use views::credits as view;
use web::{Call, Reply};

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    site: CachedSite,
    /// What redemption codes are stored under, and what their texts are sealed with.
    redemption: RedemptionKey,
    sealer: Sealer,
}

impl App {
    /// Reads the environment, opens the table's connection, fetches the secret and reads the site's settings.
    ///
    /// # Errors
    /// When the environment lacks something or the secret cannot be had.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        let site = CachedSite::default();
        let keys = base.warm_up(outside).await?;
        // Read ahead for the first request; if it fails now, that request reads it.
        let _ = site.get(&base.table, base.clock.millis()).await;
        Ok(Self { base, site, redemption: keys.redemption_codes()?, sealer: keys.sealer()? })
    }
}

/// Answers one request.
pub async fn route(app: &App, request: Request) -> Response<Body> {
    let call = Call::new(&app.base, request);
    let result = call.in_time(dispatch(app, &call)).await;
    call.answer(result)
}

async fn dispatch(app: &App, call: &Call) -> Result<Reply> {
    match call.route() {
        (&Method::GET, "/api/turnover") => turnover::handle(app, call).await,
        (&Method::POST, "/api/signin") => signin::handle(app, call).await,
        (&Method::GET, "/api/signin/list") => signin_list::handle(app, call).await,
        (&Method::GET, "/api/admin/signin") => admin_signin::handle(app, call).await,
        (&Method::GET, "/api/admin/turnover") => admin_turnover_get::handle(app, call).await,
        (&Method::PUT, "/api/admin/turnover") => admin_turnover_put::handle(app, call).await,
        (&Method::DELETE, "/api/admin/turnover/{id}") => admin_turnover_id::handle(app, call).await,
        (&Method::POST, "/api/use_carmi") => use_carmi::handle(app, call).await,
        (&Method::GET, "/api/admin/carmi") => carmi_get::handle(app, call).await,
        (&Method::POST, "/api/admin/carmi") => carmi_post::handle(app, call).await,
        (&Method::DELETE, "/api/admin/carmi/{id}") => carmi_id::handle(app, call).await,
        (&Method::GET, "/api/admin/carmi/check") => carmi_check::handle(app, call).await,
        (&Method::GET, "/api/admin/carmi/batch") => carmi_batch::handle(app, call).await,
        (&Method::GET, "/api/admin/carmi/batch/{id}") => carmi_batch_id_get::handle(app, call).await,
        (&Method::DELETE, "/api/admin/carmi/batch/{id}") => carmi_batch_id_delete::handle(app, call).await,
        (&Method::GET, "/api/admin/books") => books::handle(app, call).await,
        _ => Err(Error::no_route()),
    }
}
