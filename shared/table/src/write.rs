//! How items are written: with their key and schema version, new ones only where nothing is, several in one transaction.

use aws_sdk_dynamodb::types::builders::{DeleteBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use domain::{Error, Result};
use serde::Serialize;

use crate::Table;
use crate::failure::{Cancelled, Item, cancelled, unexpected};
use crate::keys::Key;
use crate::values::n;

/// The version written into every item, for a later reader that must tell old ones apart.
pub(crate) const VERSION: i64 = 1;

fn item(key: &Key, entity: &impl Serialize) -> Result<Item> {
    let mut item: Item = serde_dynamo::aws_sdk_dynamodb_1::to_item(entity).map_err(Error::internal)?;
    item.extend(key.attributes());
    item.insert("v".to_owned(), n(VERSION));
    Ok(item)
}

impl Table {
    /// Stores an item in place of any old one.
    pub(crate) async fn put(&self, key: &Key, entity: &impl Serialize) -> Result<()> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item(key, entity)?));
        put.send().await.map(|_| ()).map_err(unexpected)
    }

    /// Stores an item that must not be there yet, as one action of a transaction.
    pub(crate) fn put_new(&self, key: &Key, entity: &impl Serialize) -> Result<TransactWriteItem> {
        let put = Put::builder().table_name(&self.name).set_item(Some(item(key, entity)?));
        let put = put.condition_expression("attribute_not_exists(pk)").build().map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Changes an item, as one action of a transaction: give it expressions and finish it with [`update`].
    pub(crate) fn change(&self, key: &Key) -> UpdateBuilder {
        Update::builder().table_name(&self.name).set_key(Some(key.attributes()))
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
        write.send().await.map(|_| ()).map_err(cancelled)
    }
}

/// Finishes a change.
pub(crate) fn update(update: UpdateBuilder) -> Result<TransactWriteItem> {
    Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
}

/// Finishes a removal.
pub(crate) fn delete(delete: DeleteBuilder) -> Result<TransactWriteItem> {
    Ok(TransactWriteItem::builder().delete(delete.build().map_err(Error::internal)?).build())
}
