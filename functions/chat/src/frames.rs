//! A turn as the site's own front end reads it: `start` at once, the words, `stop` with the bill.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use web::frame::Frames;
use web::{Gone, Sender};

use crate::outlet::{Delivered, Outlet};
use crate::settle::Bill;
use crate::turn::Turn;

/// How long a client has to take the last frame, once the turn is settled.
pub(crate) const LAST_WORD: Duration = Duration::from_secs(5);

/// Streams the turn. Whatever happens, the stream has one `start` and, if somebody still reads, one `stop`; and the
/// reservation is settled or given back.
pub(crate) async fn run(mut turn: Turn, sender: Sender) {
    let frames = frames_of(&turn);
    let mut delivered = Delivered::default();
    let deadline = turn.deadline();
    let outlet = Outlet::Frames(&sender, &frames);
    // At once: the runtime's connection has no TCP_NODELAY, so what follows the head within 40 ms waits for an
    // acknowledgement. Let that be this frame and not the first word.
    let read = match sender.send(frames.start(), deadline).await {
        Ok(()) => match outlet.waiting(deadline, turn.ask(deadline)).await {
            Ok(opened) => turn.relay(opened, &outlet, deadline, &mut delivered).await,
            Err(Gone) => Err(Gone),
        },
        Err(Gone) => Err(Gone),
    };
    if let (Ok(_), Some(trouble)) = (&read, delivered.trouble()) {
        let gap = if delivered.text.is_empty() { "" } else { "\n\n" };
        for (frame, _) in frames.text(&format!("{gap}{trouble}")) {
            // The turn's own time may be what is over.
            let _ = sender.send(frame, Instant::now() + LAST_WORD).await;
        }
    }
    let bill = turn.end(read, &delivered).await;
    let usage = bill.as_ref().map(usage);
    let _ = sender.send(frames.stop(usage.as_ref()), Instant::now() + LAST_WORD).await;
}

fn frames_of(turn: &Turn) -> Frames {
    let conversation = turn.dialogue.as_ref().map_or("", |dialogue| dialogue.conversation.as_str());
    let date_time = turn.app.base.zone.text(turn.began);
    Frames::new(&turn.id.to_string(), conversation, &turn.prompt.model, &date_time)
}

fn usage(bill: &Bill) -> serde_json::Value {
    json!({
        "prompt_tokens": bill.counted.prompt,
        "completion_tokens": bill.counted.completion,
        "integral": bill.cost,
        "balance": bill.total,
    })
}
