//! Many items at once.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::{Error, Result};
use futures_util::future::join_all;
use serde::de::DeserializeOwned;

use crate::Table;
use crate::failure::{Item, pause, still_busy, unexpected};
use crate::keys::Key;

/// DynamoDB's limit of one BatchGetItem.
const KEYS_MAX: usize = 100;
/// Tries until all items have come; one answer holds 16 MB.
const TRIES_MAX: u32 = 8;

impl Table {
    /// The items that are there, of any number of keys, a hundred a call and all calls at once. Consistent reads.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) async fn get_all(&self, keys: impl IntoIterator<Item = Key>) -> Result<HashMap<Key, Item>> {
        let mut keys: Vec<Key> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        let reads = keys.chunks(KEYS_MAX).map(|some| self.get_some(some));
        let found: Result<Vec<Vec<Item>>> = join_all(reads).await.into_iter().collect();
        Ok(found?.into_iter().flatten().filter_map(|item| Some((Key::of(&item)?, item))).collect())
    }

    async fn get_some(&self, keys: &[Key]) -> Result<Vec<Item>> {
        let mut rest: Vec<Item> = keys.iter().map(Key::attributes).collect();
        let mut found = Vec::new();
        for attempt in 0..TRIES_MAX {
            let keys = KeysAndAttributes::builder().set_keys(Some(rest)).consistent_read(true).build();
            let keys = keys.map_err(Error::internal)?;
            let answer = self.client.batch_get_item().request_items(&self.name, keys).send().await;
            let answer = answer.map_err(unexpected)?;
            found.extend(answer.responses.unwrap_or_default().into_values().flatten());
            rest = answer.unprocessed_keys.unwrap_or_default().into_values().flat_map(|left| left.keys).collect();
            if rest.is_empty() {
                return Ok(found);
            }
            pause(attempt).await;
        }
        Err(still_busy("reading many items"))
    }
}

/// An item as the entity that it stores.
pub(crate) fn entity<T: DeserializeOwned>(item: Item) -> Result<T> {
    serde_dynamo::aws_sdk_dynamodb_1::from_item(item).map_err(Error::internal)
}
