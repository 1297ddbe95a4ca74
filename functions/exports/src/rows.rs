//! The rows of lists in the form that the administrators' own routes have for them. What came to be after the export began
//! is left out.

use std::cmp::Reverse;

use domain::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use table::audit::Record;
use table::image::Image;
use table::ledger::Row;
use table::list::{self, Listed, Owned};
use table::message::Message;
use table::redemption::{Batch, Code};
use table::signin::Signin;
use table::upload::Upload;
use table::upstream_key::costs;
use table::{notice, order, setting, shop};

use crate::export::Export;
use crate::lists::List;

/// The rows behind these entries of a list's index.
pub(crate) async fn of(export: &Export, list: List, listed: &[Listed]) -> Result<Vec<Value>> {
    let (app, began) = (&export.app, export.began);
    let (table, zone) = (&app.base.table, &app.base.zone);
    match list {
        List::Users => {
            let users = list::users(table, listed).await?.into_iter().filter(|user| user.created <= began);
            Ok(users.map(|user| web::view::administered(&user, zone)).collect())
        }
        List::Orders => {
            let orders = order::load(table, listed).await?.into_iter().filter(|owned| owned.row.order.created <= began);
            Ok(orders.map(|owned| views::shop::order(&owned, zone)).collect())
        }
        List::Carmi => {
            let view = |owned: &Owned<Code>| views::carmi::row(owned, &app.sealer, zone);
            owned(export, listed, |code: &Code| code.created <= began, view).await
        }
        List::Batches => {
            let view = |owned: &Owned<Batch>| views::carmi::batch(owned, zone);
            owned(export, listed, |batch: &Batch| batch.created <= began, view).await
        }
        List::Signin => {
            let view = |owned: &Owned<Signin>| {
                views::credits::owned(views::credits::signin(&owned.row, zone), owned.user.as_ref())
            };
            owned(export, listed, |signin: &Signin| signin.created <= began, view).await
        }
        List::Turnover => {
            let view =
                |owned: &Owned<Row>| views::credits::owned(views::credits::row(&owned.row, zone), owned.user.as_ref());
            // The index may still show what was hidden some milliseconds ago.
            owned(export, listed, |row: &Row| row.created <= began && row.hidden.is_none(), view).await
        }
        List::Images => {
            let view = |owned: &Owned<Image>| views::images::own(&owned.row, &app.url(&owned.row.file), zone);
            owned(export, listed, |image: &Image| image.created <= began, view).await
        }
        List::Uploads => {
            let view = |Owned { row, user }: &Owned<Upload>| {
                views::credits::owned(views::images::upload(row, &app.url(&row.file), zone), user.as_ref())
            };
            owned(export, listed, |upload: &Upload| upload.created <= began, view).await
        }
        List::Messages => {
            let view = |owned: &Owned<Message>| views::messages::administered(&owned.row, owned.user.as_ref(), zone);
            // What the janitor has not deleted yet nobody reads all the same.
            let is_wanted = |message: &Message| message.created <= began && !message.is_over(export.log_days, began);
            owned(export, listed, is_wanted, view).await
        }
        List::Audit => {
            let view = |owned: &Owned<Record>| views::site::record(&owned.row, owned.user.as_ref(), zone);
            owned(export, listed, |record: &Record| record.at <= began, view).await
        }
        List::Config | List::Notification | List::Products | List::Payment | List::Token => {
            Err(Error::internal("a small set was read by an index"))
        }
    }
}

async fn owned<T: DeserializeOwned>(
    export: &Export,
    listed: &[Listed],
    is_wanted: impl Fn(&T) -> bool,
    view: impl Fn(&Owned<T>) -> Value,
) -> Result<Vec<Value>> {
    let rows: Vec<Owned<T>> = list::load(&export.app.base.table, listed).await?;
    Ok(rows.iter().filter(|owned| is_wanted(&owned.row)).map(view).collect())
}

/// The rows of a small set with these ids, both ends included, in the order of the administrators' route.
pub(crate) async fn all(export: &Export, list: List, ids: (i64, i64)) -> Result<Vec<Value>> {
    let (table, zone, began) = (&export.app.base.table, &export.app.base.zone, export.began);
    let is_wanted = |id: i64, created: i64| (ids.0..=ids.1).contains(&id) && created <= began;
    match list {
        List::Config => Ok(views::site::settings(&setting::all(table).await?, zone)),
        List::Notification => {
            let notices = notice::all(table).await?.into_iter();
            let notices = notices.filter(|notice| is_wanted(notice.id.as_i64(), notice.created));
            Ok(notices.map(|notice| views::site::notice(&notice, zone)).collect())
        }
        List::Products => {
            let mut products = shop::load(table).await?.products;
            products.retain(|product| is_wanted(product.id.as_i64(), product.created));
            products.sort_unstable_by_key(|product| Reverse(product.id));
            Ok(products.iter().map(|product| views::shop::product(product, zone)).collect())
        }
        List::Payment => {
            let mut channels = shop::load(table).await?.channels;
            channels.retain(|channel| is_wanted(channel.id.as_i64(), channel.created));
            channels.sort_unstable_by_key(|channel| Reverse(channel.id));
            Ok(channels.iter().map(|channel| views::shop::channel(channel, zone)).collect())
        }
        List::Token => {
            let (site, costs) = costs::load(table).await?;
            let mut keys = site.upstreams;
            keys.retain(|key| is_wanted(key.id.as_i64(), key.created));
            keys.sort_unstable_by_key(|key| Reverse(key.id));
            let health = &site.health;
            let view = |key| views::upstreams::row(key, health.get(&key.id), costs.of(key.id), zone, began);
            Ok(keys.iter().map(view).collect())
        }
        _ => Err(Error::internal("a long list was read whole")),
    }
}
