//! What clients see of products, channels and orders.

use domain::{Benefit, PayType, Zone};
use payment::Params;
use serde_json::{Map, Value, json};
use table::channel::Channel;
use table::list::Owned;
use table::order::{Event, Order, Source, State, Whole};
use table::product::Product;
use table::user::User;
use web::view;

/// A product, in both shapes that front ends know.
pub fn product(product: &Product, zone: &Zone) -> Value {
    let (integral, day) = match product.benefit {
        Benefit::Credits(credits) => (credits, 0),
        Benefit::Days(days, _) => (0, i64::from(days)),
    };
    json!({
        "id": product.id,
        "title": product.title.as_str(),
        "price": product.price,
        "original_price": product.original_price,
        "badge": product.badge.as_str(),
        "describe": product.describe,
        "type": product.benefit.kind(),
        "value": product.benefit.number(),
        "level": product.benefit.level(),
        "integral": integral,
        "day": day,
        "sort": product.sort,
        "status": i32::from(product.enabled),
        "create_time": zone.text(product.created),
        "update_time": zone.text(product.updated),
    })
}

/// A channel as administrators see it: secrets masked.
pub fn channel(channel: &Channel, zone: &Zone) -> Value {
    json!({
        "id": channel.id,
        "name": channel.name.as_str(),
        "channel": channel.provider,
        "types": types(channel),
        "params": json!(channel.shown).to_string(),
        "sort": channel.sort,
        "status": i32::from(channel.enabled),
        "create_time": zone.text(channel.created),
        "update_time": zone.text(channel.updated),
    })
}

fn types(channel: &Channel) -> String {
    channel.pay_types.iter().copied().map(PayType::name).collect::<Vec<_>>().join(",")
}

/// A row of the administrator's list.
pub fn order(owned: &Owned<Whole>, zone: &Zone) -> Value {
    Value::Object(row(&owned.row, owned.user.as_ref(), zone))
}

/// An order with all that happened to it, oldest first.
pub fn order_with_events(whole: &Whole, user: Option<&User>, events: &[Event], zone: &Zone) -> Value {
    let mut view = row(whole, user, zone);
    view.insert("notify_url".to_owned(), json!(whole.terms.notify_url));
    view.insert("timeline".to_owned(), timeline(whole, events, zone));
    Value::Object(view)
}

/// An order as its owner sees it: without the merchant's side of it.
pub fn own_order(whole: &Whole, zone: &Zone) -> Value {
    Value::Object(common(whole, zone))
}

fn common(whole: &Whole, zone: &Zone) -> Map<String, Value> {
    let Whole { order, terms, offer, .. } = whole;
    object(json!({
        "id": order.id,
        "order_id": order.id,
        "user_id": order.user,
        "product_id": order.product,
        "product_title": order.title.as_str(),
        "product_info": product(&terms.product, zone).to_string(),
        "quantity": order.quantity,
        "channel": order.provider,
        "pay_type": order.pay_type,
        "pay_url": offer.as_ref().map(|offer| &offer.pay_url),
        "money": yuan(order),
        "trade_no": order.trade_no,
        "trade_status": trade_status(order.state),
        "late": i32::from(order.late),
        "pay_time": order.paid.map(|paid| zone.text(paid)),
        "create_time": zone.text(order.created),
        "update_time": zone.text(order.updated),
    }))
}

fn row(whole: &Whole, user: Option<&User>, zone: &Zone) -> Map<String, Value> {
    let Whole { order, terms, receipt, .. } = whole;
    let params = json!({
        "order_id": order.id,
        "product_id": order.product,
        "user_id": order.user,
        "payment_id": order.channel,
    });
    let mut view = common(whole, zone);
    view.extend(object(json!({
        "params": params.to_string(),
        "payment_id": order.channel,
        "payment_info": payment_info(&terms.channel, zone).to_string(),
        "notify_info": receipt.as_ref().map(|receipt| &receipt.fields),
        "ip": order.ip,
        "user": view::owner(user),
    })));
    view
}

/// A channel as orders show it: without its secrets.
fn payment_info(shown: &Channel, zone: &Zone) -> Value {
    let secrets = Params::secrets(shown.provider);
    let public: Map<String, Value> = shown
        .shown
        .iter()
        .filter(|(name, _)| !secrets.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let mut info = object(channel(shown, zone));
    info.insert("params".to_owned(), json!(Value::Object(public).to_string()));
    Value::Object(info)
}

/// Yuan as a JSON number. Two decimals of amounts this small survive any float.
#[expect(clippy::cast_precision_loss, reason = "exact up to ninety million million yuan")]
fn yuan(order: &Order) -> f64 {
    order.amount.number() as f64 / 100.0
}

/// The words that clients know.
const fn trade_status(state: State) -> &'static str {
    match state {
        State::Await => "TRADE_AWAIT",
        State::Paid => "TRADE_SUCCESS",
        State::Closed => "TRADE_CLOSED",
    }
}

fn timeline(whole: &Whole, events: &[Event], zone: &Zone) -> Value {
    let Whole { order, offer, receipt, .. } = whole;
    let entry = |at: i64, kind: &str, text: String| (at, json!({"time": zone.text(at), "event": kind, "text": text}));
    let created = format!("创建订单：{}×{}，应付{}元", order.title.as_str(), order.quantity, order.amount.yuan_text());
    let mut entries = vec![entry(order.created, "created", created)];
    entries.extend(offer.as_ref().map(|offer| entry(offer.at, "offered", "支付平台已接受订单".to_owned())));
    entries.extend(receipt.as_ref().map(|receipt| {
        let late = if order.late { "（订单关闭后付款）" } else { "" };
        let text = format!("{}，已到账{late}", source(receipt.source));
        let paid = json!({"time": zone.text(receipt.at), "event": "paid", "text": text, "raw": receipt.fields});
        (receipt.at, paid)
    }));
    entries.extend(events.iter().map(|event| {
        let mut view = object(json!({"time": zone.text(event.at), "event": event.kind, "text": event.text}));
        view.extend(event.raw.as_ref().map(|raw| ("raw".to_owned(), json!(raw))));
        view.extend(event.by.map(|by| ("user_id".to_owned(), json!(by))));
        (event.at, Value::Object(view))
    }));
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, view)| view).collect()
}

const fn source(source: Source) -> &'static str {
    match source {
        Source::Notification => "支付平台通知已付款",
        Source::Import => "由旧系统导入，导入时已付款",
        Source::Schedule => "定时查询得知已付款",
        Source::Owner => "用户查看订单时得知已付款",
        Source::Administrator => "管理员查询得知已付款",
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
