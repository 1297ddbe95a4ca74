//! How items are written: with their key and schema version, new ones only where nothing is, several in one transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::builders::{DeleteBuilder, PutBuilder};
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use domain::{Error, Result, nonce};
use serde::Serialize;

use crate::Table;
use crate::failure::{Cancelled, Item, cancelled, condition_of_update, pause, short_pause, still_busy, unexpected};
use crate::keys::{Key, Place};
use crate::values::n;

/// The version written into every item, for a later reader that must tell old ones apart.
pub(crate) const VERSION: i64 = 1;
/// Tries of a transaction that only others stand in the way of; the pauses between them make four seconds.
const COMMIT_TRIES_MAX: u32 = 16;
/// Tries of a plain write that only transactions stand in the way of; the pauses between them make half a second.
const CONFLICT_TRIES_MAX: u32 = 12;

pub(crate) fn item(key: &Key, entity: &impl Serialize) -> Result<Item> {
    let mut item: Item = serde_dynamo::aws_sdk_dynamodb_1::to_item(entity).map_err(Error::internal)?;
    item.extend(key.attributes());
    item.insert("v".to_owned(), n(VERSION));
    Ok(item)
}

impl Table {
    /// Stores an item in place of any old one.
    pub(crate) async fn put(&self, key: &Key, entity: &impl Serialize) -> Result<()> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item(key, entity)?));
        past_conflicts(|| put.clone().send()).await.map(|_| ()).map_err(unexpected)
    }

    /// Stores an item that must not be there yet, as one action of a transaction; it is found at `places` too.
    pub(crate) fn put_new(&self, key: &Key, entity: &impl Serialize, places: &[Place]) -> Result<TransactWriteItem> {
        let mut item = item(key, entity)?;
        item.extend(places.iter().flat_map(Place::attributes));
        let put = Put::builder().table_name(&self.name).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk)").build().map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Stores an item in place of the one that is there, as one action of a transaction: give it a condition and finish it
    /// with [`put`].
    pub(crate) fn put_over(&self, key: &Key, entity: &impl Serialize) -> Result<PutBuilder> {
        Ok(Put::builder().table_name(&self.name).set_item(Some(item(key, entity)?)))
    }

    /// Removes an item, as one action of a transaction: give it a condition and finish it with [`delete`].
    pub(crate) fn remove(&self, key: &Key) -> DeleteBuilder {
        Delete::builder().table_name(&self.name).set_key(Some(key.attributes()))
    }

    /// Does all actions or none. With a `request_token`, repeating the very same actions within ten minutes does them once.
    pub(crate) async fn transact(
        &self,
        actions: Vec<TransactWriteItem>,
        request_token: Option<&str>,
    ) -> Result<(), Cancelled> {
        let write = self.client.transact_write_items().set_transact_items(Some(actions));
        let write = write.set_client_request_token(request_token.map(str::to_owned));
        Box::pin(write.send()).await.map(|_| ()).map_err(cancelled)
    }
}

/// Sends a plain change of one item.
pub(crate) async fn send_update(
    update: UpdateItemFluentBuilder,
) -> Result<UpdateItemOutput, SdkError<UpdateItemError>> {
    past_conflicts(|| update.clone().send()).await
}

/// Makes a plain write again while a transaction has its item in hand: nothing was done then, and it passes in
/// milliseconds. The SDK does not count it among the failures to try again. (A transaction's own conflicts come as its
/// reasons to cancel.) <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>
async fn past_conflicts<T, E, F>(write: impl Fn() -> F) -> Result<T, SdkError<E>>
where
    E: ProvideErrorMetadata,
    F: Future<Output = Result<T, SdkError<E>>>,
{
    let mut attempt = 0;
    loop {
        // On the heap: the SDK's futures are large, and every request's future would hold them.
        match Box::pin(write()).await {
            Err(error) if attempt < CONFLICT_TRIES_MAX && error.code() == Some("TransactionConflictException") => {
                short_pause(attempt).await;
                attempt += 1;
            }
            sent => return sent,
        }
    }
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// All of it was done.
    Done,
    /// Nothing was: the condition of the action with this index did not hold.
    Not(usize),
}

impl Table {
    /// Does all actions or none, and tries again while others stand in the way. All tries are one: what was done by a try
    /// whose answer was lost is not done twice, and still counts as done.
    pub(crate) async fn commit(&self, actions: Vec<TransactWriteItem>, what: &'static str) -> Result<Committed> {
        let token = nonce()?;
        for attempt in 0..COMMIT_TRIES_MAX {
            match self.transact(actions.clone(), Some(&token)).await {
                Ok(()) => return Ok(Committed::Done),
                Err(Cancelled::Condition(index)) => return Ok(Committed::Not(index)),
                Err(Cancelled::Busy) => pause(attempt).await,
                Err(Cancelled::Failed(error)) => return Err(error),
            }
        }
        Err(still_busy(what))
    }
}

/// Finishes a replacement.
pub(crate) fn put(put: PutBuilder) -> Result<TransactWriteItem> {
    Ok(TransactWriteItem::builder().put(put.build().map_err(Error::internal)?).build())
}

/// Finishes a removal.
pub(crate) fn delete(delete: DeleteBuilder) -> Result<TransactWriteItem> {
    Ok(TransactWriteItem::builder().delete(delete.build().map_err(Error::internal)?).build())
}

/// A conditional change of one item, put together clause by clause, because what one route adds to the change of
/// another is a clause and a condition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    key: HashMap<String, AttributeValue>,
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    delete: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Change {
    /// A change of the item with this key.
    pub(crate) fn of(key: &Key) -> Self {
        Self { key: key.attributes(), ..Self::default() }
    }

    /// `attribute = value`.
    pub(crate) fn set(mut self, clause: impl Into<String>) -> Self {
        self.set.push(clause.into());
        self
    }

    /// The attribute goes.
    pub(crate) fn remove(mut self, attribute: impl Into<String>) -> Self {
        self.remove.push(attribute.into());
        self
    }

    /// `attribute :value`: adds to a number or a set, which is made when it is not there.
    pub(crate) fn add(mut self, clause: impl Into<String>) -> Self {
        self.add.push(clause.into());
        self
    }

    /// `attribute :value`: takes elements out of a set.
    pub(crate) fn delete(mut self, clause: impl Into<String>) -> Self {
        self.delete.push(clause.into());
        self
    }

    /// Puts the item at `place`, in an index.
    pub(crate) fn placed(mut self, place: &Place) -> Self {
        for (name, value) in place.attributes() {
            self = self.set(format!("{name} = :{name}")).value(format!(":{name}"), value);
        }
        self
    }

    /// A condition; all of them must hold.
    pub(crate) fn when(mut self, condition: impl Into<String>) -> Self {
        self.conditions.push(condition.into());
        self
    }

    /// What `#name` stands for.
    pub(crate) fn name(mut self, placeholder: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.names.insert(placeholder.into(), attribute.into());
        self
    }

    /// What `:value` stands for.
    pub(crate) fn value(mut self, placeholder: impl Into<String>, value: AttributeValue) -> Self {
        self.values.insert(placeholder.into(), value);
        self
    }

    fn expression(&self) -> String {
        let clauses =
            [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add), ("DELETE", &self.delete)].into_iter();
        let clauses = clauses.filter(|(_, parts)| !parts.is_empty());
        clauses.map(|(word, parts)| format!("{word} {}", parts.join(", "))).collect::<Vec<_>>().join(" ")
    }

    /// The change by itself, as a plain write. Returns the item as it is then, or as it was found where a condition did not
    /// hold (`None`: there was none). The SDK repeats it when its answer is lost, so it must tell by its conditions whether
    /// it has been done.
    pub(crate) async fn send(self, table: &Table) -> Result<Result<Item, Option<Item>>> {
        let conditions = (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "));
        let update = table
            .client
            .update_item()
            .table_name(&table.name)
            .update_expression(self.expression())
            .set_key(Some(self.key))
            .set_condition_expression(conditions)
            .set_expression_attribute_names((!self.names.is_empty()).then_some(self.names))
            .set_expression_attribute_values((!self.values.is_empty()).then_some(self.values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match send_update(update).await {
            Ok(done) => Ok(Ok(done.attributes.unwrap_or_default())),
            Err(error) => condition_of_update(error).map(Err),
        }
    }

    /// The change as one action of a transaction.
    pub(crate) fn action(self, table: &Table) -> Result<TransactWriteItem> {
        let conditions = (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "));
        let update = Update::builder()
            .table_name(&table.name)
            .update_expression(self.expression())
            .set_key(Some(self.key))
            .set_condition_expression(conditions)
            .set_expression_attribute_names((!self.names.is_empty()).then_some(self.names))
            .set_expression_attribute_values((!self.values.is_empty()).then_some(self.values));
        Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
    }
}
