//! What of people's is to be deleted and was more than one request could delete: what deleted people leave, and pictures
//! that their people cleared.

use std::time::Duration;

use domain::{Error, ImageId, Result};
use platform::Eraser;
use serde_json::{Value, json};
use table::erasure::{self, Erasure, Part};
use table::{message, site};
use tokio::time::timeout;

use crate::App;

/// Orders looked up in one run; the next run goes on.
const ORDERS_MAX: i32 = 100;

/// Deletes what is due, until the clock says `until` (milliseconds).
///
/// # Errors
/// When the table cannot be read, or single orders failed: they were logged, and come again in the next run.
pub(crate) async fn carry_out(app: &App, until: i64) -> Result<Value> {
    let (mut finished, mut failed) = (0_usize, 0_usize);
    let due = erasure::due(&app.table, app.clock.millis().div_euclid(1000), ORDERS_MAX).await?;
    for order in due.iter().take_while(|_| app.clock.millis() < until) {
        match one(app, order, until).await {
            Ok(is_through) => finished += usize::from(is_through),
            Err(error) => {
                failed += 1;
                tracing::error!(user = %order.user, causes = error.causes(), "could not delete what was ordered");
            }
        }
    }
    if failed > 0 {
        return Err(Error::Unavailable { source: format!("{failed} deletions could not be finished").into() });
    }
    Ok(json!({"looked": due.len(), "finished": finished}))
}

/// Carries out one order as far as there is time; says whether nothing is left of it.
async fn one(app: &App, order: &Erasure, until: i64) -> Result<bool> {
    let (table, now) = (&app.table, app.clock.millis());
    let eraser = Eraser { table, objects: &app.objects, user: order.user, now };
    let has_time = |_| app.clock.millis() < until;
    let is_through = match (order.part, order.newest.and_then(ImageId::from_i64)) {
        (Part::Images, Some(newest)) => eraser.images(newest, has_time).await?.is_through,
        (Part::Images, None) => true,
        (Part::Account, _) => {
            let days = site::load_now(table).await?.settings.content_log_days;
            let is_through = eraser.uploads(has_time).await?.is_through;
            // What it has done when its time is over stays done.
            let left = Duration::from_millis(u64::try_from(until - app.clock.millis()).unwrap_or(0));
            match timeout(left, message::take_away(table, order.user, None, days, now)).await {
                Ok(taken) => taken.map(|_| is_through)?,
                Err(_) => false,
            }
        }
    };
    if is_through {
        erasure::finish(table, order).await?;
    }
    Ok(is_through)
}
