//! Scheduled work: gives back the reservations of dead functions.

use domain::{Clock, Error, Result};
use futures_util::future::join_all;
use platform::{Outside, StartError};
use serde_json::{Value, json};
use table::{Table, holds};

/// Users looked after in one round, a shard.
const ROUND_USERS_MAX: i32 = 200;
/// Users looked after at once.
const SIDE_BY_SIDE: usize = 8;
/// Rounds in one run; the next run goes on.
const ROUNDS_MAX: usize = 20;

/// What this function uses.
#[derive(Debug)]
pub struct App {
    table: Table,
    clock: Clock,
}

impl App {
    /// Reads the environment and opens the table's connection.
    ///
    /// # Errors
    /// When it lacks something.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let table = platform::table(outside)?;
        platform::reach(&table).await;
        Ok(Self { table, clock: outside.clock.clone() })
    }
}

/// Does all that is due and tells what it did.
///
/// # Errors
/// When the table cannot be read; single users that fail are logged and come again in the next run.
pub async fn run(app: &App) -> Result<Value> {
    let (table, now) = (&app.table, app.clock.millis().div_euclid(1000));
    let (mut users, mut released, mut failed) = (0_usize, 0_usize, 0_usize);
    for _ in 0..ROUNDS_MAX {
        let due = holds::due(table, now, ROUND_USERS_MAX).await;
        let (due, more) =
            due.inspect_err(|error| tracing::error!(causes = error.causes(), "could not read what is due"))?;
        let before = failed;
        for few in due.chunks(SIDE_BY_SIDE) {
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
        if !more || failed > before {
            break;
        }
    }
    tracing::info!(users, released, failed, "looked after reservations");
    if failed > 0 {
        return Err(Error::Unavailable { source: format!("{failed} users could not be looked after").into() });
    }
    Ok(json!({"users": users, "released": released}))
}
