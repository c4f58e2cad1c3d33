//! The task that sends: a batch when it is full or due, again and again until it is settled. Not the way it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::queue::{Queue, Weight};
use super::transport::{Batch, BatchKind, SendError, Transport};
use super::{BatchCounts, BatchSettings};
use crate::facade::sampler::{Even, Sampler as _};

pub(super) struct Sending<T, X> {
    kind: BatchKind,
    transport: Arc<X>,
    queue: Arc<Queue<T>>,
    settings: BatchSettings,
    keys: Keys,
    /// Spreads the attempts of many programs.
    spread: Even,
}

impl<T: Weight + Serialize + Send, X: Transport> Sending<T, X> {
    pub fn new(kind: BatchKind, transport: Arc<X>, queue: Arc<Queue<T>>, settings: BatchSettings) -> Self {
        Self { kind, transport, queue, settings, keys: Keys::default(), spread: Even::default() }
    }

    /// Sends until `closing` is set or its sender is gone, and then what is left.
    pub async fn run(self, mut closing: watch::Receiver<bool>) {
        let mut due = interval(self.settings.interval);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let closed = tokio::select! {
                _ = due.tick() => false,
                () = self.queue.full() => false,
                _ = closing.wait_for(|closing| *closing) => true,
            };
            loop {
                let items = self.queue.take();
                if items.is_empty() {
                    break;
                }
                self.settle(items).await;
            }
            if closed {
                return;
            }
        }
    }

    async fn settle(&self, items: Vec<T>) {
        let count = items.len() as u64;
        let batch = match serde_json::to_vec(&items) {
            Ok(body) => Batch { kind: self.kind, key: self.keys.next(), body, items: items.len() },
            Err(error) => {
                tracing::error!(kind = self.kind.as_str(), %error, "reports could not be written as JSON");
                return self.queue.settle(BatchCounts { dropped: count, ..BatchCounts::default() });
            }
        };
        drop(items);
        self.queue.settle(self.send(&batch).await);
    }

    async fn send(&self, batch: &Batch) -> BatchCounts {
        let (kind, count) = (self.kind.as_str(), batch.items as u64);
        let mut wait = self.settings.first_wait;
        for attempt in 1..=self.settings.attempts.max(1) {
            match self.transport.send(batch).await {
                Ok(sent) => {
                    if let Some(detail) = sent.detail {
                        tracing::warn!(kind, refused = sent.refused, detail, "reports were refused");
                    }
                    let refused = sent.refused.min(count);
                    return BatchCounts { sent: count - refused, refused, ..BatchCounts::default() };
                }
                Err(SendError::Refused(reason)) => {
                    tracing::error!(kind, items = count, reason, "a batch of reports was refused");
                    return BatchCounts { refused: count, ..BatchCounts::default() };
                }
                Err(SendError::Later { reason, after }) => {
                    tracing::warn!(kind, items = count, attempt, reason, "a batch of reports could not be sent yet");
                    if attempt < self.settings.attempts {
                        sleep(after.unwrap_or_default().max(self.spread(wait))).await;
                        wait = wait.saturating_mul(2).min(self.settings.longest_wait);
                    }
                }
            }
        }
        BatchCounts { dropped: count, ..BatchCounts::default() }
    }

    /// Half of `wait` to all of it.
    fn spread(&self, wait: Duration) -> Duration {
        wait.mul_f64(0.5 + self.spread.draw() / 2.0)
    }
}

/// Keys that no other batch has.
struct Keys {
    program: String,
    next: AtomicU64,
}

impl Default for Keys {
    fn default() -> Self {
        let random = || getrandom::u64().unwrap_or_default();
        Self { program: format!("{:016x}{:016x}", random(), random()), next: AtomicU64::new(1) }
    }
}

impl Keys {
    fn next(&self) -> String {
        format!("{}-{}", self.program, self.next.fetch_add(1, Ordering::Relaxed))
    }
}
