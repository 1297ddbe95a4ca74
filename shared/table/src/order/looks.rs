//! When the provider is asked about an order: by schedule, found in the index `due`, and when people want to know.

use domain::limits::{ORDER_ASK_SECONDS, ORDER_LOOK_SECONDS};
use domain::{OrderId, Result};

use super::events::put_event;
use super::{Event, Order};
use crate::Table;
use crate::failure::{condition_of_update, unexpected};
use crate::keys::{DUE_ORDERS, Key, Place, order_of};
use crate::values::{n, s};
use crate::write::{Change, Committed, send_update};

/// Orders whose provider is to be asked at `now` (seconds), those that wait longest first, and whether there are more.
///
/// # Errors
/// When the table cannot be read.
pub async fn due(table: &Table, now: i64, limit: i32) -> Result<(Vec<OrderId>, bool)> {
    let found = table
        .client
        .query()
        .table_name(&table.name)
        .index_name("due")
        .key_condition_expression("due_pk = :orders AND due_sk <= :now")
        .expression_attribute_values(":orders", s(DUE_ORDERS))
        .expression_attribute_values(":now", n(now))
        .limit(limit)
        .send()
        .await
        .map_err(unexpected)?;
    let keys = found.items.unwrap_or_default();
    let orders = keys.iter().filter_map(Key::of).filter_map(|key| order_of(key.pk())).collect();
    Ok((orders, found.last_evaluated_key.is_some()))
}

/// Counts a scheduled question to the provider as done, with what it said, and places the order for the next one. False
/// when the order was paid, closed or asked about meanwhile.
///
/// # Errors
/// When the table cannot be written.
pub async fn postpone(table: &Table, order: &Order, looks: usize, event: &Event) -> Result<bool> {
    let change = Change::of(&Key::order(order.id))
        .set("looks = :looks")
        .when("#state = :state AND looks = :seen")
        .name("#state", "state")
        .value(":state", s(order.state.name()))
        .value(":looks", n(i64::try_from(looks).unwrap_or(i64::MAX)))
        .value(":seen", n(i64::try_from(order.looks).unwrap_or(i64::MAX)));
    let actions = vec![next_place(change, order, looks).action(table)?, put_event(table, order.id, event)?];
    Ok(table.commit(actions, "placing an order for its next look").await? == Committed::Done)
}

/// Puts an order that was asked about `looks` times where it stands in the index then, if it does.
pub(super) fn next_place(change: Change, order: &Order, looks: usize) -> Change {
    match place_of_look(order, looks) {
        Some(place) => change.placed(&place),
        None => change.remove("due_pk, due_sk"),
    }
}

/// Where an order that was asked about `looks` times stands in the index; none when it does not.
pub(super) fn place_of_look(order: &Order, looks: usize) -> Option<Place> {
    ORDER_LOOK_SECONDS.get(looks).map(|seconds| Place::due_order(order.created.div_euclid(1000) + seconds))
}

/// Whether the owner may have the provider asked about an order at `now` (milliseconds): one question in some seconds,
/// however often and from wherever they look.
///
/// # Errors
/// When the table cannot be written.
pub async fn claim_question(table: &Table, id: OrderId, now: i64) -> Result<bool> {
    let update = table
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(Key::order(id).attributes()))
        .update_expression("SET asked = :now")
        .condition_expression("asked <= :before")
        .expression_attribute_values(":now", n(now))
        .expression_attribute_values(":before", n(now - ORDER_ASK_SECONDS * 1000));
    match send_update(update).await {
        Ok(_) => Ok(true),
        Err(error) => condition_of_update(error).map(|_| false),
    }
}
