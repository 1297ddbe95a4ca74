//! The end of a turn's reservation: what was delivered is charged, or all of it is given back.

use std::time::Duration;

use domain::limits::SETTLE_SECONDS_MAX;
use domain::{Credits, Error, MessageId, Result, UpstreamId, price};
use table::holds;
use table::ledger::Cause;
use table::message::{Message as Kept, Speaker};
use table::settlement::{self, Settled};

use crate::budget::{Counted, Pays, count};
use crate::outlet::Delivered;
use crate::turn::{Dialogue, Turn};

/// The bill of a turn.
pub(crate) struct Bill {
    pub(crate) counted: Counted,
    pub(crate) cost: Credits,
    /// All credits of the user afterwards.
    pub(crate) total: Credits,
}

impl Turn {
    /// The tokens of what was delivered.
    pub(crate) fn count(&self, delivered: &Delivered) -> Counted {
        count(delivered.usage, &self.prompt, &delivered.text)
    }

    /// Ends the reservation: charges what was delivered, or gives it back. `None` when the table stayed out of reach;
    /// the reservation is then given back when it is due.
    pub(crate) async fn close(&self, delivered: &Delivered) -> Option<Bill> {
        let patience = Duration::from_secs(SETTLE_SECONDS_MAX);
        let closed =
            async { if delivered.text.is_empty() { self.release().await } else { self.settle(delivered).await } };
        let late = || Error::Unavailable { source: "the reservation could not be ended in time".into() };
        match tokio::time::timeout(patience, closed).await.unwrap_or_else(|_| Err(late())) {
            Ok(bill) => Some(bill),
            Err(error) => {
                tracing::error!(turn = %self.id, causes = error.causes(), "a turn stays unsettled");
                None
            }
        }
    }

    /// Tries until it is done; [`Turn::close`] bounds it.
    async fn release(&self) -> Result<Bill> {
        let after = holds::release_at_last(&self.app.base.table, &self.reservation).await?;
        let total = after.as_ref().unwrap_or(&self.reservation.user).total();
        Ok(Bill { counted: Counted { prompt: 0, completion: 0, estimated: false }, cost: 0, total })
    }

    async fn settle(&self, delivered: &Delivered) -> Result<Bill> {
        let counted = self.count(delivered);
        let cost = match self.pays {
            Pays::Everything => 0,
            Pays::Tokens(_) => self.budget.cost(counted, self.reservation.hold.amount),
        };
        let now = self.app.base.clock.millis();
        let messages = self.dialogue.as_ref().map(|dialogue| self.kept(dialogue, delivered, now));
        let delivery = settlement::Delivery {
            row_id: MessageId::draw(now)?,
            cost,
            describe: self.describe.clone(),
            cause: Cause::Chat {
                hold: self.reservation.id.clone(),
                model: self.prompt.model.clone(),
                prompt_tokens: counted.prompt,
                completion_tokens: counted.completion,
                estimated: counted.estimated,
                upstream: delivered.key.clone(),
                api_key: self.reservation.api_key(),
            },
            messages: messages.as_ref().map_or(&[], |messages| &messages[..]),
            images: &[],
            spent: UpstreamId::parse(&delivered.key).map(|key| (key, self.probable_cost(counted))),
            day: self.app.base.zone.day(now),
            now,
        };
        match settlement::settle(&self.app.base.table, &self.reservation, &delivery).await? {
            Settled::Done { total } => Ok(Bill { counted, cost, total }),
            Settled::TooLate => Err(Error::internal("the reservation had been given back before the settlement")),
        }
    }

    /// What the upstream charges for the turn by its list prices, in millionths of a dollar.
    fn probable_cost(&self, counted: Counted) -> i64 {
        price::chat_micro_usd(&self.prompt.model, counted.prompt, counted.completion)
    }

    /// The question and the answer.
    fn kept(&self, dialogue: &Dialogue, delivered: &Delivered, now: i64) -> [Kept; 2] {
        let message = |role, id, content: &str, route, created| Kept {
            id,
            user: self.reservation.user.id,
            conversation: dialogue.conversation.clone(),
            role,
            content: content.to_owned(),
            model: self.prompt.model.clone(),
            options: dialogue.options,
            hidden: false,
            withdrawn: dialogue.is_log.then_some(now),
            route,
            created,
            updated: None,
        };
        [
            message(Speaker::User, self.id, &dialogue.question, Vec::new(), self.began),
            message(Speaker::Assistant, self.id.next(), &delivered.text, delivered.route(), now),
        ]
    }
}
