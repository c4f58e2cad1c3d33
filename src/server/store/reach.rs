//! Whether the store answers, as it was found at the last look for changes. Who is away is not asked by anybody: that would
//! keep each of them waiting for what is known already. Who was asking when that was found out waits no longer.
//!
//! Who looks is [`crate::server::events`], on a connection of its own, so that a store that is only busy does not count as
//! away.

use std::sync::Arc;

use tokio::sync::watch;

use super::StoreError;

/// Whether the store answers; cheap to clone.
#[derive(Clone, Debug)]
pub struct Reach(Arc<watch::Sender<bool>>);

impl Default for Reach {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Reach {
    /// Whether it did not answer when it was last looked for changes.
    pub fn is_away(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when it is found not to answer.
    pub async fn lost(&self) {
        // The sender is here, so that this ends only when it is so.
        let _ = self.0.subscribe().wait_for(|is_away| *is_away).await;
    }

    /// Notes what came of a look. Only a store that does not answer is away: what it answers wrongly is told by whoever asks.
    pub fn note<T>(&self, looked: &Result<T, StoreError>) {
        let is_away = matches!(looked, Err(StoreError::Unavailable(_)));
        let changed = self.0.send_if_modified(|was_away| std::mem::replace(was_away, is_away) != is_away);
        if changed && is_away {
            tracing::warn!("the store does not answer: decisions go on, changes and batches are refused");
        } else if changed {
            tracing::info!("the store answers again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_told_when_it_is_found_to_be_away() {
        let reach = Reach::default();
        assert!(!reach.is_away());
        let lost = tokio::spawn({
            let reach = reach.clone();
            async move { reach.lost().await }
        });
        reach.note(&Err::<(), _>(StoreError::Full));
        tokio::task::yield_now().await;
        assert!(!lost.is_finished() && !reach.is_away(), "what it answers is an answer");
        reach.note(&Err::<(), _>(StoreError::silent()));
        lost.await.unwrap();
        assert!(reach.is_away());
        reach.note(&Ok(()));
        assert!(!reach.is_away());
    }
}
