//! Telling a difference from a moment: an index may be behind the table, and two readings are of two moments.

use std::future::Future;
use std::time::Duration;

use domain::Result;

use super::Difference;

/// Looks that must see a difference, one after the other.
const LOOKS: u32 = 4;
/// Between the first two looks, and each time as much longer: an index follows within it, but seldom.
const PAUSE: Duration = Duration::from_millis(60);

/// The differences that some looks in a row see, numbers included. What a running site changes between them is none:
/// after a change the numbers are others, or they agree. So what differs where something changes all the time is left
/// to another night.
pub(super) async fn steady<F>(mut look: impl FnMut() -> F) -> Result<Vec<Difference>>
where
    F: Future<Output = Result<Vec<Difference>>>,
{
    let mut differences = look().await?;
    for pauses in 1..LOOKS {
        if differences.is_empty() {
            break;
        }
        tokio::time::sleep(PAUSE * pauses).await;
        let now = look().await?;
        differences.retain(|difference| now.contains(difference));
    }
    Ok(differences)
}
