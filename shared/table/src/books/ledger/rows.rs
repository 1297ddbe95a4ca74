//! Reading a ledger for its numbers alone: in pages of a bounded size, without the texts.

use std::collections::BTreeSet;

use domain::{Credits, MessageId, Result, UserId};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::Table;
use crate::failure::unexpected;
use crate::keys::{Key, ledger_partition, ledger_sort, list_partition};
use crate::ledger::Cause;
use crate::list::List;
use crate::read::entity;
use crate::values::s;

/// Rows of one page: what it takes of memory is bounded by it.
const ROWS_MAX: i32 = 500;

/// A row as the check sees it.
#[derive(Debug, Deserialize)]
pub(in crate::books) struct Entry {
    id: MessageId,
    pub(super) user: UserId,
    pub(super) ordinal: u64,
    pub(in crate::books) amount: Credits,
    pub(super) total: Credits,
    pub(in crate::books) cause: Cause,
    /// Milliseconds since the Unix epoch.
    pub(in crate::books) created: i64,
    hidden: Option<IgnoredAny>,
    list_pk: Option<String>,
    list_sk: Option<i64>,
}

impl Entry {
    pub(super) fn is_hidden(&self) -> bool {
        self.hidden.is_some()
    }

    /// Whether it is in the list of all rows under its id, or hidden and in none.
    pub(super) fn is_in_place(&self) -> bool {
        match (&self.list_pk, self.list_sk) {
            (None, None) => self.is_hidden(),
            (Some(list), Some(id)) => {
                !self.is_hidden() && *list == list_partition(List::LEDGER) && id == self.id.as_i64()
            }
            _ => false,
        }
    }
}

/// Some rows, oldest first.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    /// Ordinals of those that cannot be read.
    pub(super) unreadable: Vec<u64>,
    /// The last row's ordinal, whether it can be read or not.
    pub(super) last: u64,
    /// Whether more may follow.
    pub(super) more: bool,
}

/// The rows from ordinal `first` to `last`, as many as one page holds.
pub(super) async fn page(table: &Table, user: UserId, first: u64, last: u64) -> Result<Page> {
    if first > last {
        return Ok(Page { entries: Vec::new(), unreadable: Vec::new(), last, more: false });
    }
    let mut query = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :ledger AND sk BETWEEN :first AND :last")
        .projection_expression(
            "#id, #user, #ordinal, #amount, #total, #cause, #created, #hidden, #list_pk, #list_sk, sk",
        )
        .expression_attribute_values(":ledger", s(&ledger_partition(user)))
        .expression_attribute_values(":first", s(&ledger_sort(first)))
        .expression_attribute_values(":last", s(&ledger_sort(last)))
        .consistent_read(true)
        .limit(ROWS_MAX);
    for name in ["id", "user", "ordinal", "amount", "total", "cause", "created", "hidden", "list_pk", "list_sk"] {
        query = query.expression_attribute_names(format!("#{name}"), name);
    }
    let found = query.send().await.map_err(unexpected)?;
    let more = found.last_evaluated_key.is_some();
    let mut page = Page { entries: Vec::new(), unreadable: Vec::new(), last: first - 1, more };
    for item in found.items.unwrap_or_default() {
        let ordinal = item.get("sk").and_then(|sk| sk.as_s().ok()?.parse().ok()).unwrap_or(first);
        page.last = page.last.max(ordinal);
        match entity::<Entry>(item) {
            // The place that it is read at is what counts.
            Ok(entry) if entry.ordinal == ordinal => page.entries.push(entry),
            _ => page.unreadable.push(ordinal),
        }
    }
    Ok(page)
}

/// The ordinals in the set of hidden rows.
pub(super) async fn hidden(table: &Table, user: UserId) -> Result<BTreeSet<u64>> {
    let item = table.get_all([Key::hidden_rows(user)]).await?.remove(&Key::hidden_rows(user)).unwrap_or_default();
    let ordinals = item.get("ordinals").and_then(|set| set.as_ns().ok()).map_or(&[][..], Vec::as_slice);
    Ok(ordinals.iter().filter_map(|ordinal| ordinal.parse().ok()).collect())
}
