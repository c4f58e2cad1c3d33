//! Batches in paused time, to a receiver that answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, advance};

use super::*;
use crate::domain::observation::{Operation, Outcome};
use crate::domain::origin::Origin;
use crate::domain::path::Path;
use crate::facade::report::{Compared, Side};

/// Answers each attempt with what comes next, and then takes everything.
#[derive(Clone)]
struct Receiver(Arc<Mutex<Received>>);

struct Received {
    answers: VecDeque<Result<Sent, SendError>>,
    attempts: Vec<(u64, Batch)>,
    began: Instant,
}

impl Receiver {
    fn answering(answers: impl IntoIterator<Item = Result<Sent, SendError>>) -> Self {
        let answers = answers.into_iter().collect();
        Self(Arc::new(Mutex::new(Received { answers, attempts: Vec::new(), began: Instant::now() })))
    }

    fn attempts(&self) -> Vec<(u64, Batch)> {
        self.0.lock().unwrap().attempts.clone()
    }

    /// How many items each attempt had.
    fn sizes(&self) -> Vec<usize> {
        self.attempts().iter().map(|(_, batch)| batch.items).collect()
    }
}

impl Transport for Receiver {
    async fn send(&self, batch: &Batch) -> Result<Sent, SendError> {
        let mut received = self.0.lock().unwrap();
        let seconds = received.began.elapsed().as_secs();
        received.attempts.push((seconds, batch.clone()));
        received.answers.pop_front().unwrap_or(Ok(Sent::default()))
    }
}

fn observation(unit: usize) -> ObservationReport {
    ObservationReport {
        at: chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        feature: "kimi".parse().unwrap(),
        operation: Operation::parse("upload").unwrap(),
        path: Path::Legacy,
        outcome: Outcome::Ok,
        latency_ms: 1.0,
        unit: Some(format!("user{unit:04}")),
        fallback: false,
        error_kind: None,
        origin: Origin::Caller,
    }
}

fn comparison(result: Value) -> ComparisonReport {
    let side = Side { outcome: Outcome::Ok, latency_ms: 1.0, result, error_kind: None };
    ComparisonReport {
        at: chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        feature: "kimi".parse().unwrap(),
        operation: Operation::parse("upload").unwrap(),
        compared: Compared::Sides { legacy: side.clone(), candidate: side, legacy_again: None },
        origin: Origin::Caller,
    }
}

fn later() -> Result<Sent, SendError> {
    Err(SendError::Later { reason: "down".to_owned(), after: None })
}

const ENOUGH: Duration = Duration::from_hours(1);

#[tokio::test(start_paused = true)]
async fn a_batch_is_sent_when_it_is_full_or_due() {
    let receiver = Receiver::answering([]);
    let reporter = BatchReporter::start(receiver.clone(), BatchSettings { items: 10, ..BatchSettings::default() });
    tokio::task::yield_now().await;
    (0..25).for_each(|unit| reporter.observation(observation(unit)));
    tokio::task::yield_now().await;
    assert_eq!(receiver.sizes(), [10, 10, 5], "at once");
    reporter.observation(observation(25));
    tokio::task::yield_now().await;
    assert_eq!(receiver.sizes().len(), 3);
    assert_eq!(reporter.counts().waiting, 1);
    advance(Duration::from_secs(1)).await;
    tokio::task::yield_now().await;
    assert_eq!(receiver.sizes(), [10, 10, 5, 1]);
    assert_eq!(reporter.counts(), BatchCounts { sent: 26, ..BatchCounts::default() });
    let keys: std::collections::HashSet<String> = receiver.attempts().into_iter().map(|(_, batch)| batch.key).collect();
    assert_eq!(keys.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_sent_again_as_it_was_until_it_is_taken() {
    let wait = Err(SendError::Later { reason: "busy".to_owned(), after: Some(Duration::from_secs(7)) });
    let receiver = Receiver::answering([later(), later(), wait]);
    let reporter = BatchReporter::start(receiver.clone(), BatchSettings::default());
    (0..3).for_each(|unit| reporter.observation(observation(unit)));
    assert_eq!(reporter.shutdown(ENOUGH).await, BatchCounts { sent: 3, ..BatchCounts::default() });
    let attempts = receiver.attempts();
    assert_eq!(attempts.len(), 4);
    assert!(attempts.iter().all(|(_, batch)| *batch == attempts[0].1), "the same key and the same body");
    assert!(attempts[3].0 >= 7, "as long as it was asked for");
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_and_what_cannot_be_sent_is_counted_and_lost() {
    let refused = Err(SendError::Refused("no JSON".to_owned()));
    let one_of_three = Ok(Sent { refused: 1, detail: Some("unknown feature".to_owned()) });
    for (answers, expected) in [
        (vec![one_of_three], BatchCounts { sent: 2, refused: 1, ..BatchCounts::default() }),
        (vec![refused], BatchCounts { refused: 3, ..BatchCounts::default() }),
        (vec![later(), later()], BatchCounts { dropped: 3, ..BatchCounts::default() }),
    ] {
        let receiver = Receiver::answering(answers);
        let reporter = BatchReporter::start(receiver, BatchSettings { attempts: 2, ..BatchSettings::default() });
        (0..3).for_each(|unit| reporter.observation(observation(unit)));
        assert_eq!(reporter.shutdown(ENOUGH).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_left_when_the_time_is_over_is_dropped() {
    let receiver = Receiver::answering((0..100).map(|_| later()));
    let reporter =
        BatchReporter::start(receiver, BatchSettings { attempts: 100, items: 2, ..BatchSettings::default() });
    (0..5).for_each(|unit| reporter.observation(observation(unit)));
    let counts = reporter.shutdown(Duration::from_secs(2)).await;
    assert_eq!(counts, BatchCounts { dropped: 5, ..BatchCounts::default() });
}

#[tokio::test(start_paused = true)]
async fn memory_is_bounded_and_the_oldest_make_room() {
    let receiver = Receiver::answering([]);
    let settings = BatchSettings { kept_bytes: 4_000, ..BatchSettings::default() };
    let reporter = BatchReporter::start(receiver.clone(), settings);
    (0..1_000).for_each(|unit| reporter.observation(observation(unit)));
    (0..1_000).for_each(|_| reporter.comparison(comparison(Value::String("x".repeat(500)))));
    let counts = reporter.counts();
    assert!((2..60).contains(&counts.waiting), "{counts:?}");
    assert_eq!(counts.waiting + counts.dropped, 2_000);
    reporter.shutdown(ENOUGH).await;
    let newest = receiver.attempts().iter().any(|(_, batch)| String::from_utf8_lossy(&batch.body).contains("user0999"));
    assert!(newest);
    // One that is larger than all room is not kept either.
    let reporter = BatchReporter::start(Receiver::answering([]), settings);
    reporter.comparison(comparison(Value::String("x".repeat(5_000))));
    assert_eq!(reporter.counts(), BatchCounts { dropped: 1, ..BatchCounts::default() });
}

#[tokio::test(start_paused = true)]
async fn observations_do_not_wait_for_comparisons_and_a_batch_has_about_so_many_bytes() {
    let receiver = Receiver::answering([]);
    let settings = BatchSettings { bytes: 3_000, ..BatchSettings::default() };
    let reporter = BatchReporter::start(receiver.clone(), settings);
    (0..6).for_each(|_| reporter.comparison(comparison(Value::String("x".repeat(500)))));
    reporter.observation(observation(1));
    reporter.shutdown(ENOUGH).await;
    let attempts = receiver.attempts();
    assert!(attempts.iter().any(|(_, batch)| batch.kind == BatchKind::Observations && batch.items == 1));
    let comparisons: Vec<usize> = attempts
        .iter()
        .filter(|(_, batch)| batch.kind == BatchKind::Comparisons)
        .map(|(_, batch)| batch.items)
        .collect();
    assert!(comparisons.len() > 1 && comparisons.iter().sum::<usize>() == 6, "{comparisons:?}");
}
#[tokio::test(start_paused = true)]
async fn what_waits_is_sent_when_the_last_reporter_is_gone() {
    let receiver = Receiver::answering([]);
    let reporter = BatchReporter::start(receiver.clone(), BatchSettings::default());
    reporter.observation(observation(1));
    drop(reporter);
    advance(Duration::from_millis(1)).await;
    tokio::task::yield_now().await;
    assert_eq!(receiver.sizes(), [1]);
}
