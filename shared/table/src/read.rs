//! Many items at once.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{KeysAndAttributes, Select};
use domain::{Error, Result};
use futures_util::future::join_all;
use serde::de::DeserializeOwned;

use crate::Table;
use crate::failure::{Item, pause, still_busy, unexpected};
use crate::keys::Key;
use crate::values::s;

/// DynamoDB's limit of one `BatchGetItem`.
const KEYS_MAX: usize = 100;
/// As many items to show are read as of the last commit: an administrator who has changed a row sees it at once on a page
/// of usual size. A page of a hundred rows and their people would cost 200 units.
const CONSISTENT_MAX: usize = 50;
/// Tries until all items have come; one answer holds 16 MB.
const TRIES_MAX: u32 = 8;

impl Table {
    /// The items that are there, of any number of keys, a hundred a call and all calls at once. Consistent reads.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) async fn get_all(&self, keys: impl IntoIterator<Item = Key>) -> Result<HashMap<Key, Item>> {
        self.get(&unique(keys), true).await
    }

    /// The same for what is only shown: many items are read at half the price, and may be some milliseconds old. None
    /// is missing for that: those not found are looked for once more.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) async fn get_all_to_show(&self, keys: impl IntoIterator<Item = Key>) -> Result<HashMap<Key, Item>> {
        let keys = unique(keys);
        if keys.len() <= CONSISTENT_MAX {
            return self.get(&keys, true).await;
        }
        let mut found = self.get(&keys, false).await?;
        let missing: Vec<Key> = keys.into_iter().filter(|key| !found.contains_key(key)).collect();
        if !missing.is_empty() {
            found.extend(self.get(&missing, true).await?);
        }
        Ok(found)
    }

    /// The same for what may well not be there: nothing is looked for again.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) async fn get_all_if_there(&self, keys: impl IntoIterator<Item = Key>) -> Result<HashMap<Key, Item>> {
        let keys = unique(keys);
        self.get(&keys, keys.len() <= CONSISTENT_MAX).await
    }

    /// Whether there is an item with this key now.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) async fn has(&self, key: &Key) -> Result<bool> {
        let read = self.client.get_item().table_name(&self.name).set_key(Some(key.attributes()));
        let read = read.projection_expression("pk").consistent_read(true);
        Ok(read.send().await.map_err(unexpected)?.item.is_some())
    }

    /// All items of a small partition as they are now, or those whose place begins with `beginning`.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) async fn partition(&self, pk: &str, beginning: Option<&str>) -> Result<Vec<Item>> {
        let condition = if beginning.is_some() { "pk = :pk AND begins_with(sk, :beginning)" } else { "pk = :pk" };
        let query = self.client.query().table_name(&self.name).key_condition_expression(condition);
        let query = query.expression_attribute_values(":pk", s(pk)).consistent_read(true);
        let query = match beginning {
            Some(beginning) => query.expression_attribute_values(":beginning", s(beginning)),
            None => query,
        };
        let items: Result<Vec<Item>, _> = query.into_paginator().items().send().collect().await;
        items.map_err(unexpected)
    }

    async fn get(&self, keys: &[Key], consistent: bool) -> Result<HashMap<Key, Item>> {
        let reads = keys.chunks(KEYS_MAX).map(|some| self.get_some(some, consistent));
        let found: Result<Vec<Vec<Item>>> = join_all(reads).await.into_iter().collect();
        Ok(found?.into_iter().flatten().filter_map(|item| Some((Key::of(&item)?, item))).collect())
    }

    async fn get_some(&self, keys: &[Key], consistent: bool) -> Result<Vec<Item>> {
        let mut rest: Vec<Item> = keys.iter().map(Key::attributes).collect();
        let mut found = Vec::new();
        for attempt in 0..TRIES_MAX {
            let keys = KeysAndAttributes::builder().set_keys(Some(rest)).consistent_read(consistent).build();
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

fn unique(keys: impl IntoIterator<Item = Key>) -> Vec<Key> {
    let mut keys: Vec<Key> = keys.into_iter().collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// An item as the entity that it stores.
pub(crate) fn entity<T: DeserializeOwned>(item: Item) -> Result<T> {
    serde_dynamo::aws_sdk_dynamodb_1::from_item(item).map_err(Error::internal)
}

/// How many items a query finds, read to its end.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn count(query: QueryFluentBuilder) -> Result<i64> {
    let query = query.select(Select::Count);
    let mut count = 0;
    let mut start: Option<Item> = None;
    loop {
        let found = query.clone().set_exclusive_start_key(start).send().await.map_err(unexpected)?;
        count += i64::from(found.count);
        start = found.last_evaluated_key;
        if start.is_none() {
            return Ok(count);
        }
    }
}
