//! Reservations that dead functions left behind.

use domain::{Clock, Error, Result};
use futures_util::future::join_all;
use serde_json::{Value, json};
use table::{Table, holds};

/// Users looked after in one round, a shard.
const ROUND_USERS_MAX: i32 = 200;
/// Users looked after at once.
const SIDE_BY_SIDE: usize = 8;
/// Rounds in one run; the next run goes on.
const ROUNDS_MAX: usize = 20;

/// Gives back what is due, until the clock says `until` (milliseconds).
///
/// # Errors
/// When the table cannot be read, or single users failed: they were logged, and come again in the next run.
pub(crate) async fn give_back(table: &Table, clock: &Clock, until: i64) -> Result<Value> {
    let now = clock.millis().div_euclid(1000);
    let (mut users, mut released, mut failed) = (0_usize, 0_usize, 0_usize);
    for _ in 0..ROUNDS_MAX {
        let (due, more) = holds::due(table, now, ROUND_USERS_MAX).await?;
        let before = failed;
        for few in due.chunks(SIDE_BY_SIDE).take_while(|_| clock.millis() < until) {
            users += few.len();
            for outcome in join_all(few.iter().map(|user| holds::look_after(table, *user, now))).await {
                match outcome {
                    Ok(count) => released += count,
                    Err(error) => {
                        failed += 1;
                        tracing::error!(causes = error.causes(), "could not look after a user's reservations");
                    }
                }
            }
        }
        // What failed is still due and would only come again; the next run is a minute away.
        if !more || failed > before || clock.millis() >= until {
            break;
        }
    }
    if failed > 0 {
        return Err(Error::Unavailable { source: format!("{failed} users could not be looked after").into() });
    }
    Ok(json!({"users": users, "released": released}))
}
