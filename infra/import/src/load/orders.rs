//! Orders. None of them waits any more: whoever pays one that did is credited all the same.

use std::collections::BTreeMap;

use domain::limits::ORDER_LOOK_SECONDS;
use domain::{Benefit, ChannelId, Fen, MessageId, OrderId, PayType, ProductId, Provider, paste};
use rusqlite::{Row, params};
use serde_json::{Value, json};
use table::channel::{Channel, Name};
use table::order::{Offer, Order, Receipt, Source, State, Terms};
use table::product::{Product, Title};
use table::user::Standing;

use super::amount::whole;
use super::shop::{OldChannel, given};
use super::{Load, place, user_of};
use crate::Failure;
use crate::progress::Progress;
use crate::report::quoted;
use crate::spool::{number, text, times};

/// Longest address or text to pay by that is kept, and longest notification.
const KEPT_BYTES_MAX: usize = 8 * 1024;
/// Longest number of a payment.
const TRADE_NO_CHARS_MAX: usize = 128;
/// What a signature is called.
const SIGNATURES: [&str; 3] = ["sign", "sign_type", "hash"];

/// Why an order is not taken over.
type Refusal = (&'static str, Value);

/// What an order was made for.
struct Deal {
    state: State,
    provider: Provider,
    pay_type: PayType,
    benefit: Benefit,
    quantity: i64,
    amount: Fen,
    title: Title,
    /// What the dump says of the product and of the channel.
    product: Value,
    payment: Value,
}

impl Load<'_> {
    /// Decides which orders gave somebody something.
    pub(super) fn sort_orders(&mut self) -> Result<(), Failure> {
        let spool = self.spool;
        let mut statement = spool.db.prepare("SELECT * FROM \"order\" ORDER BY id")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let deal = match deal(row, self.product_of(row)?)? {
                Ok(deal) => deal,
                Err((kind, detail)) => {
                    self.leave_out(place("order", row)?, kind, &detail)?;
                    continue;
                }
            };
            if deal.state == State::Paid {
                let benefit = json!(deal.benefit).to_string();
                let values = params![number(row, "id")?, number(row, "user_id")?, benefit, times(row)?.1];
                spool.db.prepare_cached("INSERT INTO paid VALUES (?, ?, ?, ?)")?.execute(values)?;
            }
        }
        Ok(())
    }

    /// All of them, in the order of their ids.
    pub(super) async fn orders(&mut self, progress: &mut Progress) -> Result<(), Failure> {
        let spool = self.spool;
        let sql = "SELECT \"order\".*, linked.ordinal AS ordinal, linked.row AS row FROM \"order\" \
                   LEFT JOIN linked ON linked.kind = 'order' AND linked.id = \"order\".id ORDER BY \"order\".id";
        let mut statement = spool.db.prepare(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let place = place("order", row)?;
            // Of those that are none it was told when they were sorted.
            let Ok(deal) = deal(row, self.product_of(row)?)? else { continue };
            let Some(standing) = self.standing(row)? else { continue };
            let Some(order) = order(row, &deal, standing)? else { continue };
            if text(row, "trade_status")?.trim() == "TRADE_AWAIT" {
                self.remark(place, "waited", &json!("closed; a payment that still comes is credited"))?;
            }
            if deal.state == State::Paid && order.ordinal.is_none() {
                let detail = json!({"user": order.user, "because": "no ledger row of the user tells of it"});
                self.remark(place, "paid_without_row", &detail)?;
            }
            let channel = match self.channel_of(&deal, &order)? {
                Ok(channel) => channel,
                Err(because) => {
                    self.remark(place, "channel_unusable", &json!(because))?;
                    unusable(&deal, &order)
                }
            };
            let terms = Terms { product: product(&deal, &order), channel, notify_url: String::new() };
            let (offer, receipt) = (offer(row, &order)?, receipt(row, &order)?);
            let puts = self.rows.order(&order, &terms, offer.as_ref(), receipt.as_ref())?;
            self.report.written("order");
            for put in puts {
                self.put(put).await?;
            }
            progress.tick("writing", self.report.done());
        }
        Ok(())
    }

    /// What the table of products gives for an order's product now.
    fn product_of(&self, row: &Row<'_>) -> Result<Option<Benefit>, Failure> {
        let Some(id) = number(row, "product_id")? else { return Ok(None) };
        let mut statement = self.spool.db.prepare_cached("SELECT * FROM product WHERE id = ?")?;
        let mut found = statement.query([id])?;
        let Some(row) = found.next()? else { return Ok(None) };
        let [kind, value, level, integral, day] =
            ["type", "value", "level", "integral", "day"].map(|name| text(row, name));
        Ok(given(&kind?, &value?, &level?, (&integral?, &day?)))
    }

    /// The channel as the order has it, sealed; or why it cannot be used.
    fn channel_of(&self, deal: &Deal, order: &Order) -> Result<Result<Channel, String>, Failure> {
        let params = match deal.payment.get("params") {
            Some(Value::String(params)) => params.clone(),
            Some(params @ Value::Object(_)) => params.to_string(),
            _ => String::new(),
        };
        let old = OldChannel {
            name: said(&deal.payment, "name"),
            provider: deal.provider.name().to_owned(),
            types: deal.pay_type.name().to_owned(),
            params,
            times: (order.created, order.created),
            is_on: true,
            ..OldChannel::default()
        };
        Ok(self.channel(order.channel, &old)?.map_err(|(kind, detail)| format!("{kind}: {detail}")))
    }
}

/// A channel that nothing can be asked through.
fn unusable(deal: &Deal, order: &Order) -> Channel {
    Channel {
        id: order.channel,
        name: Name::parse(deal.provider.name()).unwrap_or_default(),
        provider: deal.provider,
        pay_types: vec![deal.pay_type],
        shown: BTreeMap::new(),
        sealed: Vec::new(),
        sort: 0,
        enabled: false,
        created: order.created,
        updated: order.created,
    }
}

/// What an order was made for, or why that cannot be told.
fn deal(row: &Row<'_>, of_product: Option<Benefit>) -> Result<Result<Deal, Refusal>, Failure> {
    let product = parsed(&text(row, "product_info")?);
    let payment = parsed(&text(row, "payment_info")?);
    let (status, pay_type) = (text(row, "trade_status")?, text(row, "pay_type")?);
    let state = match status.trim() {
        "TRADE_SUCCESS" | "TRADE_FINISHED" => State::Paid,
        "TRADE_AWAIT" | "TRADE_CLOSED" => State::Closed,
        _ => return Ok(Err(("trade_status", quoted(&status)))),
    };
    let name = Some(text(row, "channel")?).filter(|name| !name.trim().is_empty());
    let name = name.unwrap_or_else(|| said(&payment, "channel"));
    let Some(provider) = Provider::parse(name.trim()) else {
        return Ok(Err(("unknown_provider", quoted(&name))));
    };
    let Some(pay_type) = PayType::parse(pay_type.trim()) else {
        return Ok(Err(("unknown_pay_type", quoted(&pay_type))));
    };
    let [kind, value, level, integral, day] =
        ["type", "value", "level", "integral", "day"].map(|name| said(&product, name));
    let Some(one) = given(&kind, &value, &level, (&integral, &day)).or(of_product) else {
        return Ok(Err(("no_benefit", json!("neither the order nor its product says what it gives"))));
    };
    let params = parsed(&text(row, "params")?);
    let quantity = whole(&text(row, "quantity")?).or_else(|| whole(&said(&params, "quantity")));
    let quantity = quantity.filter(|quantity| (1..=domain::limits::QUANTITY_MAX).contains(quantity)).unwrap_or(1);
    let number = one.number().checked_mul(quantity);
    let Some(benefit) = number.and_then(|number| Benefit::of(one.kind(), number, one.level())) else {
        return Ok(Err(("no_benefit", json!("more than an order can give"))));
    };
    let money = text(row, "money")?;
    let price = whole(&said(&product, "price")).and_then(Fen::new).and_then(|price| price.times(quantity));
    let Some(amount) = Fen::of_yuan_text(&paste::clean(&money)).or(price.filter(|_| money.trim().is_empty())) else {
        return Ok(Err(("money", quoted(&money))));
    };
    let titles = [text(row, "product_title")?, said(&product, "title")];
    let title = titles.iter().find_map(|title| Title::parse(title).filter(|title| !title.as_str().is_empty()));
    let title = title.or_else(|| Title::parse("商品")).unwrap_or_default();
    Ok(Ok(Deal { state, provider, pay_type, benefit, quantity, amount, title, product, payment }))
}

fn order(row: &Row<'_>, deal: &Deal, buyer: Standing) -> Result<Option<Order>, Failure> {
    let id = number(row, "id")?;
    let (Some(id), Some(own), Some(user)) = (id.and_then(OrderId::from_i64), id, user_of(row)?) else {
        return Ok(None);
    };
    let is_paid = deal.state == State::Paid;
    let channel = number(row, "payment_id")?.or_else(|| whole(&said(&deal.payment, "id")));
    let product = number(row, "product_id")?.or_else(|| whole(&said(&deal.product, "id")));
    let (created, updated) = times(row)?;
    let trade_no: String = text(row, "trade_no")?.trim().chars().take(TRADE_NO_CHARS_MAX).collect();
    Ok(Some(Order {
        id,
        user,
        state: deal.state,
        closed: None,
        doubted: false,
        amount: deal.amount,
        benefit: deal.benefit,
        quantity: deal.quantity,
        // What names none has its own number there, which no other has.
        product: ProductId::from_i64(product.unwrap_or(own)).unwrap_or_else(|| ProductId::at(0)),
        title: deal.title.clone(),
        pay_type: deal.pay_type,
        provider: deal.provider,
        channel: ChannelId::from_i64(channel.unwrap_or(own)).unwrap_or_else(|| ChannelId::at(0)),
        ip: text(row, "ip")?.chars().take(64).collect(),
        buyer,
        looks: ORDER_LOOK_SECONDS.len(),
        asked: 0,
        trade_no: Some(trade_no).filter(|number| !number.is_empty()),
        paid: is_paid.then_some(updated),
        late: false,
        ordinal: row.get("ordinal")?,
        created,
        updated,
    }))
}

/// The product as it was.
fn product(deal: &Deal, order: &Order) -> Product {
    let price = whole(&said(&deal.product, "price")).and_then(Fen::new).unwrap_or(order.amount);
    let one = Benefit::of(order.benefit.kind(), order.benefit.number() / order.quantity, order.benefit.level());
    Product {
        id: order.product,
        title: deal.title.clone(),
        badge: table::product::Badge::default(),
        describe: String::new(),
        price,
        original_price: None,
        benefit: one.unwrap_or(order.benefit),
        sort: 0,
        enabled: true,
        created: order.created,
        updated: order.created,
    }
}

fn offer(row: &Row<'_>, order: &Order) -> Result<Option<Offer>, Failure> {
    let pay_url = text(row, "pay_url")?;
    let is_one = !pay_url.trim().is_empty() && pay_url.len() <= KEPT_BYTES_MAX;
    Ok(is_one.then_some(Offer { pay_url, provider_number: None, at: order.created }))
}

/// What it was paid by: the notification, as far as it is there.
fn receipt(row: &Row<'_>, order: &Order) -> Result<Option<Receipt>, Failure> {
    let Some(at) = order.paid else { return Ok(None) };
    let notified = text(row, "notify_info")?;
    let mut fields = BTreeMap::new();
    if let Value::Object(members) = parsed(&notified) {
        for (name, value) in members {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if !SIGNATURES.contains(&name.as_str()) && notified.len() <= KEPT_BYTES_MAX {
                fields.insert(name, value);
            }
        }
    }
    let linked = number(row, "row")?.and_then(MessageId::from_i64);
    let row = linked.or_else(|| MessageId::from_i64(order.id.as_i64())).unwrap_or_else(|| MessageId::at(0));
    Ok(Some(Receipt { source: Source::Import, fields: json!(fields).to_string(), row, at }))
}

/// A JSON text; nothing where it is none.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// A member of a JSON object, as a text.
fn said(object: &Value, name: &str) -> String {
    match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
