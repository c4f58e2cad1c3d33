//! A feature's series: rollups → one point a step.

use crate::domain::comparison::ComparisonCounts;
use crate::domain::feature::Feature;
use crate::domain::observation::Operation;
use crate::domain::path::Path;
use crate::domain::rollup::{Minute, ObservationRollup};
use crate::domain::time_range::TimeRange;
use crate::server::store::{RollupQuery, Span, Store, StoreError};
use crate::views::metrics::{MetricsPoint, MetricsView};
use crate::views::summary::{PathSummary, ShadowSummary};

/// A series and the sums over its whole range.
pub struct Metrics {
    pub view: MetricsView,
    pub legacy: PathSummary,
    pub candidate: PathSummary,
    pub shadow: ShadowSummary,
}

/// The minutes of `range`, or its hours where a step is made of whole hours.
pub(super) fn span(range: &TimeRange) -> Span {
    if range.step_seconds % 3_600 == 0 {
        Span::hours(range.from, range.to)
    } else {
        Span::minutes(range.from, range.to)
    }
}

/// Reads the series of `feature` over `range`, narrowed to an operation.
pub async fn load(
    store: &dyn Store,
    feature: &Feature,
    range: TimeRange,
    operation: Option<&Operation>,
) -> Result<Metrics, StoreError> {
    #[derive(Clone, Default)]
    struct Step {
        legacy: ObservationRollup,
        candidate: ObservationRollup,
        shadow: ComparisonCounts,
    }

    let query = RollupQuery::of(feature.id, span(&range)).operation(operation);
    let mut steps = vec![Step::default(); usize::try_from(range.steps()).unwrap_or_default()];
    let mut whole = Step::default();
    for (key, rollup) in store.observations(&query).await? {
        if let Some(step) = step_of(&range, key.minute) {
            match key.path {
                Path::Legacy => (steps[step].legacy.merge(&rollup), whole.legacy.merge(&rollup)),
                Path::Candidate => (steps[step].candidate.merge(&rollup), whole.candidate.merge(&rollup)),
            };
        }
    }
    for (key, counts) in store.comparisons(&query).await? {
        if let Some(step) = step_of(&range, key.minute) {
            steps[step].shadow.merge(&counts);
            whole.shadow.merge(&counts);
        }
    }
    let points = range.starts().zip(&steps).map(|(at, step)| MetricsPoint {
        at,
        legacy: PathSummary::from(&step.legacy),
        candidate: PathSummary::from(&step.candidate),
        shadow: ShadowSummary::from(&step.shadow),
    });
    Ok(Metrics {
        view: MetricsView {
            feature: feature.key.to_string(),
            operation: operation.map(ToString::to_string),
            from: range.from,
            to: range.to,
            step_seconds: range.step_seconds,
            points: points.collect(),
        },
        legacy: PathSummary::from(&whole.legacy),
        candidate: PathSummary::from(&whole.candidate),
        shadow: ShadowSummary::from(&whole.shadow),
    })
}

fn step_of(range: &TimeRange, minute: Minute) -> Option<usize> {
    range.step_of(minute.start())
}
