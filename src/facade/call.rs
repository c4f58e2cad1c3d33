//! One call through the facade: decide, run the path decided, fall back, answer; then have the other side run.

use std::panic::resume_unwind;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::time::Instant;

use super::attempt::{Attempt, Ended, attempt, error_kind, ms_since};
use super::injected;
use super::operation::Operation;
use super::report::{ObservationReport, Reporter};
use super::settings::{Counters, Counts, Settings};
use super::shadow::{Job, Other, Shadows};
use super::source::{DecisionSource, Undecided};
use crate::domain::decision::Decision;
use crate::domain::feature_key::FeatureKey;
use crate::domain::observation::{Fallback, Operation as OperationName, Outcome};
use crate::domain::path::Path;
use crate::domain::unit::Unit;

/// Stands in front of two implementations; cheap to clone, and all clones are one facade.
pub struct Facade<D, R> {
    inner: Arc<Inner<D, R>>,
}

pub(super) struct Inner<D, R> {
    decisions: D,
    pub reporter: R,
    pub settings: Settings,
    pub shadows: Shadows,
    pub counters: Counters,
}

impl<D, R> Clone for Facade<D, R> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

/// What a caller gets.
#[derive(Debug)]
pub struct Answered<T, E> {
    /// What the implementation said.
    pub result: Result<T, E>,
    /// Which one.
    pub path: Path,
    /// Whether legacy answered in the candidate's place.
    pub fallback: Fallback,
    /// What the path was chosen by; without a decision it was legacy's turn.
    pub decision: Result<Decision, Undecided>,
}

impl<D: DecisionSource, R: Reporter> Facade<D, R> {
    /// A facade that asks `decisions` before each call, and tells `reporter` after it.
    pub fn new(decisions: D, reporter: R, settings: Settings) -> Self {
        let shadows = Shadows::new(settings.shadow);
        Self { inner: Arc::new(Inner { decisions, reporter, settings, shadows, counters: Counters::default() }) }
    }

    /// Has `operation` answer `request`.
    ///
    /// - Nothing decided: legacy answers, unshadowed, and [`Answered::decision`] says why.
    /// - The candidate fails or panics, and fallback is on: legacy answers. Both calls are observations of their own.
    ///   What is the caller's fault is an answer, and does not fall back.
    /// - A panic without fallback reaches the caller, after it was counted.
    /// - The caller gives up, which is to say that this future is dropped: the path attempted gets an observation of
    ///   what was seen. It is the implementation's `error` (kind `abandoned`) once [`Settings::patience`] is over, so
    ///   that a path that hangs does not look healthy, and a `caller_error` (kind `cancelled`) before. No shadow runs.
    /// - A sampled call is described before it is answered, and run on the other side afterwards, in a task of its own.
    pub async fn call<O: Operation>(
        &self,
        operation: &Arc<O>,
        feature: &FeatureKey,
        unit: Option<&Unit>,
        request: O::Request,
    ) -> Answered<O::Response, O::Error> {
        let inner = &self.inner;
        let decision = self.decide(feature, unit).await;
        let call = Call { inner, at: inner.settings.clock.now(), name: operation.name(), feature, unit };
        let path = decision.as_ref().map_or(Path::Legacy, |decision| decision.path);
        let may_fall_back = decision.as_ref().is_ok_and(|decision| decision.fallback.is_on());

        let (answer, answered_by, fallback, other) = match path {
            Path::Legacy => (call.legacy(&**operation, &request).await, path, Fallback::No, Other::Run),
            Path::Candidate => {
                let (ran, fallback) = call.candidate(&**operation, &request, may_fall_back).await;
                match fallback {
                    Fallback::No => (ran, path, fallback, Other::Run),
                    Fallback::ToLegacy => {
                        inner.counters.fallbacks.add();
                        let failed = Other::Known(ran.side(Value::Null), ran.injected);
                        (call.legacy(&**operation, &request).await, Path::Legacy, fallback, failed)
                    }
                }
            }
        };

        if let Ok(Decision { shadow: Some(rate), .. }) = &decision
            && inner.settings.sampler.draw() < rate.fraction()
        {
            let job = Job { at: call.at, feature: feature.clone(), path: answered_by, request };
            inner.shadow(operation, job, &answer, other);
        }
        let result = match answer.ended {
            Ended::Answered(response) => Ok(response),
            Ended::Failed(error, _) => Err(error),
            Ended::Panicked(panic) => resume_unwind(panic),
        };
        Answered { result, path: answered_by, fallback, decision }
    }

    /// What it counted of itself.
    pub fn counts(&self) -> Counts {
        self.inner.counters.read()
    }

    /// Waits until no shadow runs or waits to run. Calls made meanwhile are not shadowed, and count as dropped.
    pub async fn finish_shadows(&self) {
        self.inner.shadows.finish().await;
    }

    /// Who is told.
    pub fn reporter(&self) -> &R {
        &self.inner.reporter
    }

    async fn decide(&self, feature: &FeatureKey, unit: Option<&Unit>) -> Result<Decision, Undecided> {
        let decision = self.inner.decisions.decide(feature, unit).await;
        if let Err(error) = &decision {
            let before = self.inner.counters.undecided.add();
            // Often enough to be seen, and not once a call while nothing can be decided.
            if (before + 1).is_power_of_two() {
                tracing::warn!(%feature, %error, calls = before + 1, "nothing could be decided, and legacy answers");
            }
        }
        decision
    }
}

/// What all observations of a call have in common.
struct Call<'a, D, R> {
    inner: &'a Inner<D, R>,
    at: DateTime<Utc>,
    name: &'a OperationName,
    feature: &'a FeatureKey,
    unit: Option<&'a Unit>,
}

impl<D, R: Reporter> Call<'_, D, R> {
    async fn legacy<O: Operation>(&self, operation: &O, request: &O::Request) -> Attempt<O::Response, O::Error> {
        let watch = Watch::over(self, Path::Legacy);
        // Made when it is first waited for, so that a panic in the making is caught as well.
        let ran = attempt(operation, async { operation.legacy(request).await }).await;
        watch.ended(&ran, Fallback::No);
        ran
    }

    /// The candidate's run, and whether legacy is to answer in its place.
    async fn candidate<O: Operation>(
        &self,
        operation: &O,
        request: &O::Request,
        may_fall_back: bool,
    ) -> (Attempt<O::Response, O::Error>, Fallback) {
        let watch = Watch::over(self, Path::Candidate);
        let ran = attempt(operation, async { operation.candidate(request).await }).await;
        let falls_back = may_fall_back && ran.outcome() == Outcome::Error;
        let fallback = if falls_back { Fallback::ToLegacy } else { Fallback::No };
        watch.ended(&ran, fallback);
        (ran, fallback)
    }

    fn report(&self, path: Path, latency_ms: f64, told: Told) {
        self.inner.reporter.observation(ObservationReport {
            at: self.at,
            feature: self.feature.clone(),
            operation: self.name.clone(),
            path,
            outcome: told.outcome,
            latency_ms,
            unit: self.unit.map(|unit| unit.as_str().to_owned()),
            fallback: told.fallback == Fallback::ToLegacy,
            error_kind: told.error_kind,
            origin: injected::origin(told.injected),
        });
    }
}

/// What there is to tell of a run.
struct Told {
    outcome: Outcome,
    fallback: Fallback,
    error_kind: Option<OperationName>,
    injected: bool,
}

/// Sees to it that a run is reported, however it ends.
struct Watch<'a, 'b, D, R: Reporter> {
    call: &'a Call<'b, D, R>,
    path: Path,
    started: Instant,
    ended: bool,
}

impl<'a, 'b, D, R: Reporter> Watch<'a, 'b, D, R> {
    fn over(call: &'a Call<'b, D, R>, path: Path) -> Self {
        Self { call, path, started: Instant::now(), ended: false }
    }

    fn ended<T, E>(mut self, ran: &Attempt<T, E>, fallback: Fallback) {
        self.ended = true;
        let told = Told { outcome: ran.outcome(), fallback, error_kind: ran.error_kind(), injected: ran.injected };
        self.call.report(self.path, ran.latency_ms, told);
    }
}

impl<D, R: Reporter> Drop for Watch<'_, '_, D, R> {
    /// The caller gave up.
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.call.inner.counters.abandoned.add();
        let (outcome, kind) = if self.started.elapsed() >= self.call.inner.settings.patience {
            (Outcome::Error, "abandoned")
        } else {
            (Outcome::CallerError, "cancelled")
        };
        let told = Told { outcome, fallback: Fallback::No, error_kind: error_kind(kind, false), injected: false };
        self.call.report(self.path, ms_since(self.started), told);
    }
}
