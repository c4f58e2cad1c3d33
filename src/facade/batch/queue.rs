//! Reports that wait to be sent: within a set amount of memory, oldest first, and counted whatever becomes of them.

use std::collections::VecDeque;
use std::mem::size_of;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::Notify;

use super::{BatchCounts, BatchSettings};
use crate::facade::report::{Compared, ComparisonReport, ObservationReport, Side};

/// Something that takes memory.
pub(super) trait Weight {
    /// About how many bytes.
    fn weight(&self) -> usize;
}

/// A queue in front of one sending task.
pub(super) struct Queue<T> {
    settings: BatchSettings,
    state: Mutex<State<T>>,
    /// Told when there is a whole batch.
    full: Notify,
}

struct State<T> {
    waiting: VecDeque<(usize, T)>,
    bytes: usize,
    /// Taken and not yet settled.
    under_way: u64,
    counts: BatchCounts,
}

impl<T: Weight> Queue<T> {
    pub fn new(settings: BatchSettings) -> Self {
        let counts = BatchCounts::default();
        let state = State { waiting: VecDeque::new(), bytes: 0, under_way: 0, counts };
        Self { settings, state: Mutex::new(state), full: Notify::new() }
    }

    /// Adds one, in place of the oldest where there is no room.
    pub fn push(&self, item: T) {
        let weight = item.weight();
        let mut state = self.lock();
        state.bytes += weight;
        state.waiting.push_back((weight, item));
        while state.bytes > self.settings.kept_bytes {
            let Some((weight, _)) = state.waiting.pop_front() else { break };
            state.bytes -= weight;
            state.counts.dropped += 1;
            if state.counts.dropped.is_power_of_two() {
                tracing::warn!(dropped = state.counts.dropped, "reports pile up, and the oldest are dropped");
            }
        }
        let full = state.waiting.len() >= self.settings.items || state.bytes >= self.settings.bytes;
        drop(state);
        if full {
            self.full.notify_one();
        }
    }

    /// Comes back when there is a whole batch.
    pub async fn full(&self) {
        self.full.notified().await;
    }

    /// The oldest, as many as make a batch; none when nothing waits. They count as waiting until they are settled.
    pub fn take(&self) -> Vec<T> {
        let mut state = self.lock();
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while taken.len() < self.settings.items
            && state
                .waiting
                .front()
                .is_some_and(|(weight, _)| taken.is_empty() || bytes + weight <= self.settings.bytes)
        {
            let Some((weight, item)) = state.waiting.pop_front() else { break };
            state.bytes -= weight;
            bytes += weight;
            taken.push(item);
        }
        state.under_way += taken.len() as u64;
        taken
    }

    /// Says what became of as many as were taken.
    pub fn settle(&self, fate: BatchCounts) {
        let mut state = self.lock();
        let settled = fate.sent + fate.refused + fate.dropped;
        state.under_way = state.under_way.saturating_sub(settled);
        state.counts.sent += fate.sent;
        state.counts.refused += fate.refused;
        state.counts.dropped += fate.dropped;
    }

    /// Drops everything, and says how many that were.
    pub fn clear(&self) -> u64 {
        let mut state = self.lock();
        let left = state.waiting.len() as u64 + state.under_way;
        (state.bytes, state.under_way) = (0, 0);
        state.waiting.clear();
        state.counts.dropped += left;
        left
    }

    pub fn counts(&self) -> BatchCounts {
        let state = self.lock();
        BatchCounts { waiting: state.waiting.len() as u64 + state.under_way, ..state.counts }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Weight for ObservationReport {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.feature.as_str().len() + self.unit.as_ref().map_or(0, String::len)
    }
}

impl Weight for ComparisonReport {
    fn weight(&self) -> usize {
        let compared = match &self.compared {
            Compared::Sides { legacy, candidate, legacy_again } => {
                side(legacy) + side(candidate) + legacy_again.as_ref().map_or(0, side)
            }
            Compared::Judged { differences, .. } => {
                differences.iter().map(|difference| 40 + difference.field.as_str().len()).sum()
            }
        };
        size_of::<Self>() + self.feature.as_str().len() + compared
    }
}

fn side(side: &Side) -> usize {
    json(&side.result)
}

fn json(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(json).sum(),
            Value::Object(members) => members.iter().map(|(name, value)| 24 + name.len() + json(value)).sum(),
        }
}
