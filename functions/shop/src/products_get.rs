//! `GET /api/admin/products`: all products, newest first.

use domain::Result;
use serde_json::Value;
use table::shop;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, mut shop) = call.administrator_and(shop::load(&app.base.table)).await?;
    shop.products.sort_unstable_by_key(|product| std::cmp::Reverse(product.id));
    let page = call.page().of(shop.products.iter());
    let rows: Vec<Value> = page.map(|product| view::product(product, &app.base.zone)).collect();
    Reply::list(shop.products.len() as u64, &rows)
}
