//! One cause, one row: within a ledger, and against what the causes left in the table.

use std::collections::{BTreeSet, HashMap};

use domain::{BatchId, CodeId, OrderId, Result, UserId};
use futures_util::future::join_all;

use super::rows::Entry;
use crate::Table;
use crate::books::difference::{Difference, Kind};
use crate::failure::Item;
use crate::keys::Key;
use crate::ledger::Cause;
use crate::list::{self, List};
use crate::order::{Order, State};
use crate::read::entity;
use crate::redemption::Code;

/// Causes looked up at once.
const SIDE_BY_SIDE: usize = 16;

/// The causes seen in one step of a walk: what is written twice is written one after the other.
#[derive(Debug, Default)]
pub(super) struct Causes {
    seen: BTreeSet<String>,
    lookups: usize,
}

impl Causes {
    /// Causes that took a call of their own.
    pub(super) fn lookups(&self) -> usize {
        self.lookups
    }

    pub(super) async fn judge(&mut self, table: &Table, user: UserId, entries: &[Entry]) -> Result<Vec<Difference>> {
        let differs = |entry: &Entry| Difference::of_row(Kind::RowCause, user, entry.ordinal, 1, 0);
        let mut differences: Vec<Difference> =
            entries.iter().filter(|entry| !self.seen.insert(key_of(&entry.cause))).map(differs).collect();

        let signins = entries.iter().filter_map(|entry| match entry.cause {
            Cause::Signin { day } => Some((entry, Key::signin(user, day))),
            _ => None,
        });
        let signins: Vec<(&Entry, Key)> = signins.collect();
        let there = table.get_all(signins.iter().map(|(_, key)| key.clone())).await?;
        differences.extend(signins.iter().filter(|(_, key)| !there.contains_key(key)).map(|(entry, _)| differs(entry)));

        let redeemed = entries.iter().filter_map(|entry| match entry.cause {
            Cause::Code { code, batch } => Some((entry, code, batch)),
            _ => None,
        });
        let redeemed: Vec<_> = redeemed.collect();
        let bought = entries.iter().filter_map(|entry| match entry.cause {
            Cause::Order { order } => Some((entry, order)),
            _ => None,
        });
        let bought: Vec<(&Entry, OrderId)> = bought.collect();
        differences.extend(not_bought(table, user, &bought).await?.into_iter().map(differs));

        self.lookups += redeemed.len();
        for few in redeemed.chunks(SIDE_BY_SIDE) {
            differences.extend(redeemed_twice(table, user, few).await?.into_iter().map(differs));
        }
        Ok(differences)
    }
}

/// The rows among these whose code names another row. A code that was deleted since names none.
async fn redeemed_twice<'a>(
    table: &Table,
    user: UserId,
    rows: &[(&'a Entry, CodeId, BatchId)],
) -> Result<Vec<&'a Entry>> {
    let found = join_all(rows.iter().map(|(_, code, _)| list::find(table, &[List::CODES_USED], *code))).await;
    let found: Result<Vec<_>> = found.into_iter().collect();
    let keys: Vec<Option<Key>> = found?.into_iter().map(|listed| Some(listed?.key)).collect();
    let items: HashMap<Key, Item> = table.get_all(keys.iter().flatten().cloned()).await?;
    let mut twice = Vec::new();
    for ((entry, _, batch), key) in rows.iter().zip(keys) {
        let code = key.and_then(|key| entity::<Code>(items.get(&key)?.clone()).ok());
        if code
            .is_some_and(|code| code.batch == *batch && (code.user, code.ordinal) != (Some(user), Some(entry.ordinal)))
        {
            twice.push(*entry);
        }
    }
    Ok(twice)
}

/// The rows among these whose order is not there, not paid, or names another row.
async fn not_bought<'a>(table: &Table, user: UserId, rows: &[(&'a Entry, OrderId)]) -> Result<Vec<&'a Entry>> {
    let orders = table.get_all(rows.iter().map(|(_, order)| Key::order(*order))).await?;
    let is_bought = |entry: &Entry, id: OrderId| {
        let order = orders.get(&Key::order(id)).and_then(|item| entity::<Order>(item.clone()).ok());
        order.is_some_and(|order| (order.state, order.user, order.ordinal) == (State::Paid, user, Some(entry.ordinal)))
    };
    Ok(rows.iter().filter(|(entry, order)| !is_bought(entry, *order)).map(|(entry, _)| *entry).collect())
}

/// What tells a cause from all others of one user.
fn key_of(cause: &Cause) -> String {
    match cause {
        Cause::Register => "register".to_owned(),
        Cause::Chat { hold, .. } | Cause::Draw { hold, .. } => format!("hold {hold}"),
        Cause::Signin { day } => format!("signin {day}"),
        Cause::Code { code, .. } => format!("code {code}"),
        Cause::Order { order } => format!("order {order}"),
        Cause::Adjustment { request, .. } => format!("adjustment {request}"),
        Cause::Imported { row } => format!("imported {row}"),
        Cause::Opening => "opening".to_owned(),
        Cause::Deletion { .. } => "deletion".to_owned(),
    }
}
