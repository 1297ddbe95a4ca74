//! A whole answer that may take longer than proxies wait for a head.
//!
//! The work is the producer of the body, so it comes to its end whether or not anybody reads, and the money it moves is
//! settled. The head waits for it as long as it can; then it goes out as a success, and blanks keep the connection
//! alive until the body comes: JSON allows any number of them before a value (RFC 8259, section 2).

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use domain::limits::{API_SLOW_HEAD_SECONDS, HEARTBEAT_SECONDS, SLOW_HEAD_SECONDS};
use domain::{Error, Result};
use http::{Response, StatusCode, response};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::answering::{Answering, respond};
use crate::dialect::Dialect;
use crate::reply::{Answer, Reply};
use crate::{Call, Sender, StreamBody};

/// How long a client has to take the body.
const LAST_WORD: Duration = Duration::from_secs(30);

/// The times of a slow answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How long the head waits for the result.
    pub(crate) head: Duration,
    /// Between two blanks.
    pub(crate) blank: Duration,
}

impl Pace {
    fn of(dialect: Dialect) -> Self {
        let head = match dialect {
            Dialect::Envelope => SLOW_HEAD_SECONDS,
            Dialect::OpenAi => API_SLOW_HEAD_SECONDS,
        };
        Self { head: Duration::from_secs(head), blank: Duration::from_secs(HEARTBEAT_SECONDS) }
    }
}

impl Call {
    /// Makes the answer of a route that does `work` for one whole answer, in a function that streams. A result within
    /// [`SLOW_HEAD_SECONDS`] ([`API_SLOW_HEAD_SECONDS`] below `/v1`) has its true status. A later one has 200, be it a
    /// refusal: `code` or `error` in its body tells, and the log has the status that it would have had.
    pub async fn answer_slowly<F>(&self, work: F) -> Response<StreamBody>
    where
        F: Future<Output = Result<Reply>> + Send + 'static,
    {
        let answering = self.answering();
        answer_at(answering, work, Pace::of(Dialect::of(&answering.path))).await
    }
}

/// [`Call::answer_slowly`] at another pace.
pub(crate) async fn answer_at<F>(answering: &Answering, work: F, pace: Pace) -> Response<StreamBody>
where
    F: Future<Output = Result<Reply>> + Send + 'static,
{
    let (told, head) = oneshot::channel();
    let slow = Slow { told, line: Line { answering: answering.clone(), told: false }, pace };
    let body = StreamBody::from_producer(move |sender| slow.run(work, sender));
    if let Ok(head) = head.await {
        return respond(head, body);
    }
    let broken = answering.refusal(&Error::internal("the work panicked"));
    respond(answering.head(&broken), StreamBody::from_bytes(Bytes::from(broken.text)))
}

struct Slow {
    told: oneshot::Sender<response::Builder>,
    line: Line,
    pace: Pace,
}

impl Slow {
    async fn run(mut self, work: impl Future<Output = Result<Reply>>, sender: Sender) {
        let mut work = pin!(work);
        let answer = if let Ok(result) = timeout(self.pace.head, &mut work).await {
            let answer = self.line.end(result);
            // Who should hear it may be gone; what was to be done is done.
            let _ = self.told.send(self.line.answering.head(&answer));
            answer
        } else {
            let late = Answer::json(StatusCode::OK, String::new());
            let _ = self.told.send(self.line.answering.head(&late));
            let result = with_blanks(work, &sender, self.pace.blank).await;
            self.line.end(result)
        };
        let _ = sender.send(Bytes::from(answer.text), Instant::now() + LAST_WORD).await;
    }
}

/// Waits for the work, and sends a blank now and at each `pause`. One that finds no room is left out: the work does not
/// wait for who reads slowly.
async fn with_blanks<T>(mut work: Pin<&mut impl Future<Output = T>>, sender: &Sender, pause: Duration) -> T {
    loop {
        let _ = sender.send(Bytes::from_static(b" "), Instant::now()).await;
        if let Ok(done) = timeout(pause, &mut work).await {
            return done;
        }
    }
}

/// The one line of the request, which is written also when the work panics.
struct Line {
    answering: Answering,
    told: bool,
}

impl Line {
    fn end(&mut self, result: Result<Reply>) -> Answer {
        self.told = true;
        self.answering.judge(result)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.told {
            self.answering.log(StatusCode::INTERNAL_SERVER_ERROR, Some(&Error::internal("the work broke off")));
        }
    }
}
