//! Brings the sides of files in step, and drives backfills on. What is done is in [`crate::server::files::service`].

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::domain::backfill::BackfillState;
use crate::server::files::service::{FileError, FileService};
use crate::server::leadership::Leadership;

/// How often it looks for what is due.
const EVERY: Duration = Duration::from_secs(1);

/// How long backfills go on before what became due has its turn.
const SHARE: Duration = Duration::from_secs(1);

/// Works until `stop`, while this instance leads.
pub async fn run(files: FileService, leadership: Leadership, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while leadership.turn(&mut ticks, &stop).await {
        // What is cut off is still in the queue.
        if let Some(Err(error)) = leadership.hold(&stop, tick(&files)).await {
            tracing::error!(error = &error as &dyn std::error::Error, "files could not be brought in step");
        }
    }
}

/// Does everything that is due, and a part of what can wait.
pub async fn tick(files: &FileService) -> Result<(), FileError> {
    while files.settle_due().await? {}
    let open = files.backfills().await?.into_iter().filter(|(_, progress)| progress.state.is_open());
    let began = Instant::now();
    for (feature, _) in open {
        while let Some(progress) = files.step_backfill(&feature.key).await? {
            let (copied, failed) = (progress.copied, progress.failed);
            match progress.state {
                BackfillState::Adopting | BackfillState::Copying if began.elapsed() < SHARE => {}
                BackfillState::Adopting | BackfillState::Copying | BackfillState::Waiting => break,
                BackfillState::Complete => tracing::info!(feature = %feature.key, copied, failed, "backfill complete"),
                BackfillState::Stopped => {
                    let error = progress.last_error.unwrap_or_default();
                    tracing::error!(feature = %feature.key, error, "backfill stopped; start it again to go on");
                }
            }
        }
    }
    Ok(())
}
