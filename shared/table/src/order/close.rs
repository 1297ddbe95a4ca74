//! The end of an order that nobody has paid, or whose money went back.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::limits::ORDER_LOOK_SECONDS;
use domain::{Error, OrderId, Result};

use super::events::put_event;
use super::looks::next_place;
use super::{Closing, Event, Order, State, TRIES_MAX, find};
use crate::Table;

use crate::failure::still_busy;
use crate::keys::{Key, Place};
use crate::list::{List, Tally};
use crate::values::{n, s};
use crate::write::{Change, Committed};

/// Closes an order that waits, as it was read, and says why; `looks` is the number of scheduled questions that are done
/// with it. False when it was paid, closed or asked about meanwhile.
///
/// # Errors
/// When the table cannot be written.
pub async fn close(table: &Table, order: &Order, why: Closing, looks: usize, event: &Event) -> Result<bool> {
    let change = closing(order, why, looks, event.at)
        .when("looks = :seen")
        .value(":seen", n(i64::try_from(order.looks).unwrap_or(i64::MAX)));
    commit(table, order, change, event).await
}

/// Keeps what the provider says of the end of an order, as just read: that its money went back, or that it can no longer be
/// paid. So no earlier word of its payment is believed again: see [`Order::is_creditable`]. Closes the order when it waits,
/// and makes this the reason when it was closed for a lesser one. Returns whether it is not credited.
///
/// # Errors
/// When the table cannot be read or written: the fact must be told again.
pub async fn end(table: &Table, order: &Order, why: Closing, event: &Event) -> Result<bool> {
    let mut order = order.clone();
    for _ in 0..TRIES_MAX {
        let is_done = match order.state {
            State::Paid => return Ok(false),
            State::Closed if order.closed == Some(Closing::Refunded) || order.closed == Some(why) => return Ok(true),
            State::Closed => {
                let action = reason(&order, why).action(table)?;
                table.commit(vec![action], "keeping why an order ended").await? == Committed::Done
            }
            State::Await => {
                let change = closing(&order, why, ORDER_LOOK_SECONDS.len(), event.at);
                commit(table, &order, change, event).await?
            }
        };
        if is_done {
            return Ok(true);
        }
        match find(table, order.id).await? {
            Some(found) => order = found.order,
            None => return Ok(true),
        }
    }
    Err(still_busy("keeping why an order ended"))
}

/// Keeps that the provider has contradicted itself: see [`Order::is_creditable`].
///
/// # Errors
/// When the table cannot be written.
pub async fn doubt(table: &Table, order: OrderId) -> Result<()> {
    let change = Change::of(&Key::order(order)).set("doubted = :true").when("attribute_exists(pk)");
    let action = change.value(":true", AttributeValue::Bool(true)).action(table)?;
    table.commit(vec![action], "keeping a doubt about an order").await.map(|_| ())
}

/// The end of an order that waits.
fn closing(order: &Order, why: Closing, looks: usize, now: i64) -> Change {
    let change = Change::of(&Key::order(order.id))
        .set("#state = :closed, closed = :why, updated = :now, looks = :looks")
        .when("#state = :await")
        .name("#state", "state")
        .value(":closed", s(State::Closed.name()))
        .value(":why", s(why.name()))
        .value(":await", s(State::Await.name()))
        .value(":now", n(now))
        .value(":looks", n(i64::try_from(looks).unwrap_or(i64::MAX)))
        .placed(&Place::listed(List::ORDERS_CLOSED, order.id));
    next_place(change, order, looks)
}

/// Another reason for an order that is closed. Nobody asks about it any more.
fn reason(order: &Order, why: Closing) -> Change {
    Change::of(&Key::order(order.id))
        .set("closed = :why")
        .remove("due_pk, due_sk")
        .when("#state = :closed AND (attribute_not_exists(closed) OR closed <> :refunded)")
        .name("#state", "state")
        .value(":why", s(why.name()))
        .value(":closed", s(State::Closed.name()))
        .value(":refunded", s(Closing::Refunded.name()))
}

/// Closes; false when the order is no longer as the change wants it.
async fn commit(table: &Table, order: &Order, change: Change, event: &Event) -> Result<bool> {
    match table.commit(actions(table, order, change, event)?, "closing an order").await? {
        Committed::Done => Ok(true),
        Committed::Not(0) => Ok(false),
        Committed::Not(_) => Err(Error::internal("an open order that its user does not count")),
    }
}

fn actions(table: &Table, order: &Order, change: Change, event: &Event) -> Result<Vec<TransactWriteItem>> {
    // A count below zero would make the user unreadable, and lock them out.
    let frees = Change::of(&Key::user(order.user)).add("open_orders :less").when("open_orders >= :one");
    let frees = frees.value(":less", n(-1)).value(":one", n(1));
    let tally = Tally::of(order.user).leaves(List::ORDERS_AWAIT, order.id).joins(List::ORDERS_CLOSED, order.id);
    Ok(vec![change.action(table)?, frees.action(table)?, put_event(table, order.id, event)?, tally.action(table)?])
}
