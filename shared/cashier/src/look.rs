//! Scheduled questions about orders that are not paid, and the end of those that nobody pays.

use domain::limits::{ORDER_LOOK_SECONDS, ORDER_SECONDS};
use domain::{OrderId, Result};
use table::order::{self, Closing, Event, EventKind, Order, Source, State};

use crate::{Asked, Cashier, Settled};

impl Cashier {
    /// Asks about an order that the schedule names, credits it when it was paid, closes it when its time is over, and
    /// places it for the next question. Returns whether it was credited. Two at once do no harm: one of them counts.
    ///
    /// # Errors
    /// When the table cannot be read or written: the order stays due.
    pub async fn look_after(&self, id: OrderId) -> Result<bool> {
        let Some(whole) = order::find(&self.table, id).await? else { return Ok(false) };
        let (order, now) = (&whole.order, self.clock.millis());
        let age = age(order, now);
        // The index may be behind.
        if order.state == State::Paid || order.next_look().is_none_or(|next| next > age) {
            return Ok(false);
        }
        let asked = self.ask(&whole, Source::Schedule).await?;
        match &asked {
            Asked::Told(settled @ (Settled::Credited | Settled::Known)) => return Ok(*settled == Settled::Credited),
            // The answer has closed it.
            Asked::Told(Settled::Ended | Settled::Noted(_)) if order.state == State::Await => return Ok(false),
            _ => {}
        }
        let looks = done_by(order, age);
        if order.state == State::Await && age >= ORDER_SECONDS {
            let text = format!("{}；超过{}分钟未支付，订单关闭", asked.sentence(), ORDER_SECONDS / 60);
            order::close(&self.table, order, Closing::Time, looks, &Event::new(EventKind::Closed, text, now)?).await?;
        } else {
            let event = Event::new(EventKind::Asked, format!("定时查询：{}", asked.sentence()), now)?;
            order::postpone(&self.table, order, looks, &event).await?;
        }
        Ok(false)
    }
}

/// Questions that are done once this one is: those that were missed are made up for by it.
fn done_by(order: &Order, age: i64) -> usize {
    ORDER_LOOK_SECONDS.iter().filter(|due| **due <= age).count().max(order.looks + 1)
}

/// Seconds since an order's creation, as the index `due` counts them.
fn age(order: &Order, now: i64) -> i64 {
    now.div_euclid(1000) - order.created.div_euclid(1000)
}
