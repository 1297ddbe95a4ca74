//! Pages of items that stand in one order and whose number is known: read from the nearer end.

use std::collections::VecDeque;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::{Page, Result};
use futures_util::future::try_join;

use crate::failure::{Item, unexpected};

/// A page of the `count` items that `query` finds, the last of its order first: one round trip for each megabyte of items
/// between, which is some thousand.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn page(query: &QueryFluentBuilder, count: u64, page: Page) -> Result<Vec<Item>> {
    let Some(way) = Way::to(page, count) else { return Ok(Vec::new()) };
    let mut items = from_end(query, way.newest, way.past, way.wanted).await?;
    if !way.newest {
        items.reverse();
    }
    Ok(items)
}

/// The same of the items that two queries find together, `count` in all, in the order of their `rank`.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn page_of_both(
    queries: &[QueryFluentBuilder; 2],
    rank: impl Fn(&Item) -> Option<i64>,
    count: u64,
    page: Page,
) -> Result<Vec<Item>> {
    let Some(Way { newest, mut past, wanted }) = Way::to(page, count) else { return Ok(Vec::new()) };
    let [one, other] = queries;
    let (mut one, mut other) = (Cursor::new(one, newest), Cursor::new(other, newest));
    let mut items = Vec::new();
    while items.len() < wanted {
        let most = past.saturating_add(wanted - items.len());
        try_join(one.fill(most), other.fill(most)).await?;
        let (first, second) = (one.found.front().and_then(&rank), other.found.front().and_then(&rank));
        let is_one = match (first, second) {
            (Some(first), Some(second)) => (first > second) == newest,
            (first, _) => first.is_some(),
        };
        let found = if is_one { one.found.pop_front() } else { other.found.pop_front() };
        let Some(item) = found else { break };
        if past > 0 {
            past -= 1;
        } else {
            items.push(item);
        }
    }
    if !newest {
        items.reverse();
    }
    Ok(items)
}

/// The way to a page: from the newest item or the oldest, past some, to those that are wanted.
#[derive(Clone, Copy)]
struct Way {
    newest: bool,
    past: usize,
    wanted: usize,
}

impl Way {
    /// The shorter one; none when the page is empty.
    fn to(page: Page, count: u64) -> Option<Self> {
        let (first, last) = page.ordinals(count)?;
        let ranks = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (newer, older, wanted) = (ranks(count - last), ranks(first - 1), ranks(last - first + 1));
        Some(if newer <= older {
            Self { newest: true, past: newer, wanted }
        } else {
            Self { newest: false, past: older, wanted }
        })
    }
}

/// How far a query is read. What has been passed is not kept.
struct Cursor<'a> {
    query: &'a QueryFluentBuilder,
    newest: bool,
    found: VecDeque<Item>,
    start: Option<Item>,
    is_through: bool,
}

impl<'a> Cursor<'a> {
    fn new(query: &'a QueryFluentBuilder, newest: bool) -> Self {
        Self { query, newest, found: VecDeque::new(), start: None, is_through: false }
    }

    /// Reads on when nothing is left, at most `most` items at once; afterwards nothing is left only at the end.
    async fn fill(&mut self, most: usize) -> Result<()> {
        while self.found.is_empty() && !self.is_through {
            let query =
                self.query.clone().scan_index_forward(!self.newest).limit(i32::try_from(most).unwrap_or(i32::MAX));
            let found = query.set_exclusive_start_key(self.start.take()).send().await.map_err(unexpected)?;
            self.found.extend(found.items.unwrap_or_default());
            self.start = found.last_evaluated_key;
            self.is_through = self.start.is_none();
        }
        Ok(())
    }
}

/// `wanted` items after the first `past` ones, from the newest or from the oldest.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn from_end(
    query: &QueryFluentBuilder,
    newest: bool,
    mut past: usize,
    wanted: usize,
) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut start: Option<Item> = None;
    loop {
        let limit = past.saturating_add(wanted - items.len());
        let query = query.clone().scan_index_forward(!newest).limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let found = query.set_exclusive_start_key(start).send().await.map_err(unexpected)?;
        let some = found.items.unwrap_or_default();
        let read = some.len();
        items.extend(some.into_iter().skip(past));
        past = past.saturating_sub(read);
        start = found.last_evaluated_key;
        if start.is_none() || items.len() >= wanted {
            return Ok(items);
        }
    }
}
