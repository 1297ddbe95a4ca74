//! `GET /api/admin/orders/{id}`: an order and all that happened to it.

use domain::{Error, OrderId, Result};
use serde_json::Value;
use table::order;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let id = call.id("id");
    let read = async { detail(app, id?).await };
    let (_, detail) = call.administrator_and(read).await?;
    Reply::data(&detail)
}

/// An order with its events, as an administrator sees it.
pub(crate) async fn detail(app: &App, id: OrderId) -> Result<Value> {
    let table = &app.base.table;
    let (whole, events) = tokio::try_join!(order::find(table, id), order::events(table, id))?;
    let whole = whole.ok_or_else(Error::absent)?;
    let user = table::user::find(table, whole.order.user).await?;
    Ok(view::order_with_events(&whole, user.as_ref(), &events, &app.base.zone))
}
