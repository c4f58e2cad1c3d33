//! The end of what goes by the clock, when the program stops.

use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout_at};

/// How long it may take. It is over in a moment, unless it waits for a store that hangs; whatever it is in the middle of is
/// written whole or not at all.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Waits until all of it has ended, and ends what does not.
pub async fn ended(work: impl IntoIterator<Item = JoinHandle<()>>) -> Result<(), JoinError> {
    let deadline = Instant::now() + PATIENCE;
    for mut task in work {
        if let Ok(ended) = timeout_at(deadline, &mut task).await {
            ended?;
            continue;
        }
        tracing::warn!("something that goes by the clock did not end, and is ended");
        task.abort();
        // It is gone when this returns: nobody else does its work before.
        let _ = task.await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_ends_is_waited_for_and_what_hangs_is_ended() {
        let began = Instant::now();
        let ends = tokio::spawn(tokio::time::sleep(Duration::from_secs(1)));
        let hangs = [tokio::spawn(std::future::pending()), tokio::spawn(std::future::pending())];
        ended([ends].into_iter().chain(hangs)).await.unwrap();
        assert_eq!(began.elapsed(), PATIENCE, "all of it together");
    }
}
