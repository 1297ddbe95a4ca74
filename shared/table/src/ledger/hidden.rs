//! Rows that an administrator took off the lists: they stay in the ledger and count, and a statement leaves them out.

use std::collections::BTreeSet;

use domain::{Result, UserId};

use crate::Table;
use crate::failure::unexpected;
use crate::keys::Key;

/// The ordinals of a user's hidden rows.
pub(super) async fn ordinals(table: &Table, user: UserId) -> Result<BTreeSet<u64>> {
    let read = table.client.get_item().table_name(&table.name).set_key(Some(Key::hidden_rows(user).attributes()));
    let item = read.consistent_read(true).send().await.map_err(unexpected)?.item.unwrap_or_default();
    let ordinals = item.get("ordinals").and_then(|set| set.as_ns().ok()).map_or(&[][..], Vec::as_slice);
    Ok(ordinals.iter().filter_map(|ordinal| ordinal.parse().ok()).collect())
}

/// The ordinal of the `place`-th row (from 1, oldest first) that is not hidden.
pub(super) fn ordinal_of(hidden: &BTreeSet<u64>, place: u64) -> u64 {
    hidden.iter().fold(place, |ordinal, hole| if *hole <= ordinal { ordinal + 1 } else { ordinal })
}
