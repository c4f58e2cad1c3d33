//! Whether the store answers, as it was found at the last look for changes. Who is away is not asked by every request: that
//! would keep each of them waiting for what is known already.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::store::StoreError;

/// Whether the store answers; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Reach(Arc<AtomicBool>);

impl Reach {
    /// Whether it did not answer when it was last looked for changes.
    pub fn is_away(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Notes what came of a look. Only a store that does not answer is away: what it answers wrongly is told by whoever asks.
    pub fn note<T>(&self, looked: &Result<T, StoreError>) {
        let is_away = matches!(looked, Err(StoreError::Unavailable(_)));
        if self.0.swap(is_away, Ordering::AcqRel) != is_away {
            if is_away {
                tracing::warn!("the store does not answer: decisions go on, changes and batches are refused");
            } else {
                tracing::info!("the store answers again");
            }
        }
    }
}
