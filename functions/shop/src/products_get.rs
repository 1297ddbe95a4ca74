//! `GET /api/admin/products`: all products, in the order in which people see them.

use domain::Result;
use serde_json::Value;
use table::shop;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, shop) = call.administrator_and(shop::load(&app.base.table)).await?;
    let page = call.page().of(shop.products.iter());
    let rows: Vec<Value> = page.map(|product| view::product(product, &app.base.zone)).collect();
    Reply::list(shop.products.len() as u64, &rows)
}
