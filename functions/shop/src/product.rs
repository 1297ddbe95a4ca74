//! `GET /api/product`: what people can buy, and how they can pay.

use domain::{PayType, Result};
use serde_json::{Value, json};
use table::product::Product;
use table::shop::{self, Shop};
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let read = async { Ok(shop::load(&app.base.table).await) };
    let (_, shop) = tokio::try_join!(call.user(), read)?;
    let shop = shop?;
    let products: Vec<Value> =
        wanted(call, &shop).into_iter().map(|product| view::product(product, &app.base.zone)).collect();
    let pay_types: Vec<&str> =
        PayType::ALL.into_iter().filter(|way| shop.channel_for(*way).is_some()).map(PayType::name).collect();
    Reply::data(&json!({"products": products, "pay_types": pay_types}))
}

/// Those on sale; a page of them for who asks for one.
fn wanted<'a>(call: &Call, shop: &'a Shop) -> Vec<&'a Product> {
    let on_sale = shop.products.iter().filter(|product| product.enabled);
    let is_paged = ["page", "page_size", "pageSize", "pageSIze"].iter().any(|name| call.query(name).is_some());
    if is_paged { call.page().of(on_sale).collect() } else { on_sale.collect() }
}
