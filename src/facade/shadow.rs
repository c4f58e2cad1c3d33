//! The other side of a call: when it may run, and what comes of it. A caller never waits for it, and never feels it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::attempt::{Attempt, Ended, attempt, error_kind};
use super::call::Inner;
use super::injected;
use super::operation::{Operation, Shadowing};
use super::report::{Compared, ComparisonReport, Reporter, Side};
use super::settings::{Comparing, Counters, ShadowSettings};
use super::source::DecisionSource;
use crate::domain::comparison::{ComparisonVerdict, judge};
use crate::domain::comparison_rules::ComparisonRules;
use crate::domain::feature_key::FeatureKey;
use crate::domain::observation::{Operation as Word, Outcome};
use crate::domain::path::Path;

/// A call to be run on the other side.
pub(super) struct Job<Q> {
    pub at: DateTime<Utc>,
    pub feature: FeatureKey,
    /// The path that answered.
    pub path: Path,
    pub request: Q,
}

/// The other side of a call.
pub(super) enum Other {
    /// It is still to be run.
    Run,
    /// It was run: it failed, and the call fell back. Whether its fault was injected.
    Known(Side, bool),
}

/// What keeps shadow runs within their bounds.
pub(super) struct Shadows {
    settings: ShadowSettings,
    /// One permit for each that runs or waits to run.
    slots: Arc<Semaphore>,
    /// One permit for each that runs.
    turns: Arc<Semaphore>,
    minute: Mutex<Minute>,
}

/// How many began in the minute that began then.
#[derive(Default)]
struct Minute {
    began: Option<Instant>,
    runs: u32,
}

impl Shadows {
    pub fn new(settings: ShadowSettings) -> Self {
        Self {
            settings,
            slots: Arc::new(Semaphore::new(settings.queue as usize)),
            turns: Arc::new(Semaphore::new(settings.concurrency.max(1) as usize)),
            minute: Mutex::default(),
        }
    }

    /// A place for one more, if there is one.
    fn place(&self, counters: &Counters) -> Option<OwnedSemaphorePermit> {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            counters.dropped_queue.add();
            return None;
        };
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.began.is_none_or(|began| began.elapsed() >= Duration::from_mins(1)) {
            *minute = Minute { began: Some(Instant::now()), runs: 0 };
        }
        if minute.runs >= self.settings.per_minute {
            counters.dropped_minute.add();
            return None;
        }
        minute.runs += 1;
        Some(slot)
    }

    /// Waits until all are through.
    pub async fn finish(&self) {
        // It is never closed.
        let _ = self.slots.acquire_many(self.settings.queue).await;
    }
}

impl<D: DecisionSource, R: Reporter> Inner<D, R> {
    /// Has `job` run on the other side and compared, if it may and there is a place; returns at once.
    pub fn shadow<O: Operation>(
        self: &Arc<Self>,
        operation: &Arc<O>,
        job: Job<O::Request>,
        answer: &Attempt<O::Response, O::Error>,
        other: Other,
    ) {
        // Without a runtime there is nobody to run it.
        let Ok(runtime) = Handle::try_current() else { return };
        if matches!(other, Other::Run) && operation.shadowing(&job.request) == Shadowing::Never {
            return;
        }
        let Some(slot) = self.shadows.place(&self.counters) else { return };
        let primary = side_of(&**operation, answer);
        let injected = answer.injected;
        let (inner, operation) = (Arc::clone(self), Arc::clone(operation));
        runtime.spawn(async move {
            let Ok(_turn) = inner.shadows.turns.acquire().await else { return };
            let report = inner.compare(&*operation, job, (primary, injected), other).await;
            inner.reporter.comparison(report);
            inner.counters.shadows.add();
            drop(slot);
        });
    }

    async fn compare<O: Operation>(
        &self,
        operation: &O,
        job: Job<O::Request>,
        (primary, mut injected): (Described, bool),
        other: Other,
    ) -> ComparisonReport {
        let Job { at, feature, path, request } = job;
        let name = operation.name().clone();
        let report = |compared, injected| ComparisonReport {
            at,
            feature,
            operation: name,
            compared,
            origin: injected::origin(injected),
        };
        let Some(primary) = primary else { return report(not_comparable(), injected) };
        let other = match other {
            Other::Known(side, was_injected) => {
                injected |= was_injected;
                Some(side)
            }
            Other::Run => {
                let (side, was_injected) = self.run_shadow(operation, path.other(), &request, &primary).await;
                injected |= was_injected;
                side
            }
        };
        let Some(other) = other else { return report(not_comparable(), injected) };
        let again = if self.settings.sampler.draw() < self.settings.shadow.again {
            let (side, was_injected) = self.run_shadow(operation, Path::Legacy, &request, &primary).await;
            injected |= was_injected;
            side
        } else {
            None
        };
        let (legacy, candidate) = match path {
            Path::Legacy => (primary, other),
            Path::Candidate => (other, primary),
        };
        report(compared(self.settings.shadow.comparing, legacy, candidate, again), injected)
    }

    async fn run_shadow<O: Operation>(
        &self,
        operation: &O,
        side: Path,
        request: &O::Request,
        primary: &Side,
    ) -> (Described, bool) {
        let limit = self.settings.shadow.timeout;
        let run = attempt(operation, async { operation.shadow(side, request, primary).await });
        match timeout(limit, run).await {
            Ok(ran) => {
                if let Ended::Panicked(_) = ran.ended {
                    tracing::error!(operation = %operation.name(), path = side.as_str(), "a shadow run panicked");
                }
                (side_of(operation, &ran), ran.injected)
            }
            Err(_) => (Some(failed("timeout", limit)), false),
        }
    }
}

/// A side; or nothing, since it could not be described.
type Described = Option<Side>;

fn side_of<O: Operation>(operation: &O, ran: &Attempt<O::Response, O::Error>) -> Described {
    let Ended::Answered(response) = &ran.ended else { return Some(ran.side(Value::Null)) };
    let operation_name = operation.name();
    match catch_unwind(AssertUnwindSafe(|| operation.describe(response))) {
        Ok(Ok(result)) => Some(ran.side(result)),
        Ok(Err(error)) => {
            tracing::error!(operation = %operation_name, %error, "a response could not be described");
            None
        }
        Err(_) => {
            tracing::error!(operation = %operation_name, "describing a response panicked");
            None
        }
    }
}

fn failed(kind: &str, after: Duration) -> Side {
    let error_kind: Option<Word> = error_kind(kind, false);
    let latency_ms = after.as_secs_f64() * 1_000.0;
    Side { outcome: Outcome::Error, latency_ms, result: Value::Null, error_kind }
}

fn compared(comparing: Comparing, legacy: Side, candidate: Side, legacy_again: Option<Side>) -> Compared {
    match comparing {
        Comparing::AtServer => Compared::Sides { legacy, candidate, legacy_again },
        Comparing::Here => {
            let sides = ((legacy.outcome, &legacy.result), (candidate.outcome, &candidate.result));
            let (verdict, found) = judge(sides.0, sides.1, &ComparisonRules::NONE);
            Compared::Judged { verdict, differences: found.into_iter().map(|found| found.difference).collect() }
        }
    }
}

const fn not_comparable() -> Compared {
    Compared::Judged { verdict: ComparisonVerdict::ComparatorError, differences: Vec::new() }
}
