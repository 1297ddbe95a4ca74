//! The end of an order that nobody has paid.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Error, Result};

use super::events::put_event;
use super::looks::next_place;
use super::{Event, Order, State};
use crate::Table;

use crate::keys::{Key, Place};
use crate::list::{List, Tally};
use crate::values::{n, s};
use crate::write::{Change, Committed};

/// Closes an order that waits, as it was read, and says why; `looks` is the number of scheduled questions that are done
/// with it. False when it was paid, closed or asked about meanwhile.
///
/// # Errors
/// When the table cannot be written.
pub async fn close(table: &Table, order: &Order, looks: usize, event: &Event) -> Result<bool> {
    let actions = actions(table, order, looks, event)?;
    match table.commit(actions, "closing an order").await? {
        Committed::Done => Ok(true),
        Committed::Not(0) => Ok(false),
        Committed::Not(_) => Err(Error::internal("an open order that its user does not count")),
    }
}

fn actions(table: &Table, order: &Order, looks: usize, event: &Event) -> Result<Vec<TransactWriteItem>> {
    let change = Change::of(&Key::order(order.id))
        .set("#state = :closed, updated = :now, looks = :looks")
        .when("#state = :await AND looks = :seen")
        .name("#state", "state")
        .value(":closed", s(State::Closed.name()))
        .value(":await", s(State::Await.name()))
        .value(":now", n(event.at))
        .value(":looks", n(i64::try_from(looks).unwrap_or(i64::MAX)))
        .value(":seen", n(i64::try_from(order.looks).unwrap_or(i64::MAX)))
        .placed(&Place::listed(List::ORDERS_CLOSED, order.id));
    let change = next_place(change, order, looks);
    // A count below zero would make the user unreadable, and lock them out.
    let frees = Change::of(&Key::user(order.user)).add("open_orders :less").when("open_orders >= :one");
    let frees = frees.value(":less", n(-1)).value(":one", n(1));
    let tally = Tally::of(order.user).leaves(List::ORDERS_AWAIT, order.id).joins(List::ORDERS_CLOSED, order.id);
    Ok(vec![change.action(table)?, frees.action(table)?, put_event(table, order.id, event)?, tally.action(table)?])
}
