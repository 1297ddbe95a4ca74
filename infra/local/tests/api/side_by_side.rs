//! Requests that are in flight at the same time, whatever the machine: they wait at the scripted upstream's gate.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;

use crate::app::TestApp;
use crate::http::Answer;

/// The answers to what is asked at once, `[[gate]]` in each prompt. The gate opens when so many were refused.
pub async fn side_by_side(
    app: &TestApp,
    refused: usize,
    asks: impl IntoIterator<Item = impl Future<Output = Answer>>,
) -> Vec<Answer> {
    let seen = &AtomicUsize::new(0);
    let asks = asks.into_iter().map(|ask| async move {
        let answer = ask.await;
        if answer.status != 200 && seen.fetch_add(1, Ordering::Relaxed) + 1 == refused {
            app.stack.upstream.open_gate();
        }
        answer
    });
    tokio::time::timeout(Duration::from_secs(120), join_all(asks)).await.expect("as many refusals")
}
