//! Scheduled work: gives back the reservations of dead functions.

use domain::{Error, Result};
use platform::{Base, Outside, StartError};
use serde_json::{Value, json};
use table::holds;

/// Users looked after in one round, a shard.
const ROUND_USERS_MAX: i32 = 200;
/// Rounds in one run; the next run goes on.
const ROUNDS_MAX: usize = 20;

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
}

impl App {
    /// Reads the environment.
    ///
    /// # Errors
    /// When it lacks something.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        base.reach_table().await;
        Ok(Self { base })
    }
}

/// Does all that is due and tells what it did.
///
/// # Errors
/// When the table cannot be read; single users that fail are logged and come again in the next run.
pub async fn run(app: &App) -> Result<Value> {
    let (table, now) = (&app.base.table, app.base.now_seconds());
    let (mut users, mut released, mut failed) = (0_usize, 0_usize, 0_usize);
    for _ in 0..ROUNDS_MAX {
        let due = holds::due(table, now, ROUND_USERS_MAX).await?;
        if due.is_empty() {
            break;
        }
        let before = failed;
        for user in due {
            users += 1;
            match holds::look_after(table, user, now).await {
                Ok(count) => released += count,
                Err(error) => {
                    failed += 1;
                    tracing::error!(%user, causes = error.causes(), "could not look after the reservations");
                }
            }
        }
        if failed > before {
            // What failed is still due and would only come again.
            break;
        }
    }
    tracing::info!(users, released, failed, "looked after reservations");
    if failed > 0 {
        return Err(Error::Unavailable { source: format!("{failed} users could not be looked after").into() });
    }
    Ok(json!({"users": users, "released": released}))
}
