//! The items: each as the write leaves it that the product itself makes of such a thing.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Account, Result, Role, Zone};
use serde::Serialize;
use serde_json::json;

use super::Counts;
use crate::channel::Channel;
use crate::failure::Item;
use crate::keys::{Key, Place};
use crate::ledger::Row;
use crate::list::List;
use crate::message::Message;
use crate::notice::Notice;
use crate::order::{Offer, Order, Receipt, Terms};
use crate::people::delete::NOBODY;
use crate::product::Product;
use crate::redemption::{Batch, Code};
use crate::setting::Setting;
use crate::signin::Signin;
use crate::upstream_key::UpstreamKey;
use crate::user::User;
use crate::values::{n, s};
use crate::write::item;

/// An item on its way into the table.
#[derive(Clone)]
pub struct Put(pub(super) Item);

impl std::fmt::Debug for Put {
    /// The key alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Put").field(&self.0.get("pk")).field(&self.0.get("sk")).finish()
    }
}

impl Put {
    pub(super) fn of(key: &Key, entity: &impl Serialize, places: &[Place]) -> Result<Self> {
        let mut item = item(key, entity)?;
        item.extend(places.iter().flat_map(Place::attributes));
        Ok(Self(item))
    }

    fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// About what DynamoDB counts it as.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + bytes(value)).sum()
    }
}

fn bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::L(values) => values.iter().map(|value| bytes(value) + 1).sum(),
        AttributeValue::M(fields) => fields.iter().map(|(name, value)| name.len() + bytes(value) + 1).sum(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        _ => 1,
    }
}

/// Makes items of things and counts those that lists hold.
#[derive(Debug, Default)]
pub struct Rows {
    counts: Counts,
    administrators: BTreeSet<String>,
}

#[expect(clippy::missing_errors_doc, reason = "each fails when the thing cannot be stored as an item, and only then")]
impl Rows {
    /// What was counted.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// A user, and the mark of their account.
    pub fn user(&mut self, user: &User) -> Result<[Put; 2]> {
        self.counts.joins(List::USERS, user.id);
        if user.role == Role::Administrator && user.enabled {
            self.administrators.insert(user.id.to_string());
        }
        let place = Place::listed(List::USERS, user.id);
        let mark = Put::of(&Key::account(&user.account), &json!({"user": user.id}), &[place])?;
        Ok([Put::of(&Key::user(user.id), user, &[])?, mark])
    }

    /// What is kept of a user who was deleted: whatever the ledger needs.
    pub fn remains(&mut self, user: &User) -> Result<Put> {
        self.counts.joins(List::DELETED_USERS, user.id);
        let place = Place::listed(List::DELETED_USERS, user.id);
        Ok(Put::of(&Key::user(user.id), user, &[place])?.with("user", s(&user.id.to_string())))
    }

    /// The account of all users who were deleted.
    pub fn nobody() -> Option<Account> {
        Account::parse(NOBODY)
    }

    /// The set of administrators, once all users are there; none when there is nobody in it.
    pub fn administrators(&self) -> Result<Option<Put>> {
        if self.administrators.is_empty() {
            return Ok(None);
        }
        let ids = AttributeValue::Ss(self.administrators.iter().cloned().collect());
        Ok(Some(Put::of(&Key::administrators(), &json!({}), &[])?.with("ids", ids)))
    }

    /// A row of a ledger. One that opens it anew comes to be with the load.
    pub fn ledger_row(&mut self, row: &Row) -> Result<Put> {
        if row.cause == crate::ledger::Cause::Opening {
            self.counts.joins_now(List::LEDGER, row.id);
        } else {
            self.counts.joins(List::LEDGER, row.id);
        }
        Put::of(&Key::ledger_row(row.user, row.ordinal), row, &[Place::listed(List::LEDGER, row.id)])
    }

    /// A sign-in.
    pub fn signin(&mut self, signin: &Signin) -> Result<Put> {
        self.counts.joins(List::SIGNINS, signin.id);
        Put::of(&Key::signin(signin.user, signin.day), signin, &[Place::listed(List::SIGNINS, signin.id)])
    }

    /// A redemption code, under its keyed hash.
    pub fn code(&mut self, hash: &str, code: &Code) -> Result<Put> {
        let list = code.status.list();
        self.counts.joins(list, code.id);
        Put::of(&Key::redemption_code(hash), code, &[Place::listed(list, code.id)])
    }

    /// A batch of codes. Put it when its codes are there: from then on the janitor looks after them.
    pub fn batch(&mut self, batch: &Batch, zone: &Zone) -> Result<Put> {
        self.counts.joins(List::BATCHES, batch.id);
        let due = batch.ends(zone).filter(|_| batch.left > 0).map(Place::due_batch);
        let places: Vec<Place> = due.into_iter().chain([Place::listed(List::BATCHES, batch.id)]).collect();
        Put::of(&Key::batch(batch.id), batch, &places)
    }

    /// A message.
    pub fn message(&mut self, message: &Message) -> Result<Put> {
        self.counts.joins(List::MESSAGES, message.id);
        let places = [Place::listed(List::MESSAGES, message.id), Place::message_of(message.user, message.id)];
        Put::of(&Key::message(message.user, &message.conversation, message.id), message, &places)
    }

    /// An order that waits no more, with what belongs to it.
    pub fn order(
        &mut self,
        order: &Order,
        terms: &Terms,
        offer: Option<&Offer>,
        receipt: Option<&Receipt>,
    ) -> Result<Vec<Put>> {
        let list = order.state.list();
        self.counts.joins(list, order.id);
        let places = [Place::listed(list, order.id), Place::order_of(order.user, order.id)];
        let mut puts =
            vec![Put::of(&Key::order(order.id), order, &places)?, Put::of(&Key::order_terms(order.id), terms, &[])?];
        puts.extend(offer.map(|offer| Put::of(&Key::order_offer(order.id), offer, &[])).transpose()?);
        puts.extend(receipt.map(|receipt| Put::of(&Key::order_receipt(order.id), receipt, &[])).transpose()?);
        Ok(puts)
    }

    /// A product.
    pub fn product(&mut self, product: &Product) -> Result<Put> {
        revised(&Key::product(product.id), product)
    }

    /// A payment channel.
    pub fn channel(&mut self, channel: &Channel) -> Result<Put> {
        revised(&Key::channel(channel.id), channel)
    }

    /// A notice.
    pub fn notice(&mut self, notice: &Notice) -> Result<Put> {
        revised(&Key::notice(notice.id), notice)
    }

    /// An upstream key.
    pub fn upstream_key(&mut self, key: &UpstreamKey) -> Result<Put> {
        Put::of(&Key::upstream(key.id), key, &[])
    }

    /// A setting.
    pub fn setting(&mut self, name: &str, setting: &Setting) -> Result<Put> {
        let Setting { value, sealed, created, updated } = setting;
        let put = Put::of(&Key::setting(name), &json!({"value": value, "created": created, "updated": updated}), &[])?;
        let sealed = sealed.as_ref().map(|sealed| AttributeValue::B(Blob::new(sealed.clone())));
        Ok(match sealed {
            Some(sealed) => put.with("sealed", sealed),
            None => put,
        })
    }
}

/// A row of a small set.
fn revised(key: &Key, row: &impl Serialize) -> Result<Put> {
    Ok(Put::of(key, row, &[])?.with("revision", n(1)))
}
