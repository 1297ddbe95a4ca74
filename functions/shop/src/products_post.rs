//! `POST /api/admin/products`: a new product.

use domain::limits::PRODUCTS_MAX;
use domain::{Error, ProductId, Result};
use table::product::{self, Product};
use table::shop;
use web::{Call, Reply};

use crate::product_form::Form;
use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (administrator, shop) = call.administrator_and(shop::load(&app.base.table)).await?;
    let product = product(&Form::parse(&call.fields()?)?, call.began())?;
    // Two at once can make one more: the limit is about the size of an answer, not about a number.
    if shop.products.len() >= PRODUCTS_MAX {
        return Err(Error::refused("商品数量已达上限200个，请先删除不用的商品"));
    }
    product::create(&app.base.table, &product, &call.audit(&administrator)?).await?;
    Reply::data(&view::product(&product, &app.base.zone))
}

fn product(form: &Form, now: i64) -> Result<Product> {
    Ok(Product {
        id: ProductId::draw(now)?,
        title: form.title.clone().ok_or(Error::missing())?,
        badge: form.badge.clone().unwrap_or_default(),
        describe: form.describe.clone().unwrap_or_default(),
        price: form.price.ok_or(Error::missing())?,
        original_price: form.original_price.or(None),
        benefit: form.benefit()?,
        sort: form.sort.unwrap_or(0),
        enabled: form.enabled.unwrap_or(true),
        created: now,
        updated: now,
    })
}
