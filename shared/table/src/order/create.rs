//! A new order: one transaction counts it among the buyer's open ones, and stores it with its terms.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::limits::OPEN_ORDERS_MAX;
use domain::{Error, Result, SessionToken};

use super::{Order, Terms};

use crate::keys::{Key, Place};
use crate::list::{List, Tally};
use crate::order::looks::place_of_look;
use crate::values::n;
use crate::write::{Change, Committed};
use crate::{Table, user};

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is there.
    Done,
    /// The buyer has too many open ones.
    TooMany,
}

/// Stores a new order of the person whose session this is.
///
/// # Errors
/// [`Error::LoggedOut`] when the session ended meanwhile; when the table cannot be written.
pub async fn open(table: &Table, order: &Order, terms: &Terms, session: &SessionToken) -> Result<Opened> {
    let actions = actions(table, order, terms, session)?;
    match table.commit(actions, "storing an order").await? {
        Committed::Done => Ok(Opened::Done),
        Committed::Not(0) => {
            user::authenticate(table, session, order.created).await?;
            Ok(Opened::TooMany)
        }
        Committed::Not(_) => Err(Error::internal("an id of an order came twice")),
    }
}

fn actions(table: &Table, order: &Order, terms: &Terms, session: &SessionToken) -> Result<Vec<TransactWriteItem>> {
    let counts = Change::of(&Key::user(order.user))
        .add("open_orders :one")
        .when("enabled = :true AND sessions.#session > :now")
        .when("(attribute_not_exists(open_orders) OR open_orders < :most)")
        .name("#session", session.hash().as_str())
        .value(":one", n(1))
        .value(":true", AttributeValue::Bool(true))
        .value(":now", n(order.created))
        .value(":most", n(OPEN_ORDERS_MAX));
    let due = place_of_look(order, order.looks);
    let places = [Place::listed(List::ORDERS_AWAIT, order.id), Place::order_of(order.user, order.id)];
    let places: Vec<Place> = places.into_iter().chain(due).collect();
    Ok(vec![
        counts.action(table)?,
        table.put_new(&Key::order(order.id), order, &places)?,
        table.put_new(&Key::order_terms(order.id), terms, &[])?,
        Tally::of(order.user).joins(List::ORDERS_AWAIT, order.id).action(table)?,
    ])
}
