//! The settlement of a delivered turn: one transaction that spends the reservation, writes the ledger row and keeps
//! both messages.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Credits, Error, MessageId, Result};

use crate::failure::{Cancelled, cancelled, pause, still_busy};
use crate::holds::{Reservation, spend};
use crate::ledger::{Cause, Row};
use crate::message::Message;
use crate::user::User;
use crate::values::n;
use crate::{Table, VERSION, ledger, message, user};

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
    for attempt in 0.. {
        let total = user.total() - turn.cost;
        match write(table, reservation, &user, turn).await? {
            Outcome::Done => return Ok(Settled::Done { total }),
            Outcome::Condition => {}
            Outcome::Busy => pause(attempt).await,
        }
        // The user item has moved on: another chat took the ordinal, or this reservation has ended.
        user = match user::find(table, user.id).await {
            Ok(Some(now_there)) => now_there,
            Ok(None) => return Ok(Settled::TooLate),
            Err(Error::Unavailable { .. }) => {
                pause(attempt).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        if !user.holds.contains_key(&reservation.id) {
            return ended(table, reservation, &user, turn).await;
        }
    }
    Err(still_busy("settlement"))
}

enum Outcome {
    Done,
    Condition,
    Busy,
}

async fn write(table: &Table, reservation: &Reservation, user: &User, turn: &Turn<'_>) -> Result<Outcome> {
    let update = spend(table, reservation, turn.cost);
    let mut actions = Vec::with_capacity(4);
    if turn.cost == 0 {
        let update = update
            .update_expression("SET balance = balance + :rest, held = held - :amount REMOVE holds.#hold")
            .condition_expression("attribute_exists(holds.#hold)");
        actions.push(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build());
    } else {
        let row = Row {
            v: VERSION,
            id: turn.row_id,
            user: user.id,
            ordinal: user.rows + 1,
            amount: -turn.cost,
            total: user.total() - turn.cost,
            describe: turn.describe.clone(),
            cause: turn.cause.clone(),
            created: turn.now,
        };
        // While `rows` stands, so does the sum of the ledger, which the new row's total is reckoned from.
        let update = update
            .update_expression("SET balance = balance + :rest, held = held - :amount, #rows = :next REMOVE holds.#hold")
            .condition_expression("attribute_exists(holds.#hold) AND #rows = :rows")
            .expression_attribute_names("#rows", "rows")
            .expression_attribute_values(":rows", n(user.rows))
            .expression_attribute_values(":next", n(row.ordinal));
        actions.push(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build());
        actions.push(TransactWriteItem::builder().put(ledger::put(table, &row)?).build());
    }
    for kept in turn.messages {
        actions.push(TransactWriteItem::builder().put(message::put(table, kept)?).build());
    }
    match table.client.transact_write_items().set_transact_items(Some(actions)).send().await {
        Ok(_) => Ok(Outcome::Done),
        Err(error) => match cancelled(error) {
            Cancelled::Condition(0) => Ok(Outcome::Condition),
            Cancelled::Condition(1) if turn.cost > 0 => Ok(Outcome::Condition),
            Cancelled::Condition(_) => Err(Error::internal("a message id came twice")),
            Cancelled::Busy => Ok(Outcome::Busy),
            Cancelled::Failed(error) => Err(error),
        },
    }
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
