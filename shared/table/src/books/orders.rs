//! Orders: each paid one has its buyer's row and its receipt; each one that waits is counted and will be looked after.

use std::collections::BTreeSet;

use domain::{OrderId, Result, UserId};

use super::Step;
use super::days::{Day, Sums, Yesterday};
use super::difference::{Difference, Kind, number};
use super::run::Phase;
use super::steady::steady;
use crate::keys::{Key, order_owner};
use crate::ledger::{Cause, Row};
use crate::list::List;
use crate::list::audit::rows;
use crate::order::{Order, Receipt, Source, State};
use crate::read::entity;
use crate::user::User;
use crate::{Table, owned, user};

/// Paid orders of one step.
const PAID_MAX: i64 = 50;
/// Waiting orders of one step.
const WAITING_MAX: i64 = 32;
/// Newest orders of a user among which those that wait are looked for: they end after two hours.
const NEWEST_MAX: usize = 200;

/// Some paid orders with the rows that they name.
pub(super) async fn step(table: &Table, after: i64, yesterday: &Yesterday<'_>) -> Result<Step> {
    let entries = rows(table, List::ORDERS_PAID, after, PAID_MAX).await?;
    let Some(last) = entries.last() else { return Ok(Step::to(Phase::OpenOrders { after: 0 })) };
    let mut step = Step::to(Phase::PaidOrders { after: last.id });
    let receipt = |id: i64| OrderId::from_i64(id).map(Key::order_receipt);
    let keys = entries.iter().flat_map(|entry| [Some(entry.key.clone()), receipt(entry.id)]);
    let keys: Vec<Key> = keys.flatten().collect();
    let mut items = table.get_all(keys).await?;
    let mut paid = Vec::new();
    for entry in &entries {
        let receipt = receipt(entry.id).and_then(|key| items.remove(&key)).map(entity::<Receipt>);
        match items.remove(&entry.key).map(entity::<Order>) {
            Some(Ok(order)) if order.ordinal.is_none() && is_import(receipt.as_ref()) => {}
            Some(Ok(order)) if receipt.is_some() => paid.push(order),
            Some(Ok(_)) | None => step.differences.push(Difference::either(Kind::OrderRow, &entry.id, true)),
            Some(Err(_)) => step.differences.push(Difference::either(Kind::Unreadable, &entry.id, true)),
        }
    }
    let row = |order: &Order| Some(Key::ledger_row(order.user, order.ordinal?));
    let items = table.get_all(paid.iter().filter_map(row)).await?;
    let mut sums = Sums::default();
    for order in paid {
        sums.add_order(yesterday, &order);
        let row = row(&order).and_then(|key| entity::<Row>(items.get(&key)?.clone()).ok());
        if order.state != State::Paid || row.is_none_or(|row| !is_of(&row, &order)) {
            step.differences.push(Difference::either(Kind::OrderRow, &order.id, true));
        }
    }
    step.day = Day::of_orders(sums);
    Ok(step)
}

/// Whether another system had the order as paid, which need not have kept the row that tells of it.
fn is_import(receipt: Option<&Result<Receipt>>) -> bool {
    receipt.is_some_and(|receipt| receipt.as_ref().is_ok_and(|receipt| receipt.source == Source::Import))
}

/// Whether a row gives what an order was made for.
fn is_of(row: &Row, order: &Order) -> bool {
    let given = match row.days {
        Some(days) => i64::from(days),
        None => row.amount,
    };
    row.cause == Cause::Order { order: order.id } && given == order.benefit.number()
}

/// Some orders that wait: the janitor will find each, and their people count them.
pub(super) async fn step_of_open(table: &Table, after: i64) -> Result<Step> {
    let entries = rows(table, List::ORDERS_AWAIT, after, WAITING_MAX).await?;
    let Some(last) = entries.last() else { return Ok(Step::to(Phase::Day)) };
    let mut step = Step::to(Phase::OpenOrders { after: last.id });
    let items = table.get_all(entries.iter().map(|entry| entry.key.clone())).await?;
    for entry in &entries {
        let Some(item) = items.get(&entry.key) else { continue };
        let waits = item.get("state").is_some_and(|state| state.as_s().is_ok_and(|state| state == "await"));
        if waits && !item.contains_key("due_pk") {
            step.differences.push(Difference::either(Kind::OrderDue, &entry.id, true));
        }
    }
    let people: BTreeSet<UserId> = entries.iter().filter_map(|entry| entry.user).collect();
    let people: Vec<UserId> = people.into_iter().collect();
    step.differences.extend(steady(|| look(table, &people)).await?);
    Ok(step)
}

/// The numbers of open orders that some users' items name, against the orders themselves: what differs now, and did while
/// it was looked for.
pub(super) async fn look(table: &Table, people: &[UserId]) -> Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for before in users(table, people).await? {
        let found = waiting(table, before.id).await?;
        let counted = number(before.open_orders);
        if found != counted {
            let after = users(table, &[before.id]).await?;
            if after.iter().any(|user| user.open_orders == before.open_orders) {
                differences.push(Difference::new(Kind::OpenOrders, &before.id, found, counted));
            }
        }
    }
    Ok(differences)
}

async fn users(table: &Table, people: &[UserId]) -> Result<Vec<User>> {
    let items = table.get_all(people.iter().map(|id| Key::user(*id))).await?;
    Ok(items.into_values().filter_map(|item| user::from_item(item).ok()).collect())
}

/// How many of a user's orders wait for their payment.
async fn waiting(table: &Table, id: UserId) -> Result<i64> {
    let entries = owned::newest(table, &order_owner(id), NEWEST_MAX).await?;
    let items = table.get_all(entries.into_iter().map(|(_, key)| key)).await?;
    let orders = items.into_values().filter_map(|item| entity::<Order>(item).ok());
    Ok(number(orders.filter(|order| order.state == State::Await).count()))
}
