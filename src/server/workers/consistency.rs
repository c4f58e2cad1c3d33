//! Makes the checks of files that are due or asked for. What is looked at is in [`crate::server::files::check`].

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::files::check::{CheckSettings, tick};
use crate::server::state::AppState;

/// How often it looks whether one is to be made.
const EVERY: Duration = Duration::from_secs(1);

/// Works until `stop`, while this instance leads. What ran when it began to lead is interrupted, and begins anew.
pub async fn run(state: AppState, settings: CheckSettings, stop: CancellationToken) {
    let Some(files) = state.files.clone() else { return };
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut led = false;
    while state.leadership.turn(&mut ticks, &stop).await {
        // Whoever led before makes no check any more.
        if !led && let Err(error) = state.store.interrupt_check(None, state.clock.now()).await {
            tracing::error!(error = &error as &dyn std::error::Error, "an interrupted check could not be ended");
            continue;
        }
        let lost = stop.child_token();
        let checked = tick(&state, &files, settings, &lost);
        tokio::pin!(checked);
        let checked = tokio::select! {
            checked = &mut checked => checked,
            () = state.leadership.lost() => {
                lost.cancel();
                checked.await
            }
        };
        if let Err(error) = checked {
            tracing::error!(error = &error as &dyn std::error::Error, "files could not be checked");
        }
        led = state.leadership.leads();
    }
}
