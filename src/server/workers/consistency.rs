//! Makes the checks of files that are due or asked for. What is looked at is in [`crate::server::files::check`].

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::files::check::{CheckSettings, tick};
use crate::server::state::AppState;

/// How often it looks whether one is to be made.
const EVERY: Duration = Duration::from_secs(1);

/// Works until `stop`. What ran when the program ended last is interrupted, and begins anew.
pub async fn run(state: AppState, settings: CheckSettings, stop: CancellationToken) {
    let Some(files) = state.files.clone() else { return };
    if let Err(error) = state.store.interrupt_check(None, state.clock.now()).await {
        tracing::error!(error = &error as &dyn std::error::Error, "an interrupted check could not be ended");
    }
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = tick(&state, &files, settings, &stop).await {
            tracing::error!(error = &error as &dyn std::error::Error, "files could not be checked");
        }
    }
}
