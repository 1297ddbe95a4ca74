//! `ANY /api/pay/notify` and `ANY /api/pay/notify/{channel}/{id}`: what a payment provider tells of an order. Answered by
//! the one word that all of them read.

use cashier::Notification;
use domain::limits::NOTIFICATION_BYTES_MAX;
use domain::{Error, OrderId, Provider, Result};
use payment::Rejection;
use table::limit::{self, Bucket};
use table::order;
use web::{Call, Reply};

use crate::{App, test_notification};

/// Names under which providers send back the number of our order.
const NUMBERS: [&str; 2] = ["out_trade_no", "trade_order_id"];

type Pairs = Vec<(String, String)>;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (fields, raw) = read(call);
    if call.path("id").as_deref() == Some(test_notification::ID) {
        let is_ours = fields.is_ok_and(|fields| test_notification::is_ours(app, call, &fields));
        return Ok(answer(is_ours));
    }
    let id = order_id(call, &fields);
    let (name, fields) = (call.path("channel"), fields.as_ref().map(Vec::as_slice).map_err(Clone::clone));
    // One channel has one address: nothing is forgiven here.
    let is_its = |provider: &Provider| name.as_deref() == Some(provider.name());
    let provider = name.as_deref().and_then(Provider::parse).filter(is_its);
    let notification = Notification { provider, fields, raw: &raw };
    let Some(id) = id else { return unknown(app, call, &notification, "a payment notification names no order").await };
    if name.is_some() && provider.is_none() {
        let what = "a payment notification came to the address of no provider";
        return unknown(app, call, &notification, what).await;
    }
    let Some(whole) = order::find(&app.base.table, id).await? else {
        let what = "a payment notification names an order that is not there";
        return unknown(app, call, &notification, what).await;
    };
    // On the heap: it reads, asks and writes, one within the other.
    Ok(answer(Box::pin(app.cashier.take(&whole, &notification)).await?))
}

/// What came, in whichever way this provider sends it, and its text.
fn read(call: &Call) -> (Result<Pairs, Rejection>, String) {
    let Ok(body) = call.body(NOTIFICATION_BYTES_MAX) else { return (Err(Rejection::Malformed), String::new()) };
    if body.trim_ascii().is_empty() {
        let pairs = call.query_pairs();
        let raw = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        return (Ok(pairs), raw);
    }
    let raw = String::from_utf8_lossy(body).into_owned();
    let is_json = call.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
    (if is_json { payment::read_json(body) } else { payment::read_form(body) }, raw)
}

/// The order that the address names; at the address that all share, the order that the notification names.
fn order_id(call: &Call, fields: &Result<Pairs, Rejection>) -> Option<OrderId> {
    if call.path("id").is_some() {
        return call.id("id").ok();
    }
    let mut numbers = fields.as_ref().ok()?.iter().filter(|(name, _)| NUMBERS.contains(&name.as_str()));
    let (_, number) = numbers.next()?;
    OrderId::parse(number)
}

/// There is nothing to keep it with, but somebody should know if such come. Anybody can send them, so that of those that no
/// provider has signed a network's first few are news.
async fn unknown(app: &App, call: &Call, notification: &Notification<'_>, what: &'static str) -> Result<Reply> {
    let table = &app.base.table;
    let network = call.network();
    let bucket = Bucket::StrayNotificationsFromNetwork(&network);
    let is_news = app.cashier.is_a_providers(notification).await?
        || !matches!(limit::take(table, bucket, call.began_seconds()).await, Err(Error::Limited { .. }));
    if is_news {
        tracing::error!(unknown_payments = 1, what, "a payment notification is about nothing");
    } else {
        tracing::info!(what, "one more payment notification is about nothing");
    }
    Ok(answer(false))
}

fn answer(is_done: bool) -> Reply {
    Reply::plain(if is_done { "success" } else { "fail" })
}
