//! The settlement of what was delivered: one transaction that spends the reservation, writes the ledger row and keeps the
//! messages or the pictures.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{BusinessDay, Credits, Error, MessageId, Result, UpstreamId};

use crate::failure::{Cancelled, short_pause};
use crate::holds::{self, Reservation};
use crate::image::Image;
use crate::ledger::{Cause, Row};
use crate::list::{List, Tally};
use crate::message::Message;
use crate::meter::Meter;
use crate::stats::{Charge, acts, of_delivery};
use crate::user::User;
use crate::values::n;
use crate::{Table, image, ledger, message, user};

/// What was delivered: what it costs and what it leaves.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// The id of the ledger row.
    pub row_id: MessageId,
    /// Its price; 0 writes no row.
    pub cost: Credits,
    /// What the person reads in the statement.
    pub describe: String,
    /// Why.
    pub cause: Cause,
    /// The question and the answer of a conversation that is kept, be it for administrators alone.
    pub messages: &'a [Message],
    /// The pictures.
    pub images: &'a [Image],
    /// The upstream key that delivered it, and what that probably cost in millionths of a dollar.
    pub spent: Option<(UpstreamId, i64)>,
    /// The business day of `now`.
    pub day: BusinessDay,
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

/// Settles a delivery, and goes on trying until it is done: give it a time limit. Safe to repeat and to give up: the
/// reservation can be spent only once, and what is given up is given back later.
///
/// # Errors
/// When the table refuses for another reason than being busy.
pub async fn settle(table: &Table, reservation: &Reservation, delivery: &Delivery<'_>) -> Result<Settled> {
    let (mut known, mut waits) = (Some(reservation.user.clone()), 0);
    loop {
        match attempt(table, reservation, known.take(), delivery).await {
            Ok(Attempt::Ended(settled)) => return Ok(settled),
            // Who took the ordinal is through, so the next look finds it, and waiting would only let others pass.
            Ok(Attempt::Overtaken) => waits = 0,
            Ok(Attempt::Busy) | Err(Error::Unavailable { .. }) => {
                short_pause(waits).await;
                waits += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// What became of one try.
enum Attempt {
    Ended(Settled),
    /// The user item had moved on, because another row took the ordinal.
    Overtaken,
    /// Others have an item in hand, or the table is short of throughput.
    Busy,
}

/// One try, by the user as `known` from the reservation, else as read for it. Nothing may wait between that look and the
/// write that goes by it: in a pause other chats of the person would take the ordinal again and again.
async fn attempt(
    table: &Table,
    reservation: &Reservation,
    known: Option<User>,
    delivery: &Delivery<'_>,
) -> Result<Attempt> {
    let user = match known {
        Some(user) => user,
        None => match user::find(table, reservation.user.id).await? {
            None => return Ok(Attempt::Ended(Settled::TooLate)),
            Some(user) if user.holds.contains_key(&reservation.id) => user,
            Some(user) => return ended(table, reservation, &user, delivery).await.map(Attempt::Ended),
        },
    };
    match table.transact(actions(table, reservation, &user, delivery)?, None).await {
        Ok(()) => Ok(Attempt::Ended(Settled::Done { total: user.total() - delivery.cost })),
        Err(Cancelled::Condition(0)) => Ok(Attempt::Overtaken),
        Err(Cancelled::Condition(1)) if delivery.cost > 0 => Ok(Attempt::Overtaken),
        Err(Cancelled::Condition(_)) => Err(Error::internal("an id came twice")),
        Err(Cancelled::Busy) => Ok(Attempt::Busy),
        Err(Cancelled::Failed(error)) => Err(error),
    }
}

/// How a reservation has ended that is not there any more, for who has given up settling it.
///
/// # Errors
/// When the table cannot be read.
pub async fn outcome(table: &Table, reservation: &Reservation, delivery: &Delivery<'_>) -> Result<Settled> {
    match user::find(table, reservation.user.id).await? {
        None => Ok(Settled::TooLate),
        Some(user) => ended(table, reservation, &user, delivery).await,
    }
}

/// Ends the hold, gives back what the delivery did not cost, writes the row and keeps what is to be kept.
fn actions(
    table: &Table,
    reservation: &Reservation,
    user: &User,
    delivery: &Delivery<'_>,
) -> Result<Vec<TransactWriteItem>> {
    let mut spend = holds::spend(reservation, reservation.hold.amount - delivery.cost);
    let mut tally = Tally::of(user.id);
    let mut actions = Vec::new();
    if delivery.cost > 0 {
        let (describe, cause) = (&delivery.describe, delivery.cause.clone());
        let row = Row::next(user.id, user.standing(), delivery.row_id, -delivery.cost, describe, cause, delivery.now);
        spend = ledger::takes(spend, &row);
        tally = tally.row(&row, delivery.day);
        actions.push(ledger::put(table, &row)?);
    } else {
        for (figure, by) in of_delivery(&delivery.cause, Charge::Free) {
            tally = tally.figure(delivery.day, &figure, by);
        }
    }
    let withdrawn = delivery.messages.iter().filter(|message| message.withdrawn.is_some()).count();
    let kept = [
        ("messages", delivery.messages.len() - withdrawn),
        ("kept_messages", withdrawn),
        ("images", delivery.images.len()),
    ];
    for (name, kept) in kept {
        if kept > 0 {
            let kept = i64::try_from(kept).unwrap_or(i64::MAX);
            spend = spend.add(format!("{name} :{name}")).value(format!(":{name}"), n(kept));
        }
    }
    let (spend, mut tally) = acts(spend, tally, user.active, delivery.day);
    actions.insert(0, spend.action(table)?);
    for kept in delivery.messages {
        tally = tally.joins(List::MESSAGES, kept.id);
        actions.push(message::put(table, kept)?);
    }
    for kept in delivery.images {
        tally = image::joins(tally, kept);
        actions.push(image::put(table, kept)?);
    }
    if let Some((key, cost)) = delivery.spent {
        tally = tally.meters(Meter::spent_by(key), cost.max(0));
    }
    actions.push(tally.action(table)?);
    Ok(actions)
}

/// The reservation is gone: either an earlier try of ours did it and its answer was lost, or it was given back.
async fn ended(table: &Table, reservation: &Reservation, user: &User, delivery: &Delivery<'_>) -> Result<Settled> {
    let ours = if delivery.cost > 0 {
        let rows = ledger::between(table, user.id, reservation.user.rows + 1, user.rows).await?;
        rows.iter().any(|row| row.cause == delivery.cause)
    } else {
        // What costs nothing and leaves nothing is settled when it is given back.
        delivery.messages.is_empty() && delivery.images.is_empty() || is_kept(table, delivery).await?
    };
    Ok(if ours { Settled::Done { total: user.total() } } else { Settled::TooLate })
}

/// Whether anything of the delivery is there: its person may have deleted some of it already.
async fn is_kept(table: &Table, delivery: &Delivery<'_>) -> Result<bool> {
    for message in delivery.messages {
        if message::exists(table, message).await? {
            return Ok(true);
        }
    }
    for image in delivery.images {
        if image::exists(table, image).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests;
