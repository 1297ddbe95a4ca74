//! The shop: products, payment channels, orders, and what payment providers tell of them.

mod channel_form;
mod orders;
mod orders_id;
mod orders_id_refresh;
mod pay_notify;
mod pay_order_id;
mod pay_precreate;
mod payment_get;
mod payment_id;
mod payment_id_test;
mod payment_post;
mod payment_put;
mod product;
mod product_form;
mod products_get;
mod products_id;
mod products_post;
mod products_put;
mod test_notification;
mod text;

pub use text::plain;

use cashier::Cashier;
use domain::{Error, OrderId, Provider, Result};
use http::{Method, Response};
use lambda_http::{Body, Request};
use platform::{Base, Outside, StartError, TestKey};
use views::shop as view;
use web::{Call, Reply};

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    cashier: Cashier,
    test_key: TestKey,
}

impl App {
    /// Reads the environment, opens the table's connection and fetches the secret.
    ///
    /// # Errors
    /// When the environment lacks something or the secret cannot be had.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        let keys = base.warm_up(outside).await?;
        let cashier = Cashier::new(outside, base.table.clone(), base.zone.clone(), keys.sealer()?)?;
        Ok(Self { cashier, test_key: keys.test_notifications()?, base })
    }

    /// Where a provider tells of an order.
    fn notify_url(call: &Call, provider: Provider, order: OrderId) -> Result<String> {
        Ok(format!("{}/api/pay/notify/{}/{order}", public_url(call)?, provider.name()))
    }
}

/// Where providers reach this deployment.
fn public_url(call: &Call) -> Result<String> {
    call.public_url().map(str::to_owned).ok_or_else(|| Error::internal("no public address is known"))
}

/// Answers one request.
pub async fn route(app: &App, request: Request) -> Response<Body> {
    let call = Call::new(&app.base, request);
    let result = call.in_time(dispatch(app, &call)).await;
    call.answer(result)
}

async fn dispatch(app: &App, call: &Call) -> Result<Reply> {
    match call.route() {
        (_, "/api/pay/notify" | "/api/pay/notify/{channel}/{id}") => pay_notify::handle(app, call).await,
        (&Method::GET, "/api/product") => product::handle(app, call).await,
        (&Method::POST, "/api/pay/precreate") => pay_precreate::handle(app, call).await,
        (&Method::GET, "/api/pay/order/{id}") => pay_order_id::handle(app, call).await,
        (&Method::GET, "/api/admin/products") => products_get::handle(app, call).await,
        (&Method::POST, "/api/admin/products") => products_post::handle(app, call).await,
        (&Method::PUT, "/api/admin/products") => products_put::handle(app, call).await,
        (&Method::DELETE, "/api/admin/products/{id}") => products_id::handle(app, call).await,
        (&Method::GET, "/api/admin/payment") => payment_get::handle(app, call).await,
        (&Method::POST, "/api/admin/payment") => payment_post::handle(app, call).await,
        (&Method::PUT, "/api/admin/payment") => payment_put::handle(app, call).await,
        (&Method::DELETE, "/api/admin/payment/{id}") => payment_id::handle(app, call).await,
        (&Method::POST, "/api/admin/payment/{id}/test") => payment_id_test::handle(app, call).await,
        (&Method::GET, "/api/admin/orders") => orders::handle(app, call).await,
        (&Method::GET, "/api/admin/orders/{id}") => orders_id::handle(app, call).await,
        (&Method::POST, "/api/admin/orders/{id}/refresh") => orders_id_refresh::handle(app, call).await,
        _ => Err(Error::no_route()),
    }
}
