//! Orders: what somebody wants to buy, how it is to be paid, and what became of it.
//!
//! All that belongs to an order stands in one partition: the `order` itself, small because it changes; its `terms`, which
//! never do, with the product, the channel and the channel's keys as they were; the `offer`, which is where it can be paid;
//! the `receipt`, once it was paid; and events, for the administrator who wonders.
//!
//! An order waits, then is paid once, or closed when nobody paid in time. A payment that comes after that is credited all
//! the same, once; unless the provider has said that the money went back. Each state is a list, and the transaction that
//! changes the state moves the order from list to list. While the provider is still to be asked about it, the order stands
//! in the index `due`.

mod close;
mod create;
mod credit;
mod events;
mod looks;

pub use close::{close, doubt, end};
pub use create::{Opened, open};
pub use credit::{Credit, Credited, credit};
pub use events::{Event, EventKind, Noted, events, note, note_asked, note_some};
pub use looks::{claim_question, due, postpone};

use std::collections::HashMap;

use domain::limits::ORDER_LOOK_SECONDS;
use domain::{Benefit, ChannelId, Fen, MessageId, OrderId, Page, PayType, ProductId, Provider, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::channel::Channel;
use crate::failure::Item;
use crate::keys::Key;
use crate::list::{self, Counts, List, Listed, Owned};
use crate::product::{Product, Title};
use crate::read::entity;
use crate::user::Standing;

/// Tries of a write that others' writes stand in the way of.
const TRIES_MAX: u32 = 8;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits for its payment.
    Await,
    /// It was paid, and credited.
    Paid,
    /// It was not paid in time.
    Closed,
}

impl State {
    /// The list of the orders that stand so.
    pub const fn list(self) -> List {
        match self {
            Self::Await => List::ORDERS_AWAIT,
            Self::Paid => List::ORDERS_PAID,
            Self::Closed => List::ORDERS_CLOSED,
        }
    }

    /// As the table has it.
    const fn name(self) -> &'static str {
        match self {
            Self::Await => "await",
            Self::Paid => "paid",
            Self::Closed => "closed",
        }
    }
}

/// Why an order was closed. What its provider says later is judged by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Closing {
    /// Nobody paid in time. A payment that comes after that is one.
    Time,
    /// The provider did not take it.
    Refused,
    /// The provider says that it can no longer be paid. That it was paid is its word again only when it is asked.
    Ended,
    /// The provider says that its money went back, wholly or in part. It is never credited.
    Refunded,
}

impl Closing {
    /// As the table has it.
    const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Refused => "refused",
            Self::Ended => "ended",
            Self::Refunded => "refunded",
        }
    }
}

/// The lists that hold all orders together.
pub const LISTS: [List; 3] = [List::ORDERS_AWAIT, List::ORDERS_PAID, List::ORDERS_CLOSED];

/// An order. What it gives and costs was fixed when it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// The id, which is its number at the provider.
    pub id: OrderId,
    /// Whose.
    pub user: UserId,
    /// Where it stands.
    pub state: State,
    /// Why it was closed, if it was. Those that were closed before this was kept have no reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closing>,
    /// Whether its provider has once contradicted itself about it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub doubted: bool,
    /// What is to be paid.
    pub amount: Fen,
    /// What all of it gives.
    pub benefit: Benefit,
    /// How many of the product.
    pub quantity: i64,
    /// Which product.
    pub product: ProductId,
    /// What the product was called.
    pub title: Title,
    /// How it is paid.
    pub pay_type: PayType,
    /// At whom.
    pub provider: Provider,
    /// Through which channel.
    pub channel: ChannelId,
    /// The client's address.
    pub ip: String,
    /// How the buyer stood when it was made. Who waits at the pay page changes nothing of that, so the payment can be
    /// credited without another look.
    pub buyer: Standing,
    /// Scheduled questions to the provider that were done: see [`ORDER_LOOK_SECONDS`].
    #[serde(default)]
    pub looks: usize,
    /// When people last had the provider asked, in milliseconds since the Unix epoch; 0: never.
    #[serde(default)]
    pub asked: i64,
    /// The provider's number of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_no: Option<String>,
    /// When it was credited, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<i64>,
    /// Whether it was closed before that.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
    /// The place in the user's ledger where it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u64>,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// When its state last changed, in milliseconds since the Unix epoch.
    pub updated: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "so that it fits `skip_serializing_if`")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Order {
    /// Whether it can be credited for a payment that the provider reports without being asked, or when it is `asked`: what
    /// went back is never credited, and who has said two things is believed only when asked.
    pub fn is_creditable(&self, asked: bool) -> bool {
        match self.closed {
            Some(Closing::Refunded) => false,
            Some(Closing::Ended) => asked,
            Some(Closing::Time | Closing::Refused) | None => asked || !self.doubted,
        }
    }

    /// After how many seconds since its creation the provider is to be asked next by schedule; none when it was asked for
    /// the last time.
    pub fn next_look(&self) -> Option<i64> {
        ORDER_LOOK_SECONDS.get(self.looks).copied()
    }
}

/// What was agreed on, for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// The product as it was.
    pub product: Product,
    /// The channel as it was, keys included: they alone decide about this order.
    pub channel: Channel,
    /// Where the provider tells us of the payment.
    pub notify_url: String,
}

/// Where an order can be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The address of the provider's page, or the text of the code to scan.
    pub pay_url: String,
    /// The provider's own number of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_number: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
}

/// What an order was paid by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How we learned of it.
    pub source: Source,
    /// What the provider said, a JSON object of texts, without its signature.
    pub fields: String,
    /// The ledger row.
    pub row: MessageId,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
}

/// How we learned of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The provider told us.
    Notification,
    /// By our schedule we asked the provider.
    Schedule,
    /// The owner of the order had us ask.
    Owner,
    /// An administrator had us ask.
    Administrator,
    /// The system that the site ran on before had it as paid. Then the order may have no ledger row that tells of it.
    Import,
}

/// An order with all that belongs to it but the events.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The order.
    pub order: Order,
    /// Its terms.
    pub terms: Terms,
    /// Where it can be paid, once the provider has said so.
    pub offer: Option<Offer>,
    /// What it was paid by.
    pub receipt: Option<Receipt>,
}

impl Whole {
    fn keys(order: OrderId) -> [Key; 4] {
        [Key::order(order), Key::order_terms(order), Key::order_offer(order), Key::order_receipt(order)]
    }

    fn take(order: OrderId, items: &mut HashMap<Key, Item>) -> Result<Option<Self>> {
        let [order, terms, offer, receipt] = Self::keys(order).map(|key| items.remove(&key));
        let (Some(order), Some(terms)) = (order, terms) else { return Ok(None) };
        Ok(Some(Self {
            order: entity(order)?,
            terms: entity(terms)?,
            offer: offer.map(entity).transpose()?,
            receipt: receipt.map(entity).transpose()?,
        }))
    }
}

/// An order, as of the last commit: one round trip.
///
/// # Errors
/// When the table cannot be read.
pub async fn find(table: &Table, id: OrderId) -> Result<Option<Whole>> {
    Whole::take(id, &mut table.get_all(Whole::keys(id)).await?)
}

/// A page of the orders that these counts are of, newest first, with their people.
///
/// # Errors
/// When the table cannot be read.
pub async fn page(table: &Table, counts: &Counts, page: Page) -> Result<Vec<Owned<Whole>>> {
    load(table, &list::page(table, counts, page).await?).await
}

/// The orders behind these entries, with their people. One that went meanwhile is left out.
///
/// # Errors
/// When the table cannot be read.
pub async fn load(table: &Table, listed: &[Listed]) -> Result<Vec<Owned<Whole>>> {
    let ids: Vec<OrderId> = listed.iter().filter_map(|row| OrderId::from_i64(row.id)).collect();
    let keys = ids.iter().flat_map(|id| [Key::order(*id), Key::order_terms(*id)]);
    let users = listed.iter().filter_map(|row| row.user).map(Key::user);
    let later = ids.iter().flat_map(|id| [Key::order_offer(*id), Key::order_receipt(*id)]);
    let (mut items, later) = tokio::try_join!(table.get_all_to_show(keys.chain(users)), table.get_all_if_there(later))?;
    items.extend(later);
    let people = list::people(listed, &items)?;
    let mut orders = Vec::new();
    for id in ids {
        if let Some(row) = Whole::take(id, &mut items)? {
            let user = people.get(&row.order.user.as_i64()).cloned();
            orders.push(Owned { row, user });
        }
    }
    Ok(orders)
}

/// Stores where an order can be paid. Done again, it says the last.
///
/// # Errors
/// When the table cannot be written.
pub async fn offer(table: &Table, order: OrderId, offer: &Offer) -> Result<()> {
    table.put(&Key::order_offer(order), offer).await
}
