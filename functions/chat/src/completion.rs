//! A turn as OpenAI's clients read it: server-sent events, or one object. An upstream is found before the head goes out,
//! so that a failure has its status.

use domain::Result;
use tokio::sync::oneshot;
use tokio::time::Instant;
use upstream::{Answer, End, Failure};
use web::chunks::{Completion, Tokens};
use web::{Reply, Sender};

use crate::frames::LAST_WORD;
use crate::outlet::{Delivered, Outlet};
use crate::turn::Turn;

/// Streams the turn. `head` learns whether there is anything to stream; a refusal is told once the reservation has been
/// given back. An answer that breaks off ends with an error in place of the mark, and is charged as far as it came.
pub(crate) async fn stream(mut turn: Turn, includes_usage: bool, head: oneshot::Sender<Result<()>>, sender: Sender) {
    let completion = completion_of(&turn, includes_usage);
    let deadline = turn.deadline();
    let opened = turn.ask(deadline).await;
    if opened.is_err() {
        let refused = whole_of(&mut turn, opened, deadline).await.map(|_| ());
        // Who should hear it may be gone; what was to be done is done.
        let _ = head.send(refused);
        return;
    }
    let _ = head.send(Ok(()));
    let mut delivered = Delivered::default();
    // If nobody takes it, nobody takes the first word either.
    let _ = sender.send(completion.start(), deadline).await;
    let read = turn.relay(opened, &Outlet::Chunks(&sender, &completion), deadline, &mut delivered).await;
    turn.end(read, &delivered).await;
    let last = match (delivered.error(), reason(&delivered)) {
        (Some(error), _) => Completion::broken(&error),
        (None, reason) => completion.stop(reason, tokens(&turn, &delivered)),
    };
    let _ = sender.send(last, Instant::now() + LAST_WORD).await;
}

/// Answers the turn in one piece. One that breaks off is nobody's answer, and costs nothing.
pub(crate) async fn whole(mut turn: Turn) -> Result<Reply> {
    let deadline = turn.deadline();
    let opened = turn.ask(deadline).await;
    let delivered = whole_of(&mut turn, opened, deadline).await?;
    let answer = completion_of(&turn, true).whole(&delivered.text, reason(&delivered), tokens(&turn, &delivered));
    Reply::json(&answer)
}

/// Collects the answer and settles it. The person gets it also when the table is out of reach then: nobody can tell
/// any more whether it is charged.
async fn whole_of(turn: &mut Turn, opened: Result<Answer, Failure>, deadline: Instant) -> Result<Delivered> {
    let mut delivered = Delivered::default();
    let read = turn.relay(opened, &Outlet::Whole, deadline, &mut delivered).await;
    let error = delivered.error();
    if error.is_some() {
        delivered.text.clear();
    }
    turn.end(read, &delivered).await;
    error.map_or(Ok(delivered), Err)
}

fn completion_of(turn: &Turn, includes_usage: bool) -> Completion {
    Completion {
        id: format!("chatcmpl-{}", turn.id),
        created: turn.began.div_euclid(1000),
        model: turn.prompt.model.clone(),
        includes_usage,
    }
}

/// Why the answer ended. Where its reader left, nobody asks.
fn reason(delivered: &Delivered) -> &'static str {
    delivered.end.and_then(End::finish_reason).unwrap_or("stop")
}

/// The tokens as they are charged.
fn tokens(turn: &Turn, delivered: &Delivered) -> Tokens {
    let counted = turn.count(delivered);
    Tokens { prompt: counted.prompt, completion: counted.completion }
}
