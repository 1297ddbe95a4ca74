//! `POST /api/admin/orders/{id}/refresh`: asks the provider now what became of an order.

use domain::{Error, Result};
use table::order::{self, Event, EventKind, Source};
use web::{Call, Reply};

use crate::App;
use crate::orders_id::detail;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let administrator = call.administrator().await?;
    let audit = call.audit(&administrator)?;
    let (table, id) = (&app.base.table, call.id("id")?);
    let whole = order::find(table, id).await?.ok_or_else(Error::absent)?;
    let asked = app.cashier.ask(&whole, Source::Administrator).await?;
    let mut event = Event::new(EventKind::Asked, format!("管理员查询：{}", asked.sentence()), app.base.clock.millis())?;
    event.by = Some(administrator.id);
    order::note_asked(table, id, &event, &audit).await?;
    Reply::new(asked.sentence(), &detail(app, id).await?)
}
