//! Calls through a facade whose two sides do as they are told.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::advance;

use super::*;
use crate::domain::decision::{Decision, Reason};
use crate::domain::feature::Switch;
use crate::domain::feature_key::FeatureKey;
use crate::domain::migration::SampleRate;
use crate::domain::observation::{Operation as Word, Outcome};
use crate::domain::origin::Origin;
use crate::domain::path::Path;
use crate::domain::percentage::Percentage;
use crate::domain::unit::Unit;

/// What a side does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Answers(i64),
    Fails,
    IsAskedWrongly,
    Panics,
    /// Answers 7 after so many seconds.
    Takes(u64),
    FailsOnPurpose,
    AnswersNonsense,
}

struct Scripted {
    name: Word,
    legacy: Does,
    candidate: Does,
    shadowing: Shadowing,
    runs: [AtomicU32; 2],
}

impl Scripted {
    fn new(legacy: Does, candidate: Does) -> Arc<Self> {
        Self::with(legacy, candidate, Shadowing::Allowed)
    }

    fn with(legacy: Does, candidate: Does, shadowing: Shadowing) -> Arc<Self> {
        let name = Word::parse("upload").unwrap();
        Arc::new(Self { name, legacy, candidate, shadowing, runs: Default::default() })
    }

    fn runs(&self) -> (u32, u32) {
        (self.runs[0].load(Ordering::SeqCst), self.runs[1].load(Ordering::SeqCst))
    }

    async fn run(&self, side: usize, does: Does) -> Result<i64, &'static str> {
        self.runs[side].fetch_add(1, Ordering::SeqCst);
        match does {
            Does::Answers(number) => Ok(number),
            Does::Fails => Err("broken"),
            Does::IsAskedWrongly => Err("not_found"),
            Does::Panics => panic!("as it was told"),
            Does::Takes(seconds) => {
                let _ = tokio::time::timeout(Duration::from_secs(seconds), std::future::pending::<()>()).await;
                Ok(7)
            }
            Does::FailsOnPurpose => {
                injected::note();
                Err("broken")
            }
            Does::AnswersNonsense => Ok(i64::MIN),
        }
    }
}

impl Operation for Scripted {
    type Request = ();
    type Response = i64;
    type Error = &'static str;

    fn name(&self) -> &Word {
        &self.name
    }

    async fn legacy(&self, (): &()) -> Result<i64, &'static str> {
        self.run(0, self.legacy).await
    }

    async fn candidate(&self, (): &()) -> Result<i64, &'static str> {
        self.run(1, self.candidate).await
    }

    fn shadowing(&self, (): &()) -> Shadowing {
        self.shadowing
    }

    fn describe(&self, response: &i64) -> Result<Value, serde_json::Error> {
        assert_ne!(*response, i64::MIN, "nonsense");
        Ok(json!({"number": response}))
    }

    fn classify(&self, error: &&'static str) -> Failure {
        match *error {
            "not_found" => Failure::of_caller("not_found"),
            kind => Failure::of_implementation(kind),
        }
    }
}

/// Keeps what it is told, in short.
#[derive(Default)]
struct Told {
    observations: Mutex<Vec<String>>,
    comparisons: Mutex<Vec<String>>,
}

fn of_side(side: &Side) -> String {
    match (&side.error_kind, &side.result) {
        (Some(kind), _) => kind.to_string(),
        (None, result) => result["number"].to_string(),
    }
}

impl Reporter for Told {
    fn observation(&self, told: ObservationReport) {
        let mut words = format!("{} {}", told.path.as_str(), outcome(told.outcome));
        for (word, is) in [(" fallback", told.fallback), (" marked", told.origin == Origin::Injected)] {
            words.push_str(if is { word } else { "" });
        }
        if let Some(kind) = told.error_kind {
            words = format!("{words} ({kind})");
        }
        self.observations.lock().unwrap().push(words);
    }

    fn comparison(&self, told: ComparisonReport) {
        let mut words = match &told.compared {
            Compared::Sides { legacy, candidate, legacy_again } => {
                let again = legacy_again.as_ref().map(|again| format!(", again {}", of_side(again)));
                format!("{} / {}{}", of_side(legacy), of_side(candidate), again.unwrap_or_default())
            }
            Compared::Judged { verdict, differences } => format!("{verdict:?} {}", differences.len()),
        };
        words.push_str(if told.origin == Origin::Injected { " marked" } else { "" });
        self.comparisons.lock().unwrap().push(words);
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Error => "error",
        Outcome::CallerError => "caller_error",
    }
}

impl Told {
    fn observations(&self) -> Vec<String> {
        self.observations.lock().unwrap().clone()
    }

    fn comparisons(&self) -> Vec<String> {
        self.comparisons.lock().unwrap().clone()
    }
}

fn decision(path: Path, fallback: Switch, shadow: Option<f64>) -> Decision {
    Decision {
        path,
        reason: Reason::Static,
        stage: "shadow".to_owned(),
        percentage: Percentage::ZERO,
        bucket: None,
        shadow: shadow.map(|rate| SampleRate::new(rate).unwrap()),
        fallback,
    }
}

type Tested = Facade<Fixed, Arc<Told>>;

fn facade(decision: Decision, settings: impl FnOnce(&mut Settings)) -> (Tested, Arc<Told>) {
    let told = Arc::new(Told::default());
    let mut set = Settings { sampler: Arc::new(Always(0.0)), ..Settings::default() };
    settings(&mut set);
    (Facade::new(Fixed(Ok(decision)), Arc::clone(&told), set), told)
}

fn kimi() -> FeatureKey {
    "kimi".parse().unwrap()
}

/// The answer, or `panicked`; and which side gave it.
async fn call(facade: &Tested, operation: &Arc<Scripted>) -> (String, Option<Path>) {
    let feature = kimi();
    let call = facade.call(operation, &feature, None, ());
    match std::panic::AssertUnwindSafe(call).catch_unwind().await {
        Ok(Answered { result: Ok(number), path, .. }) => (number.to_string(), Some(path)),
        Ok(Answered { result: Err(error), path, .. }) => (error.to_owned(), Some(path)),
        Err(_) => ("panicked".to_owned(), None),
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_takes_the_path_decided_and_falls_back_when_it_may_and_the_candidate_is_at_fault() {
    use Does::{Answers, Fails, FailsOnPurpose, IsAskedWrongly, Panics};
    use Path::{Candidate, Legacy};
    use Switch::{Off, On};
    type Case<'a> = (Path, Switch, Does, Does, (&'a str, Option<Path>), &'a [&'a str]);
    let cases: [Case; 13] = [
        (Legacy, On, Answers(1), Answers(2), ("1", Some(Legacy)), &["legacy ok"]),
        (Legacy, On, Fails, Answers(2), ("broken", Some(Legacy)), &["legacy error (broken)"]),
        (Legacy, On, Panics, Answers(2), ("panicked", None), &["legacy error (panicked)"]),
        (Candidate, On, Answers(1), Answers(2), ("2", Some(Candidate)), &["candidate ok"]),
        (Candidate, Off, Answers(1), Fails, ("broken", Some(Candidate)), &["candidate error (broken)"]),
        (Candidate, Off, Answers(1), Panics, ("panicked", None), &["candidate error (panicked)"]),
        (Candidate, On, Answers(1), Fails, ("1", Some(Legacy)), &["candidate error fallback (broken)", "legacy ok"]),
        (Candidate, On, Answers(1), Panics, ("1", Some(Legacy)), &["candidate error fallback (panicked)", "legacy ok"]),
        (
            Candidate,
            On,
            Fails,
            Fails,
            ("broken", Some(Legacy)),
            &["candidate error fallback (broken)", "legacy error (broken)"],
        ),
        (
            Candidate,
            On,
            Panics,
            Fails,
            ("panicked", None),
            &["candidate error fallback (broken)", "legacy error (panicked)"],
        ),
        (
            Candidate,
            On,
            Answers(1),
            IsAskedWrongly,
            ("not_found", Some(Candidate)),
            &["candidate caller_error (not_found)"],
        ),
        (Legacy, On, IsAskedWrongly, Fails, ("not_found", Some(Legacy)), &["legacy caller_error (not_found)"]),
        (
            Candidate,
            On,
            Answers(1),
            FailsOnPurpose,
            ("1", Some(Legacy)),
            &["candidate error fallback marked (injected broken)", "legacy ok"],
        ),
    ];
    for (path, fallback, legacy, candidate, (answer, by), observations) in cases {
        let (facade, told) = facade(decision(path, fallback, None), |_| {});
        let answered = call(&facade, &Scripted::new(legacy, candidate)).await;
        let case = format!("{path:?} {fallback:?} {legacy:?} {candidate:?}");
        assert_eq!((answered.0.as_str(), answered.1), (answer, by), "{case}");
        assert_eq!(told.observations(), observations, "{case}");
        assert_eq!(told.comparisons(), [""; 0], "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_decision_legacy_answers_and_says_so() {
    let told = Arc::new(Told::default());
    let facade = Facade::new(Fixed(Err(Undecided::UnknownFeature)), Arc::clone(&told), Settings::default());
    let answered = facade.call(&Scripted::new(Does::Answers(1), Does::Answers(2)), &kimi(), None, ()).await;
    assert_eq!((answered.result, answered.path), (Ok(1), Path::Legacy));
    assert_eq!(answered.decision, Err(Undecided::UnknownFeature));
    assert_eq!(told.observations(), ["legacy ok"]);
    assert_eq!(facade.counts(), Counts { undecided: 1, ..Counts::default() });
}

#[tokio::test(start_paused = true)]
async fn whatever_the_other_side_does_the_caller_has_its_answer_and_both_are_compared() {
    use Does::{Answers, AnswersNonsense, Fails, FailsOnPurpose, IsAskedWrongly, Panics, Takes};
    use Path::{Candidate, Legacy};
    for (path, legacy, candidate, answer, comparison) in [
        (Legacy, Answers(1), Answers(1), "1", "1 / 1"),
        (Legacy, Answers(1), Answers(2), "1", "1 / 2"),
        (Candidate, Answers(1), Answers(2), "2", "1 / 2"),
        (Legacy, Answers(1), Fails, "1", "1 / broken"),
        (Legacy, Answers(1), Panics, "1", "1 / panicked"),
        (Legacy, Answers(1), Takes(1), "1", "1 / 7"),
        (Legacy, Answers(1), Takes(3_600), "1", "1 / timeout"),
        (Legacy, Answers(1), FailsOnPurpose, "1", "1 / injected broken marked"),
        (Legacy, IsAskedWrongly, IsAskedWrongly, "not_found", "not_found / not_found"),
        (Legacy, Fails, Answers(1), "broken", "broken / 1"),
        (Legacy, Panics, Answers(1), "panicked", "panicked / 1"),
        (Legacy, AnswersNonsense, Answers(1), "-9223372036854775808", "ComparatorError 0"),
        (Legacy, Answers(1), AnswersNonsense, "1", "ComparatorError 0"),
        (Candidate, Panics, Answers(2), "2", "panicked / 2"),
    ] {
        let (facade, told) = facade(decision(path, Switch::Off, Some(1.0)), |_| {});
        let operation = Scripted::new(legacy, candidate);
        let case = format!("{path:?} {legacy:?} {candidate:?}");
        assert_eq!(call(&facade, &operation).await.0, answer, "{case}");
        assert_eq!(told.comparisons(), [""; 0], "{case}: answered before the other side ran");
        facade.finish_shadows().await;
        assert_eq!(told.comparisons(), [comparison], "{case}");
        assert_eq!(told.observations().len(), 1, "{case}: a shadow run served nobody");
        assert_eq!(facade.counts().shadows, 1, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fell_back_is_compared_without_another_run() {
    let (facade, told) = facade(decision(Path::Candidate, Switch::On, Some(1.0)), |_| {});
    let operation = Scripted::with(Does::Answers(1), Does::FailsOnPurpose, Shadowing::Never);
    assert_eq!(call(&facade, &operation).await.0, "1");
    facade.finish_shadows().await;
    assert_eq!(told.comparisons(), ["1 / injected broken marked"]);
    assert_eq!(operation.runs(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_would_do_harm_and_what_is_not_sampled_is_not_run_twice() {
    for (rate, draw, shadowing, runs) in [
        (Some(0.5), 0.49, Shadowing::Allowed, (1, 1)),
        (Some(0.5), 0.5, Shadowing::Allowed, (1, 0)),
        (Some(0.0), 0.0, Shadowing::Allowed, (1, 0)),
        (None, 0.0, Shadowing::Allowed, (1, 0)),
        (Some(1.0), 0.0, Shadowing::Never, (1, 0)),
    ] {
        let (facade, _) = facade(decision(Path::Legacy, Switch::On, rate), |set| set.sampler = Arc::new(Always(draw)));
        let operation = Scripted::with(Does::Answers(1), Does::Answers(1), shadowing);
        call(&facade, &operation).await;
        facade.finish_shadows().await;
        assert_eq!(operation.runs(), runs, "{rate:?} {draw} {shadowing:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn legacy_runs_once_more_where_noise_is_told_from_differences() {
    let (facade, told) = facade(decision(Path::Candidate, Switch::On, Some(1.0)), |set| set.shadow.again = 1.0);
    let operation = Scripted::new(Does::Answers(1), Does::Answers(2));
    call(&facade, &operation).await;
    facade.finish_shadows().await;
    assert_eq!(told.comparisons(), ["1 / 2, again 1"]);
    assert_eq!(operation.runs(), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn results_that_must_not_leave_the_program_are_compared_in_it() {
    let (facade, told) =
        facade(decision(Path::Legacy, Switch::On, Some(1.0)), |set| set.shadow.comparing = Comparing::Here);
    call(&facade, &Scripted::new(Does::Answers(1), Does::Answers(2))).await;
    facade.finish_shadows().await;
    assert_eq!(told.comparisons(), ["Mismatch 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_drops_shadow_runs_and_only_so_many_run_at_once() {
    let (facade, told) = facade(decision(Path::Legacy, Switch::On, Some(1.0)), |set| {
        (set.shadow.queue, set.shadow.concurrency) = (3, 2);
    });
    let operation = Scripted::new(Does::Answers(1), Does::Takes(10));
    for _ in 0..5 {
        assert_eq!(call(&facade, &operation).await.0, "1");
    }
    advance(Duration::from_secs(1)).await;
    tokio::task::yield_now().await;
    assert_eq!(operation.runs(), (5, 2), "two at once");
    facade.finish_shadows().await;
    assert_eq!(operation.runs(), (5, 3));
    assert_eq!(told.comparisons().len(), 3);
    assert_eq!(facade.counts(), Counts { shadows: 3, dropped_queue: 2, ..Counts::default() });
}

#[tokio::test(start_paused = true)]
async fn only_so_many_shadow_runs_begin_in_a_minute() {
    let (facade, told) = facade(decision(Path::Legacy, Switch::On, Some(1.0)), |set| set.shadow.per_minute = 2);
    let operation = Scripted::new(Does::Answers(1), Does::Answers(1));
    for (seconds, comparisons) in [(0, 1), (1, 2), (58, 2), (1, 3), (1, 4), (1, 4)] {
        advance(Duration::from_secs(seconds)).await;
        call(&facade, &operation).await;
        facade.finish_shadows().await;
        assert_eq!(told.comparisons().len(), comparisons);
    }
    assert_eq!(facade.counts(), Counts { shadows: 4, dropped_minute: 2, ..Counts::default() });
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_leaves_what_was_seen_of_the_path_attempted() {
    for (seconds, path, expected) in [
        (1, Path::Candidate, "candidate caller_error (cancelled)"),
        (10, Path::Candidate, "candidate error (abandoned)"),
        (10, Path::Legacy, "legacy error (abandoned)"),
    ] {
        let (facade, told) = facade(decision(path, Switch::On, Some(1.0)), |_| {});
        let operation = Scripted::new(Does::Takes(60), Does::Takes(60));
        let feature = kimi();
        let call = facade.call(&operation, &feature, None, ());
        assert!(tokio::time::timeout(Duration::from_secs(seconds), call).await.is_err());
        assert_eq!(told.observations(), [expected]);
        assert_eq!(facade.counts(), Counts { abandoned: 1, ..Counts::default() });
        facade.finish_shadows().await;
        assert_eq!(told.comparisons(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_reported_with_what_it_was_and_how_long_it_took() {
    struct Kept(Mutex<Vec<Value>>);
    impl Reporter for Kept {
        fn observation(&self, observation: ObservationReport) {
            self.0.lock().unwrap().push(serde_json::to_value(observation).unwrap());
        }
        fn comparison(&self, comparison: ComparisonReport) {
            self.0.lock().unwrap().push(serde_json::to_value(comparison).unwrap());
        }
    }
    let kept = Arc::new(Kept(Mutex::default()));
    let at = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let settings =
        Settings { sampler: Arc::new(Always(0.0)), clock: Arc::new(clock::ManualClock::at(at)), ..Settings::default() };
    let decided = decision(Path::Legacy, Switch::On, Some(1.0));
    let facade = Facade::new(Fixed(Ok(decided)), Arc::clone(&kept), settings);
    let unit = Unit::parse("user123").unwrap();
    facade.call(&Scripted::new(Does::Takes(2), Does::Fails), &kimi(), Some(&unit), ()).await;
    facade.finish_shadows().await;
    let kept = serde_json::to_string_pretty(&*kept.0.lock().unwrap()).unwrap();
    insta::assert_snapshot!(kept, @r#"
    [
      {
        "at": "2027-01-15T08:00:00Z",
        "feature": "kimi",
        "latency_ms": 2000.0,
        "operation": "upload",
        "outcome": "ok",
        "path": "legacy",
        "unit": "user123"
      },
      {
        "at": "2027-01-15T08:00:00Z",
        "candidate": {
          "error_kind": "broken",
          "latency_ms": 0.0,
          "outcome": "error"
        },
        "feature": "kimi",
        "legacy": {
          "latency_ms": 2000.0,
          "outcome": "ok",
          "result": {
            "number": 7
          }
        },
        "operation": "upload"
      }
    ]
    "#);
}

fn any_side() -> impl Strategy<Value = Does> {
    use Does::{Answers, Fails, FailsOnPurpose, IsAskedWrongly, Panics, Takes};
    prop_oneof![
        (0_i64..3).prop_map(Answers),
        Just(Fails),
        Just(IsAskedWrongly),
        Just(Panics),
        (0_u64..100).prop_map(Takes),
        Just(FailsOnPurpose),
    ]
}

proptest! {
    #[test]
    fn every_call_is_counted_once_for_each_path_attempted_and_compared_at_most_once(
        legacy in any_side(),
        candidate in any_side(),
        on_candidate in any::<bool>(),
        falls_back in any::<bool>(),
        shadowed in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let path = if on_candidate { Path::Candidate } else { Path::Legacy };
            let shadow = shadowed.then_some(1.0);
            let (facade, told) = facade(decision(path, Switch::from_bool(falls_back), shadow), |_| {});
            let operation = Scripted::new(legacy, candidate);
            let (answer, by) = call(&facade, &operation).await;
            facade.finish_shadows().await;
            let observations = told.observations();
            let fell_back = observations.iter().any(|observation| observation.contains("fallback"));
            let at_fault = matches!(candidate, Does::Fails | Does::Panics | Does::FailsOnPurpose);
            assert_eq!(fell_back, on_candidate && falls_back && at_fault);
            assert_eq!(observations.len(), 1 + usize::from(fell_back));
            assert_eq!(told.comparisons().len(), usize::from(shadowed));
            let (legacy_runs, candidate_runs) = operation.runs();
            assert_eq!(legacy_runs + candidate_runs, 1 + u32::from(fell_back || shadowed));
            let answered_by = if fell_back { Path::Legacy } else { path };
            assert!(by.is_none_or(|by| by == answered_by));
            let does = if answered_by == Path::Legacy { legacy } else { candidate };
            assert_eq!(answer == "panicked", does == Does::Panics);
        });
    }
}
