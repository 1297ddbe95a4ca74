//! The turn itself: `start`, the relayed answer, the settlement, `stop`.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::limits::{
    ANSWER_BYTES_MAX, CHAT_SECONDS_MAX, HEARTBEAT_SECONDS, HOLD_MARGIN_SECONDS, SETTLE_SECONDS_MAX,
    UPSTREAM_FIRST_BYTE_SECONDS_MAX, UPSTREAM_OPEN_SECONDS_MAX, UPSTREAM_SILENCE_SECONDS_MAX,
};
use domain::{Credits, Error, MessageId, Result, UpstreamId, price};
use keyring::Learned;
use serde_json::json;
use table::holds::{self, Reservation};
use table::ledger::Cause;
use table::message::{Hop, Message as Kept, Speaker};
use table::settlement::{self, Settled};
use tokio::time::Instant;
use upstream::{Answer, Attempt, Cause as Trouble, End, Event, Failure, Limits, Prompt, Refusal, Usage};
use web::frame::{Frames, heartbeat};
use web::{Gone, Sender};

use crate::App;
use crate::budget::{Counted, Pays, count};
use crate::completions::Asked;

/// How long a client has to take the last frame, once the turn is settled.
const LAST_WORD: Duration = Duration::from_secs(5);

/// The wait before another try to give a reservation back.
const RELEASE_PAUSE: Duration = Duration::from_millis(200);

/// A reserved turn.
pub(crate) struct Turn {
    pub(crate) app: Arc<App>,
    /// The id of the question; the answer has the next one.
    pub(crate) id: MessageId,
    /// Milliseconds since the Unix epoch.
    pub(crate) began: i64,
    pub(crate) asked: Asked,
    pub(crate) reservation: Reservation,
    pub(crate) pays: Pays,
    /// What goes to the upstream.
    pub(crate) prompt: Prompt,
}

/// What came of asking the upstreams.
#[derive(Default)]
struct Delivered {
    /// All that was sent on.
    text: String,
    usage: Option<Usage>,
    /// The key that answered, or refused to; and how long it took to.
    key: String,
    millis: u64,
    /// Keys that failed before that one.
    tried: Vec<Attempt>,
    /// How the answer broke, as far as its key is to blame.
    broken: Option<Trouble>,
    /// Why none answered.
    failure: Option<Failure>,
    /// What the person is told when the answer did not end by itself.
    trouble: Option<&'static str>,
}

/// The bill of a turn.
struct Bill {
    counted: Counted,
    cost: Credits,
    total: Credits,
}

impl Turn {
    /// Streams the turn. Whatever happens, the stream has one `start` and, if somebody still reads, one `stop`; and the
    /// reservation is settled or given back.
    pub(crate) async fn run(mut self, sender: Sender) {
        let date_time = self.app.base.zone.text(self.began);
        let (id, conversation) = (self.id.to_string(), self.asked.ask.conversation.as_str());
        let frames = Frames::new(&id, conversation, &self.asked.ask.model, &date_time);
        let mut delivered = Delivered::default();
        let deadline = self.deadline();
        // At once: the runtime's connection has no TCP_NODELAY, so what follows the head within 40 ms waits for an
        // acknowledgement. Let that be this frame and not the first word.
        let read = match sender.send(frames.start(), deadline).await {
            Ok(()) => self.relay(&sender, &frames, deadline, &mut delivered).await,
            Err(Gone) => Err(Gone),
        };
        if let (Ok(_), Some(trouble)) = (&read, delivered.trouble) {
            let gap = if delivered.text.is_empty() { "" } else { "\n\n" };
            for (frame, _) in frames.text(&format!("{gap}{trouble}")) {
                // The turn's own time may be what is over.
                let _ = sender.send(frame, Instant::now() + LAST_WORD).await;
            }
        }
        let reader_left = read.is_err();
        let drained = async {
            if let Ok(Some(answer)) = read {
                answer.drain().await;
            }
        };
        let learned = self.learn_of_answer(&delivered);
        let (bill, (), ()) =
            tokio::join!(self.close(&delivered), drained, self.asked.keys.share(&self.app.keyring, learned));
        self.log(&delivered, reader_left, bill.as_ref());
        let usage = bill.map(|bill| {
            json!({
                "prompt_tokens": bill.counted.prompt,
                "completion_tokens": bill.counted.completion,
                "integral": bill.cost,
                "balance": bill.total,
            })
        });
        let _ = sender.send(frames.stop(usage.as_ref()), Instant::now() + LAST_WORD).await;
    }

    /// When the answer must have ended, so that it is settled before anybody may give its reservation back.
    fn deadline(&self) -> Instant {
        let settled_by = self.reservation.hold.until - HOLD_MARGIN_SECONDS;
        let left = u64::try_from(settled_by - self.app.base.now_seconds()).unwrap_or(0);
        Instant::now() + Duration::from_secs(left.saturating_sub(SETTLE_SECONDS_MAX).min(CHAT_SECONDS_MAX))
    }

    /// Asks the upstreams and sends on what they say, until the end or until nobody reads. Returns the ended answer.
    async fn relay(
        &mut self,
        sender: &Sender,
        frames: &Frames,
        deadline: Instant,
        delivered: &mut Delivered,
    ) -> Result<Option<Answer>, Gone> {
        let limits = limits(deadline);
        let (app, keys, prompt) = (&self.app, &mut self.asked.keys, &self.prompt);
        let asked = async {
            let order = keys.order(&app.keyring).await;
            app.keyring.client().open(&order, prompt, &limits).await
        };
        let opened = with_heartbeat(sender, deadline, asked).await?;
        let learned = self.learn_of_failures(&opened);
        let passed_on = pass_on(opened, sender, frames, deadline, delivered);
        // The failures are shared while the answer goes on: it may take minutes, and others would ask those keys too.
        let (passed_on, ()) = tokio::join!(passed_on, self.asked.keys.share(&self.app.keyring, learned));
        passed_on
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
        self.asked.keys.count(&self.app.keyring, asked);
        tried
            .iter()
            .map(|attempt| self.asked.keys.learn(&self.app.keyring, &attempt.key_id, Err(attempt.cause)))
            .collect()
    }

    /// Remembers how the key that answered did.
    fn learn_of_answer(&mut self, delivered: &Delivered) -> Learned {
        if delivered.key.is_empty() {
            return Vec::new();
        }
        let outcome = delivered.broken.map_or(Ok(()), Err);
        vec![self.asked.keys.learn(&self.app.keyring, &delivered.key, outcome)]
    }

    /// Ends the reservation: charges what was delivered, or gives it back. `None` when the table stayed out of reach;
    /// the reservation is then given back when it is due.
    async fn close(&self, delivered: &Delivered) -> Option<Bill> {
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
        let after = loop {
            match holds::release(&self.app.base.table, &self.reservation).await {
                Err(Error::Unavailable { .. }) => tokio::time::sleep(RELEASE_PAUSE).await,
                done => break done?,
            }
        };
        let total = after.as_ref().unwrap_or(&self.reservation.user).total();
        Ok(Bill { counted: Counted { prompt: 0, completion: 0, estimated: false }, cost: 0, total })
    }

    async fn settle(&self, delivered: &Delivered) -> Result<Bill> {
        let counted = count(delivered.usage, &self.prompt, &delivered.text);
        let cost = match self.pays {
            Pays::Everything => 0,
            Pays::Tokens(_) => self.asked.budget.cost(counted, self.reservation.hold.amount),
        };
        let now = self.app.base.clock.millis();
        let question = self.kept(Speaker::User, self.id, &self.asked.ask.prompt, self.began);
        let answer = self.kept(Speaker::Assistant, self.id.next(), &delivered.text, now);
        let answer = Kept { route: delivered.route(), ..answer };
        let delivery = settlement::Delivery {
            row_id: MessageId::draw(now)?,
            cost,
            describe: format!("对话({})", self.asked.ask.model),
            cause: Cause::Chat {
                hold: self.reservation.id.clone(),
                model: self.asked.ask.model.clone(),
                prompt_tokens: counted.prompt,
                completion_tokens: counted.completion,
                estimated: counted.estimated,
                upstream: delivered.key.clone(),
                api_key: None,
            },
            messages: &[question, answer],
            images: &[],
            spent: UpstreamId::parse(&delivered.key).map(|key| (key, self.probable_cost(counted))),
            now,
        };
        match settlement::settle(&self.app.base.table, &self.reservation, &delivery).await? {
            Settled::Done { total } => Ok(Bill { counted, cost, total }),
            Settled::TooLate => Err(Error::internal("the reservation had been given back before the settlement")),
        }
    }

    /// What the upstream charges for the turn by its list prices, in millionths of a dollar.
    fn probable_cost(&self, counted: Counted) -> i64 {
        price::chat_micro_usd(&self.asked.ask.model, counted.prompt, counted.completion)
    }

    fn kept(&self, role: Speaker, id: MessageId, content: &str, created: i64) -> Kept {
        Kept {
            id,
            user: self.reservation.user.id,
            conversation: self.asked.ask.conversation.clone(),
            role,
            content: content.to_owned(),
            model: self.asked.ask.model.clone(),
            options: self.asked.ask.options(),
            hidden: false,
            route: Vec::new(),
            created,
            updated: None,
        }
    }

    /// The one line of a turn: numbers and ids, no texts. A turn that no upstream answered is a warning.
    fn log(&self, delivered: &Delivered, reader_left: bool, bill: Option<&Bill>) {
        if let Some(failure) = &delivered.failure {
            tracing::warn!(turn = %self.id, user = %self.reservation.user.id, model = self.asked.ask.model, %failure, "turn");
            return;
        }
        let tried: Vec<String> =
            delivered.tried.iter().map(|attempt| format!("{}: {}", attempt.key_id, attempt.cause)).collect();
        tracing::info!(
            turn = %self.id,
            user = %self.reservation.user.id,
            model = self.asked.ask.model,
            upstream = delivered.key,
            tried = ?tried,
            bytes = delivered.text.len(),
            cut = delivered.trouble.is_some(),
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

impl Delivered {
    /// Which keys were asked, and how that ended.
    fn route(&self) -> Vec<Hop> {
        let hop =
            |key: &str, failed: Option<String>, millis| Some(Hop { key: UpstreamId::parse(key)?, failed, millis });
        let failed =
            |attempt: &Attempt| hop(&attempt.key_id, Some(attempt.cause.sentence().into_owned()), attempt.millis);
        let last = hop(&self.key, self.broken.map(|cause| cause.sentence().into_owned()), self.millis);
        self.tried.iter().filter_map(failed).chain(last).collect()
    }
}

/// Sends on what the answer says, until its end or until nobody reads. Returns the ended answer.
async fn pass_on(
    opened: Result<Answer, Failure>,
    sender: &Sender,
    frames: &Frames,
    deadline: Instant,
    delivered: &mut Delivered,
) -> Result<Option<Answer>, Gone> {
    let mut answer = match opened {
        Ok(answer) => answer,
        Err(failure) => {
            delivered.trouble = Some(sentence_of_failure(&failure));
            if let Failure::Refused { by, .. } = &failure {
                by.key_id.clone_into(&mut delivered.key);
            }
            delivered.failure = Some(failure);
            return Ok(None);
        }
    };
    answer.key_id().clone_into(&mut delivered.key);
    delivered.millis = answer.millis();
    delivered.tried = answer.tried().to_vec();
    loop {
        match with_heartbeat(sender, deadline, answer.next()).await? {
            Event::Delta(delta) => {
                for (frame, said) in frames.text(&delta) {
                    sender.send(frame, deadline).await?;
                    // Counted when it was handed over.
                    delivered.text.push_str(said);
                }
            }
            Event::Finished(finish) => {
                delivered.usage = finish.usage;
                delivered.trouble = sentence_of_end(finish.end);
                delivered.broken = broken_by(finish.end);
                return Ok(Some(answer));
            }
        }
    }
}

/// What an end says against the key. That an answer is too long or takes too long does not.
fn broken_by(end: End) -> Option<Trouble> {
    match end {
        End::Done | End::Length | End::Filtered | End::TooLarge | End::Deadline => None,
        End::Cut | End::Errored => Some(Trouble::Cut),
        End::Garbage => Some(Trouble::Malformed),
        End::Silence => Some(Trouble::Silence),
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

/// Waits for `future` and keeps the client's connection alive meanwhile.
async fn with_heartbeat<T>(sender: &Sender, deadline: Instant, future: impl Future<Output = T>) -> Result<T, Gone> {
    let mut future = pin!(future);
    loop {
        match tokio::time::timeout(Duration::from_secs(HEARTBEAT_SECONDS), &mut future).await {
            Ok(done) => return Ok(done),
            Err(_) => sender.send(heartbeat(), deadline).await?,
        }
    }
}

fn sentence_of_failure(failure: &Failure) -> &'static str {
    match failure {
        Failure::Refused { refusal: Refusal::TooLong, .. } => {
            "内容超出了该模型的长度限制，请缩短内容或新建会话后重试。"
        }
        Failure::Refused { refusal: Refusal::Filtered, .. } => "内容未通过模型的安全审核，请修改后重试。",
        Failure::Refused { .. } => "模型拒绝了本次请求，请修改后重试。",
        Failure::NoKey | Failure::Exhausted(_) | Failure::Deadline(_) => "模型服务暂时不可用，请稍后再试。",
    }
}

fn sentence_of_end(end: End) -> Option<&'static str> {
    match end {
        End::Done | End::Length | End::Filtered => None,
        End::TooLarge => Some("（回答过长，已在此截断。）"),
        End::Deadline => Some("（回答超时，已在此中断。）"),
        End::Cut | End::Errored | End::Garbage | End::Silence => Some("（模型服务中断，回答不完整，请重试。）"),
    }
}
