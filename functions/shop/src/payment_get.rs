//! `GET /api/admin/payment`: the payment channels, newest first; secrets masked.

use domain::Result;
use serde_json::Value;
use table::shop;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, mut shop) = call.administrator_and(shop::load(&app.base.table)).await?;
    shop.channels.sort_unstable_by_key(|channel| std::cmp::Reverse(channel.id));
    let page = call.page().of(shop.channels.iter());
    let rows: Vec<Value> = page.map(|channel| view::channel(channel, &app.base.zone)).collect();
    Reply::list(shop.channels.len() as u64, &rows)
}
