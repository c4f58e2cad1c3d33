//! What drivers did of late: of a feature, or of all.

use chrono::TimeDelta;

use crate::domain::feature::FeatureId;
use crate::domain::origin::OriginCounts;
use crate::server::state::AppState;
use crate::server::store::{Span, StoreError};
use crate::views::driver::DriverNote;

/// A driver that reported so lately is running.
const RUNNING: TimeDelta = TimeDelta::minutes(1);

/// What is to be said of it.
pub async fn note(state: &AppState, feature: Option<FeatureId>) -> Result<Option<DriverNote>, StoreError> {
    let hour = counts(state, feature, TimeDelta::hours(1)).await?;
    let now = counts(state, feature, RUNNING).await?;
    Ok(DriverNote::new(hour, now, state.example_rate.is_some()))
}

async fn counts(state: &AppState, feature: Option<FeatureId>, back: TimeDelta) -> Result<OriginCounts, StoreError> {
    let now = state.clock.now();
    // The minute that is not over yet is in.
    let found = state.store.origins(Span::minutes(now - back, now + TimeDelta::minutes(1))).await?;
    let mut counts = OriginCounts::default();
    for (_, more) in found.into_iter().filter(|(id, _)| feature.is_none_or(|feature| feature == *id)) {
        counts.merge(more);
    }
    Ok(counts)
}
