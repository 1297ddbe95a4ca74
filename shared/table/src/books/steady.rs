//! Telling a difference from a moment: an index may be behind the table, and two readings are of two moments.

use std::future::Future;
use std::time::Duration;

use domain::Result;

use super::Difference;

/// Looks before it is left to the next night: something changes all the time.
const LOOKS_MAX: usize = 6;
/// Between two looks: an index follows within it, but seldom.
const PAUSE: Duration = Duration::from_millis(100);

/// The differences that two looks in a row see, numbers included. What a running site changes between them is none:
/// after a change the numbers are others, or they agree.
pub(super) async fn steady<F>(mut look: impl FnMut() -> F) -> Result<Vec<Difference>>
where
    F: Future<Output = Result<Vec<Difference>>>,
{
    let mut before = look().await?;
    for _ in 1..LOOKS_MAX {
        if before.is_empty() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        let now = look().await?;
        let both: Vec<Difference> = now.iter().filter(|difference| before.contains(difference)).cloned().collect();
        if !both.is_empty() {
            return Ok(both);
        }
        before = now;
    }
    Ok(Vec::new())
}
