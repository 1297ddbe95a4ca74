//! Puts, many at a time and several calls side by side, in an order that is kept: of a load that is cut short it is
//! known up to where everything is there.

use std::collections::BTreeSet;
use std::pin::Pin;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use domain::{Error, Result};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;

use super::Put;
use crate::Table;
use crate::failure::{Item, pause, still_busy, unexpected};
use crate::keys::Key;
use crate::values::n;

/// Items of one call, by DynamoDB's limit.
const CALL_ITEMS_MAX: usize = 25;
/// Bytes after which a call takes no further item: the table's client waits two seconds for an answer, on whatever line.
const CALL_BYTES_MAX: usize = 64 * 1024;
/// Calls side by side.
const CALLS_MAX: usize = 32;
/// Items after which the state is kept. What comes after it is written again by who goes on.
const KEPT_EVERY: u64 = 10_000;
/// Tries of a call that the table has no throughput for, or that gets no answer: with the pauses between them, which come
/// to a third of a second, more than a minute.
const TRIES_MAX: u32 = 300;

type Call = Pin<Box<dyn Future<Output = Result<u64>> + Send>>;

/// Puts items into the table, or nowhere.
pub struct Writer {
    /// None writes nothing.
    table: Option<Table>,
    waiting: Vec<Put>,
    bytes: usize,
    keys: BTreeSet<Key>,
    calls: FuturesOrdered<Call>,
    /// Items to leave out, because they are there.
    skipped: u64,
    /// Items handed over.
    seen: u64,
    /// Items, from the first on, that are there.
    written: u64,
    kept: u64,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("seen", &self.seen).field("written", &self.written).finish_non_exhaustive()
    }
}

impl Writer {
    /// Goes on behind the first `written` items.
    pub fn to(table: Option<Table>, written: u64) -> Self {
        let (waiting, keys, calls) = (Vec::new(), BTreeSet::new(), FuturesOrdered::new());
        Self { table, waiting, bytes: 0, keys, calls, skipped: written, seen: 0, written, kept: written }
    }

    /// Items handed over so far.
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// The next item.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn put(&mut self, put: Put) -> Result<()> {
        self.seen += 1;
        if self.table.is_none() || self.seen <= self.skipped {
            return Ok(());
        }
        let key = Key::of(&put.0).ok_or_else(|| Error::internal("an item without a key"))?;
        // One call must not name a key twice.
        let is_full = self.waiting.len() >= CALL_ITEMS_MAX || self.bytes >= CALL_BYTES_MAX;
        if is_full || !self.keys.insert(key.clone()) {
            self.flush().await?;
            self.keys.insert(key);
        }
        self.bytes += put.bytes();
        self.waiting.push(put);
        Ok(())
    }

    /// Waits for everything.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn end(&mut self) -> Result<()> {
        self.flush().await?;
        while self.next().await? {}
        self.keep().await
    }

    async fn flush(&mut self) -> Result<()> {
        let Some(table) = self.table.clone().filter(|_| !self.waiting.is_empty()) else { return Ok(()) };
        self.keys.clear();
        self.bytes = 0;
        let items: Vec<Item> = std::mem::take(&mut self.waiting).into_iter().map(|put| put.0).collect();
        while self.calls.len() >= CALLS_MAX {
            self.next().await?;
        }
        self.calls.push_back(Box::pin(async move { write(&table, items).await }));
        if self.written >= self.kept + KEPT_EVERY { self.keep().await } else { Ok(()) }
    }

    /// Waits for the oldest call; false when there is none.
    async fn next(&mut self) -> Result<bool> {
        let Some(items) = self.calls.next().await else { return Ok(false) };
        self.written += items?;
        Ok(true)
    }

    /// Keeps how far it has come.
    async fn keep(&mut self) -> Result<()> {
        let Some(table) = self.table.as_ref().filter(|_| self.written > self.kept) else { return Ok(()) };
        let update = table
            .client
            .update_item()
            .table_name(&table.name)
            .set_key(Some(Key::import().attributes()))
            .update_expression("SET written = :written")
            .condition_expression("attribute_not_exists(finished)")
            .expression_attribute_values(":written", n(self.written));
        update.send().await.map_err(unexpected)?;
        self.kept = self.written;
        Ok(())
    }
}

/// Puts some items, however often the table has to be asked. Returns how many.
async fn write(table: &Table, items: Vec<Item>) -> Result<u64> {
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let mut left: Vec<WriteRequest> = items.into_iter().map(request).collect::<Result<_>>()?;
    for attempt in 0..TRIES_MAX {
        match table.client.batch_write_item().request_items(&table.name, left.clone()).send().await {
            Ok(answer) => {
                left = answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
                if left.is_empty() {
                    return Ok(count);
                }
            }
            Err(error) => match unexpected(error) {
                Error::Unavailable { .. } => {}
                other => return Err(other),
            },
        }
        pause(attempt).await;
    }
    Err(still_busy("writing many items"))
}

fn request(item: Item) -> Result<WriteRequest> {
    let put = PutRequest::builder().set_item(Some(item)).build().map_err(Error::internal)?;
    Ok(WriteRequest::builder().put_request(put).build())
}
