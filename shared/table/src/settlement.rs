//! The settlement of a delivered turn: one transaction that spends the reservation, writes the ledger row and keeps
//! both messages.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Credits, Error, MessageId, Result};

use crate::failure::{Cancelled, pause};
use crate::holds::Reservation;
use crate::keys::Key;
use crate::ledger::{Cause, Row};
use crate::list::{List, Tally};
use crate::message::Message;
use crate::user::User;
use crate::values::n;
use crate::write::Change;
use crate::{Table, ledger, message, user};

/// What a delivered turn costs and leaves.
#[derive(Debug)]
pub struct Turn<'a> {
    /// The id of the ledger row.
    pub row_id: MessageId,
    /// Its price; 0 writes no row.
    pub cost: Credits,
    /// What the person reads in the statement.
    pub describe: String,
    /// Why.
    pub cause: Cause,
    /// The question and the answer.
    pub messages: [&'a Message; 2],
    /// Milliseconds since the Unix epoch.
    pub now: i64,
}

/// What became of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The user has this many credits now.
    Done {
        /// Those set aside for other chats included.
        total: Credits,
    },
    /// The reservation was given back before, because it took too long: nothing is charged.
    TooLate,
}

/// Settles a turn, and goes on trying until it is done: give it a time limit. Safe to repeat and to give up: the
/// reservation can be spent only once, and what is given up is given back later.
///
/// # Errors
/// When the table refuses for another reason than being busy.
pub async fn settle(table: &Table, reservation: &Reservation, turn: &Turn<'_>) -> Result<Settled> {
    let mut user = reservation.user.clone();
    let mut attempt = 0;
    loop {
        match look(table, reservation, &user, turn).await {
            Ok(Look::Settled(settled)) => return Ok(settled),
            // The user item has moved on, because another chat took the ordinal.
            Ok(Look::Again(now_there)) => user = *now_there,
            Err(Error::Unavailable { .. }) => {}
            Err(error) => return Err(error),
        }
        pause(attempt).await;
        attempt += 1;
    }
}

enum Look {
    Settled(Settled),
    Again(Box<User>),
}

/// One try by what is known of the user; when it does not hold, a look at what has changed.
async fn look(table: &Table, reservation: &Reservation, user: &User, turn: &Turn<'_>) -> Result<Look> {
    match table.transact(actions(table, reservation, user, turn)?, None).await {
        Ok(()) => return Ok(Look::Settled(Settled::Done { total: user.total() - turn.cost })),
        Err(Cancelled::Condition(0) | Cancelled::Busy) => {}
        Err(Cancelled::Condition(1)) if turn.cost > 0 => {}
        Err(Cancelled::Condition(_)) => return Err(Error::internal("a message id came twice")),
        Err(Cancelled::Failed(error)) => return Err(error),
    }
    match user::find(table, user.id).await? {
        None => Ok(Look::Settled(Settled::TooLate)),
        Some(user) if user.holds.contains_key(&reservation.id) => Ok(Look::Again(Box::new(user))),
        Some(user) => ended(table, reservation, &user, turn).await.map(Look::Settled),
    }
}

/// Ends the hold, gives back what the turn did not cost, writes the row and keeps the messages.
fn actions(table: &Table, reservation: &Reservation, user: &User, turn: &Turn<'_>) -> Result<Vec<TransactWriteItem>> {
    let mut spend = Change::of(&Key::user(user.id))
        .set("balance = balance + :rest, held = held - :amount")
        .remove("holds.#hold")
        .when("attribute_exists(holds.#hold)")
        .add("messages :messages")
        .name("#hold", &reservation.id)
        .value(":messages", n(2))
        .value(":amount", n(reservation.hold.amount))
        .value(":rest", n(reservation.hold.amount - turn.cost));
    let mut tally = Tally::of(user.id);
    let mut actions = Vec::new();
    if turn.cost > 0 {
        let row = Row::next(user, turn.row_id, -turn.cost, &turn.describe, turn.cause.clone(), turn.now);
        spend = ledger::takes(spend, &row);
        tally = tally.joins(List::LEDGER, row.id);
        actions.push(ledger::put(table, &row)?);
    }
    actions.insert(0, spend.action(table)?);
    for kept in turn.messages {
        tally = tally.joins(List::MESSAGES, kept.id);
        actions.push(message::put(table, kept)?);
    }
    actions.push(tally.action(table)?);
    Ok(actions)
}

/// The reservation is gone: either an earlier try of ours did it and its answer was lost, or it was given back.
async fn ended(table: &Table, reservation: &Reservation, user: &User, turn: &Turn<'_>) -> Result<Settled> {
    let ours = if turn.cost == 0 {
        message::exists(table, turn.messages[1]).await?
    } else {
        let rows = ledger::between(table, user.id, reservation.user.rows + 1, user.rows).await?;
        rows.iter().any(|row| row.cause == turn.cause)
    };
    Ok(if ours { Settled::Done { total: user.total() } } else { Settled::TooLate })
}
