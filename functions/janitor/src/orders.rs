//! Orders that nobody has paid, as far as we know: their providers are asked, and their time ends.

use cashier::Cashier;
use domain::{Error, Result};
use futures_util::future::join_all;
use platform::{Keys, StartError};
use serde_json::{Value, json};
use table::order;

use crate::App;

/// Orders found in one round.
const ROUND_ORDERS_MAX: i32 = 200;
/// Orders looked after at once: each mostly waits for its provider.
const SIDE_BY_SIDE: usize = 16;
/// Rounds in one run; the next run goes on.
const ROUNDS_MAX: usize = 20;

/// Looks after what is due, until the clock says `until` (milliseconds).
///
/// # Errors
/// When the table or the secret cannot be read, or single orders failed: they were logged, and come again in the next run.
pub(crate) async fn look_after(app: &App, until: i64) -> Result<Value> {
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
        for few in due.chunks(SIDE_BY_SIDE).take_while(|_| app.clock.millis() < until) {
            looked += few.len();
            let looks: Vec<_> = few.iter().map(|order| cashier.look_after(*order)).collect();
            for outcome in join_all(looks).await {
                match outcome {
                    Ok(is_credited) => credited += usize::from(is_credited),
                    Err(error) => {
                        failed += 1;
                        tracing::error!(causes = error.causes(), "could not look after an order");
                    }
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
