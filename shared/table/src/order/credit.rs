//! The payment of an order: one transaction gives the buyer what was bought, writes the ledger row, marks the order as
//! paid, keeps the receipt and counts it all. The order's state is the condition, so it happens once, for ever.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{BusinessDay, MessageId, Result};

use super::{Closing, Order, Receipt, State, TRIES_MAX, find};
use crate::failure::{Cancelled, pause, still_busy};
use crate::grant::Grant;
use crate::keys::{Key, Place};
use crate::ledger::Cause;
use crate::list::{List, Tally};
use crate::stats::{Figure, acts};
use crate::user::Standing;
use crate::values::{n, s};
use crate::write::Change;
use crate::{Table, ledger, user};

/// How often the buyer may have moved on: each of the ten orders that a person can have open is credited once, and all of
/// them may be at once, beside what the person does.
const LOSSES_MAX: u32 = 16;

/// A payment that was found right: its signature, its merchant, its amount.
#[derive(Clone, Debug)]
pub struct Credit<'a> {
    /// What it was paid by.
    pub receipt: &'a Receipt,
    /// The provider's number of the payment.
    pub trade_no: Option<&'a str>,
    /// Whether the provider said so when it was asked just now; otherwise it is a word that can be an old one.
    pub asked: bool,
    /// The business day.
    pub today: BusinessDay,
}

impl Credit<'_> {
    const fn row(&self) -> MessageId {
        self.receipt.row
    }

    const fn now(&self) -> i64 {
        self.receipt.at
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credited {
    /// It was credited now.
    Now,
    /// It had been credited before, for the payment with this number.
    Before {
        /// The provider's number of it.
        trade_no: Option<String>,
    },
    /// The buyer has deleted their account: there is nobody to credit.
    Nobody,
    /// The provider has said before what speaks against it: see [`Order::is_creditable`].
    Barred(Option<Closing>),
    /// There is no such order any more.
    NoOrder,
}

/// Credits the payment of `order`, as just read; with the buyer as they stood when it was made, because they mostly wait
/// at the pay page, and then as they stand now.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn credit(table: &Table, order: &Order, credit: &Credit<'_>) -> Result<Credited> {
    let (mut order, mut standing, mut receipt) = (order.clone(), order.buyer, None);
    let (mut busy, mut lost) = (0, 0);
    while busy < TRIES_MAX && lost < LOSSES_MAX {
        if order.state == State::Paid {
            // By this very payment, when an earlier try of ours had its answer lost.
            let is_ours = receipt.is_some_and(|receipt: Receipt| receipt.row == credit.row());
            return Ok(if is_ours { Credited::Now } else { Credited::Before { trade_no: order.trade_no } });
        }
        if !order.is_creditable(credit.asked) {
            return Ok(Credited::Barred(order.closed));
        }
        match table.transact(actions(table, &order, standing, credit)?, None).await {
            Ok(()) => return Ok(Credited::Now),
            // The buyer or the order has moved on.
            Err(Cancelled::Condition(_)) => lost += 1,
            Err(Cancelled::Busy) => {
                pause(busy).await;
                busy += 1;
            }
            Err(Cancelled::Failed(error)) => return Err(error),
        }
        let (there, found) = tokio::try_join!(user::find(table, order.user), find(table, order.id))?;
        let Some(found) = found else { return Ok(Credited::NoOrder) };
        (order, receipt) = (found.order, found.receipt);
        match there {
            Some(user) => standing = user.standing(),
            None if order.state == State::Paid => {}
            None => return Ok(Credited::Nobody),
        }
    }
    Err(still_busy("crediting an order"))
}

fn actions(table: &Table, order: &Order, standing: Standing, credit: &Credit<'_>) -> Result<Vec<TransactWriteItem>> {
    let describe = format!("购买-{}", order.title.as_str());
    let grant = Grant {
        id: credit.row(),
        benefit: order.benefit,
        describe: &describe,
        cause: Cause::Order { order: order.id },
        today: credit.today,
        now: credit.now(),
    };
    let (row, mut gives) = grant.to(order.user, standing);
    if order.state == State::Await {
        gives = gives.add("open_orders :less").value(":less", n(-1));
    }
    let tally = Tally::of(order.user)
        .row(&row, credit.today)
        .figure(credit.today, &Figure::Orders(order.provider), 1)
        .figure(credit.today, &Figure::Fen(order.provider), order.amount.number())
        .leaves(order.state.list(), order.id)
        .joins(List::ORDERS_PAID, order.id);
    let (gives, tally) = acts(gives, tally, standing.active, credit.today);
    Ok(vec![
        gives.action(table)?,
        ledger::put(table, &row)?,
        paid(order, credit, row.ordinal).action(table)?,
        table.put_new(&Key::order_receipt(order.id), credit.receipt, &[])?,
        tally.action(table)?,
    ])
}

/// [`Order::is_creditable`] as a condition: what speaks against it may be told while this is on its way.
fn creditable(change: Change, asked: bool) -> Change {
    let change = change.value(":refunded", s(Closing::Refunded.name()));
    if asked {
        return change.when("(attribute_not_exists(closed) OR closed <> :refunded)");
    }
    change
        .when("(attribute_not_exists(closed) OR (closed <> :refunded AND closed <> :ended))")
        .when("attribute_not_exists(doubted)")
        .value(":ended", s(Closing::Ended.name()))
}

fn paid(order: &Order, credit: &Credit<'_>, ordinal: u64) -> Change {
    let change = Change::of(&Key::order(order.id))
        .set("#state = :paid_state, paid = :now, updated = :now, #ordinal = :ordinal, late = :late")
        .remove("due_pk, due_sk")
        .when("#state = :was")
        .name("#state", "state")
        .name("#ordinal", "ordinal")
        .value(":paid_state", s(State::Paid.name()))
        .value(":was", s(order.state.name()))
        .value(":now", n(credit.now()))
        .value(":ordinal", n(ordinal))
        .value(":late", AttributeValue::Bool(order.state == State::Closed))
        .placed(&Place::listed(List::ORDERS_PAID, order.id));
    let change = creditable(change, credit.asked);
    match credit.trade_no {
        Some(number) => change.set("trade_no = :trade_no").value(":trade_no", s(number)),
        None => change,
    }
}
