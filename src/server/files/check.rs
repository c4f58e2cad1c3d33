//! Looking at everything: every record against what the sides have, and every object of the sides against the records.
//! What is wrong is for `domain::consistency` to say; nothing is changed here but what is kept of checks.
//!
//! Records come by pages, and objects as they are listed: memory does not grow with their number.

mod look;
mod walk;

use std::num::NonZeroU64;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

pub(super) use self::look::Look;
use self::walk::{Walk, WalkError};
use super::service::FileService;
use crate::domain::consistency::check::{Check, CheckMode, CheckState, is_due};
use crate::domain::text::Actor;
use crate::server::state::AppState;
use crate::server::store::StoreError;

/// A check that told nothing for so long is nobody's any more.
const SILENCE: TimeDelta = TimeDelta::hours(1);

/// How checks are made.
#[derive(Clone, Copy, Debug)]
pub struct CheckSettings {
    /// How often everything is looked at by schedule.
    pub every: TimeDelta,
    /// How much is read in a second, so that requests have their share; `None` for as much as there is.
    pub bytes_per_second: Option<NonZeroU64>,
}

impl Default for CheckSettings {
    fn default() -> Self {
        Self { every: TimeDelta::hours(24), bytes_per_second: NonZeroU64::new(32 << 20) }
    }
}

/// Makes the check that waits, or one that is due; gives it as it was begun.
pub async fn tick(
    state: &AppState,
    files: &FileService,
    settings: CheckSettings,
    stop: &CancellationToken,
) -> Result<Option<Check>, StoreError> {
    let now = state.clock.now();
    if state.store.interrupt_check(Some(now - SILENCE), now).await? {
        tracing::warn!("a check of the files had stopped; it begins anew");
    }
    let last = state.store.checks(1).await?.pop();
    if is_due(last.as_ref(), settings.every, now) {
        state.store.ask_check(CheckMode::Full, &Actor::system(), now).await?;
    }
    run_waiting(state, files, settings, stop).await
}

/// Makes the check that waits, if there is one.
pub async fn run_waiting(
    state: &AppState,
    files: &FileService,
    settings: CheckSettings,
    stop: &CancellationToken,
) -> Result<Option<Check>, StoreError> {
    let Some(check) = state.store.begin_check(state.clock.now()).await? else { return Ok(None) };
    let look = Look::new(files.sides().clone(), check.mode, settings.bytes_per_second);
    let walk = Walk::new(state, look, &check);
    let walked = stop.run_until_cancelled(walk.everything()).await;
    let at = state.clock.now();
    let looked = walk.looked();
    let ended = match walked {
        Some(Ok(())) => CheckState::Complete { at },
        Some(Err(WalkError::Ended)) => return Ok(Some(check)),
        Some(Err(WalkError::Store(error))) => {
            let failed = CheckState::Failed { at, error: error.to_string() };
            state.store.end_check(check.id, &looked, &failed).await?;
            return Err(error);
        }
        Some(Err(error @ WalkError::Side { .. })) => {
            tracing::error!(%error, "a check of the files failed");
            CheckState::Failed { at, error: error.to_string() }
        }
        None => CheckState::Interrupted { at },
    };
    state.store.end_check(check.id, &looked, &ended).await?;
    tracing::info!(
        check = check.id.0,
        state = ended.as_str(),
        records = looked.records,
        objects = looked.objects,
        found = looked.found,
        "files were checked"
    );
    Ok(Some(check))
}
