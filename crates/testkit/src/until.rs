//! Waiting for a condition, never for a time.

use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks: short beside anything a test waits for.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks again and again until there is something, and gives it.
///
/// # Panics
/// When there is nothing within the limit; the message says what was awaited.
pub async fn until<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        sleep(PAUSE).await;
    }
}
