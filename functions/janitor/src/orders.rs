//! Orders that nobody has paid, as far as we know: their providers are asked, and their time ends.

use cashier::Cashier;
use domain::{Error, Result};
use futures_util::stream::{self, StreamExt as _};
use platform::{Keys, StartError};
use serde_json::{Value, json};
use table::order;

use crate::App;

/// Milliseconds of one run in which questions are begun. The books check comes after this, and must have its time.
const WORK_MILLIS: i64 = 25_000;

/// Orders found in one round.
const ROUND_ORDERS_MAX: i32 = 200;
/// Orders looked after at once: each mostly waits for its provider.
const SIDE_BY_SIDE: usize = 16;
/// Rounds in one run; the next run goes on.
const ROUNDS_MAX: usize = 20;

/// Looks after what is due.
///
/// # Errors
/// When the table or the secret cannot be read, or single orders failed: they were logged, and come again in the next run.
pub(crate) async fn look_after(app: &App) -> Result<Value> {
    let until = app.clock.millis() + WORK_MILLIS;
    let now = app.clock.millis().div_euclid(1000);
    let (mut looked, mut credited, mut failed) = (0_usize, 0_usize, 0_usize);
    let mut cashier = None;
    for _ in 0..ROUNDS_MAX {
        let (due, more) = order::due(&app.table, now, ROUND_ORDERS_MAX).await?;
        if due.is_empty() {
            break;
        }
        let cashier = match &cashier {
            Some(cashier) => cashier,
            None => cashier.insert(open(app).await.map_err(Error::internal)?),
        };
        let before = failed;
        // A slow provider holds up its own orders alone: each that is done makes place for the next.
        let looks = due.into_iter().take_while(|_| app.clock.millis() < until).map(|order| cashier.look_after(order));
        let mut looks = stream::iter(looks).buffer_unordered(SIDE_BY_SIDE);
        while let Some(outcome) = looks.next().await {
            looked += 1;
            match outcome {
                Ok(is_credited) => credited += usize::from(is_credited),
                Err(error) => {
                    failed += 1;
                    tracing::error!(causes = error.causes(), "could not look after an order");
                }
            }
        }
        // What failed is still due and would only come again; the next run is a minute away.
        if !more || failed > before || app.clock.millis() >= until {
            break;
        }
    }
    if failed > 0 {
        return Err(Error::Unavailable { source: format!("{failed} orders could not be looked after").into() });
    }
    Ok(json!({"looked": looked, "credited": credited}))
}

async fn open(app: &App) -> Result<Cashier, StartError> {
    let sealer = Keys::fetch(&app.outside).await?.sealer()?;
    Cashier::new(&app.outside, app.table.clone(), app.zone.clone(), sealer)
}
