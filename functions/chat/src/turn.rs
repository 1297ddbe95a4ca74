//! A reserved turn: asking the upstreams, relaying what they say, ending it. The forms in which it is told
//! (`frames`, `completion`) are built from these.

use std::sync::Arc;
use std::time::Duration;

use domain::limits::{
    ANSWER_BYTES_MAX, CHAT_SECONDS_MAX, HOLD_MARGIN_SECONDS, SETTLE_SECONDS_MAX, UPSTREAM_FIRST_BYTE_SECONDS_MAX,
    UPSTREAM_OPEN_SECONDS_MAX, UPSTREAM_SILENCE_SECONDS_MAX,
};
use domain::{ConversationId, MessageId};
use keyring::{Keys, Learned};
use table::holds::Reservation;
use table::message::Options;
use tokio::time::Instant;
use upstream::{Answer, Failure, Limits, Prompt};
use web::Gone;

use crate::App;
use crate::budget::{Budget, Pays};
use crate::outlet::{Delivered, Outlet};
use crate::settle::Bill;

/// A reserved turn.
pub(crate) struct Turn {
    pub(crate) app: Arc<App>,
    /// The id of the question; the answer has the next one.
    pub(crate) id: MessageId,
    /// Milliseconds since the Unix epoch.
    pub(crate) began: i64,
    /// The upstream keys that serve the model.
    pub(crate) keys: Keys,
    pub(crate) budget: Budget,
    pub(crate) reservation: Reservation,
    pub(crate) pays: Pays,
    /// What goes to the upstream.
    pub(crate) prompt: Prompt,
    /// Whether what the model thinks before it answers is part of the answer.
    pub(crate) shows_reasoning: bool,
    /// What the person reads of it in the statement.
    pub(crate) describe: String,
    /// What is kept of it: of an API call, whose conversation is its caller's own, nothing unless a setting says so.
    pub(crate) dialogue: Option<Dialogue>,
}

/// What the statement says of a turn of a conversation.
pub(crate) fn conversation_with(model: &str) -> String {
    format!("对话({model})")
}

/// A turn's part in a conversation that is kept.
pub(crate) struct Dialogue {
    pub(crate) conversation: ConversationId,
    pub(crate) question: String,
    pub(crate) options: Options,
    /// Whether administrators alone see it.
    pub(crate) is_log: bool,
}

impl Turn {
    /// When the answer must have ended, so that it is settled before anybody may give its reservation back.
    pub(crate) fn deadline(&self) -> Instant {
        let settled_by = self.reservation.hold.until - HOLD_MARGIN_SECONDS;
        let left = u64::try_from(settled_by - self.app.base.now_seconds()).unwrap_or(0);
        Instant::now() + Duration::from_secs(left.saturating_sub(SETTLE_SECONDS_MAX).min(CHAT_SECONDS_MAX))
    }

    /// Asks the upstreams until one of them has begun to answer.
    pub(crate) async fn ask(&mut self, deadline: Instant) -> Result<Answer, Failure> {
        let limits = Limits { relays_reasoning: self.shows_reasoning, ..limits(deadline) };
        let order = self.keys.order(&self.app.keyring).await;
        self.app.keyring.client().open(&order, &self.prompt, &limits).await
    }

    /// Sends on what the answer says, until the end or until nobody reads. Returns the ended answer.
    pub(crate) async fn relay(
        &mut self,
        opened: Result<Answer, Failure>,
        outlet: &Outlet<'_>,
        deadline: Instant,
        delivered: &mut Delivered,
    ) -> Result<Option<Answer>, Gone> {
        let learned = self.learn_of_failures(&opened);
        let passed_on = outlet.pass_on(opened, deadline, delivered);
        // The failures are shared while the answer goes on: it may take minutes, and others would ask those keys too.
        let (passed_on, ()) = tokio::join!(passed_on, self.keys.share(&self.app.keyring, learned));
        passed_on
    }

    /// Ends the turn: charges what was delivered or gives it all back, and tells the others what was learned. The bill
    /// is `None` when the table stayed out of reach.
    pub(crate) async fn end(&mut self, read: Result<Option<Answer>, Gone>, delivered: &Delivered) -> Option<Bill> {
        let reader_left = read.is_err();
        let drained = async {
            if let Ok(Some(answer)) = read {
                answer.drain().await;
            }
        };
        let learned = self.learn_of_answer(delivered);
        let (bill, (), ()) = tokio::join!(self.close(delivered), drained, self.keys.share(&self.app.keyring, learned));
        self.log(delivered, reader_left, bill.as_ref());
        bill
    }

    /// Remembers the keys that failed before any text.
    fn learn_of_failures(&mut self, opened: &Result<Answer, Failure>) -> Learned {
        let (tried, last) = match opened {
            Ok(answer) => (answer.tried(), Some(answer.key_id())),
            Err(Failure::Refused { by, .. }) => (&by.tried[..], Some(by.key_id.as_str())),
            Err(failure) => (failure.tried(), None),
        };
        // The first one was counted by its order.
        let asked = tried.iter().map(|attempt| attempt.key_id.as_str()).chain(last).skip(1);
        self.keys.count(&self.app.keyring, asked);
        tried.iter().map(|attempt| self.keys.learn(&self.app.keyring, &attempt.key_id, Err(attempt.cause))).collect()
    }

    /// Remembers how the key that answered did.
    fn learn_of_answer(&mut self, delivered: &Delivered) -> Learned {
        if delivered.key.is_empty() {
            return Vec::new();
        }
        let outcome = delivered.broken().map_or(Ok(()), Err);
        vec![self.keys.learn(&self.app.keyring, &delivered.key, outcome)]
    }

    /// The one line of a turn: numbers and ids, no texts. A turn that no upstream answered is a warning.
    fn log(&self, delivered: &Delivered, reader_left: bool, bill: Option<&Bill>) {
        let (turn, user, model) = (&self.id, &self.reservation.user.id, &self.prompt.model);
        if let Some(failure) = &delivered.failure {
            tracing::warn!(%turn, %user, model, %failure, "turn");
            return;
        }
        let tried: Vec<String> =
            delivered.tried.iter().map(|attempt| format!("{}: {}", attempt.key_id, attempt.cause)).collect();
        tracing::info!(
            %turn,
            %user,
            model,
            api_key = self.reservation.api_key().map(tracing::field::display),
            upstream = delivered.key,
            tried = ?tried,
            bytes = delivered.text.len(),
            cut = delivered.trouble().is_some(),
            reader_left,
            prompt_tokens = bill.map(|bill| bill.counted.prompt),
            completion_tokens = bill.map(|bill| bill.counted.completion),
            estimated = bill.map(|bill| bill.counted.estimated),
            credits = bill.map(|bill| bill.cost),
            millis = self.app.base.clock.millis() - self.began,
            "turn"
        );
    }
}

fn limits(deadline: Instant) -> Limits {
    let left = deadline.saturating_duration_since(Instant::now());
    Limits {
        first_byte_millis: UPSTREAM_FIRST_BYTE_SECONDS_MAX * 1000,
        opening_millis: UPSTREAM_OPEN_SECONDS_MAX * 1000,
        silence_millis: UPSTREAM_SILENCE_SECONDS_MAX * 1000,
        answer_millis: u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
        answer_bytes_max: ANSWER_BYTES_MAX,
        ..Limits::default()
    }
}
