//! One run of one side: measured, with its panic caught. Not who is told of it.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use serde_json::Value;
use tokio::time::Instant;

use super::injected;
use super::operation::{Failure, Fault, Operation};
use super::report::Side;
use crate::domain::observation::{Operation as Word, Outcome};

/// How a run ended.
pub(super) enum Ended<T, E> {
    Answered(T),
    Failed(E, Failure),
    Panicked(Box<dyn Any + Send>),
}

/// A run that ended.
pub(super) struct Attempt<T, E> {
    pub ended: Ended<T, E>,
    pub latency_ms: f64,
    /// Whether a fault was put into it.
    pub injected: bool,
}

/// Waits for `work`, which `operation` does, from now on.
pub(super) async fn attempt<O: Operation>(
    operation: &O,
    work: impl Future<Output = Result<O::Response, O::Error>>,
) -> Attempt<O::Response, O::Error> {
    let started = Instant::now();
    let judged = async {
        match work.await {
            Ok(response) => Ended::Answered(response),
            Err(error) => {
                let failure = operation.classify(&error);
                Ended::Failed(error, failure)
            }
        }
    };
    // What the implementation shares with other calls is its own to keep whole.
    let (ended, injected) = injected::watch(AssertUnwindSafe(judged).catch_unwind()).await;
    Attempt { ended: ended.unwrap_or_else(Ended::Panicked), latency_ms: ms_since(started), injected }
}

/// How long ago that was.
pub(super) fn ms_since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1_000.0
}

impl<T, E> Attempt<T, E> {
    /// How it counts.
    pub fn outcome(&self) -> Outcome {
        match &self.ended {
            Ended::Answered(_) => Outcome::Ok,
            Ended::Failed(_, Failure { fault: Fault::Caller, .. }) => Outcome::CallerError,
            Ended::Failed(..) | Ended::Panicked(_) => Outcome::Error,
        }
    }

    /// The word for what went wrong.
    pub fn error_kind(&self) -> Option<Word> {
        match &self.ended {
            Ended::Answered(_) => None,
            Ended::Failed(_, failure) => error_kind(&failure.kind, self.injected),
            Ended::Panicked(_) => error_kind("panicked", self.injected),
        }
    }

    /// What is compared of it, its response being `result`.
    pub fn side(&self, result: Value) -> Side {
        Side { outcome: self.outcome(), latency_ms: self.latency_ms, result, error_kind: self.error_kind() }
    }
}

/// `kind` as a word that can be counted: on one line and not too long. One of an injected fault says so.
pub(super) fn error_kind(kind: &str, injected: bool) -> Option<Word> {
    const MARK: &str = "injected ";
    let mark = if injected && !kind.starts_with(MARK) { MARK } else { "" };
    let printable = kind.chars().map(|character| if character.is_control() { ' ' } else { character });
    let word: String = mark.chars().chain(printable).take(Word::MAX_CHARS).collect();
    Word::parse(&word).or_else(|_| Word::parse("error")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_kind_of_error_becomes_a_word_that_can_be_counted() {
        for (kind, injected, expected) in [
            ("timeout", false, "timeout"),
            ("timeout", true, "injected timeout"),
            ("injected delay", true, "injected delay"),
            ("two\nlines", false, "two lines"),
            ("", false, "error"),
            (" \n", false, "error"),
            (&"ü".repeat(100), false, &"ü".repeat(64)),
        ] {
            assert_eq!(error_kind(kind, injected).unwrap().as_str(), expected, "{kind:?}");
        }
    }
}
