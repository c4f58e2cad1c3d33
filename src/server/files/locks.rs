//! One at a time, by name: what is done to a file, and what is done to an object that files may share. Within this
//! program only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

type Lock = Arc<tokio::sync::Mutex<()>>;

/// Locks that are there while somebody holds them or waits for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks(Arc<Mutex<HashMap<String, Lock>>>);

/// Somebody's turn.
#[derive(Debug)]
pub(super) struct Turn {
    guard: Option<OwnedMutexGuard<()>>,
    name: String,
    locks: Locks,
}

impl Locks {
    /// Waits for a turn with what is called `name`.
    pub async fn wait(&self, name: String) -> Turn {
        let lock = self.lock(&name);
        Turn { guard: Some(lock.lock_owned().await), name, locks: self.clone() }
    }

    /// A turn, if nobody else has it.
    pub fn at_once(&self, name: String) -> Option<Turn> {
        let guard = self.lock(&name).try_lock_owned().ok()?;
        Some(Turn { guard: Some(guard), name, locks: self.clone() })
    }

    fn lock(&self, name: &str) -> Lock {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut locks = self.locks.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever waits has a copy of it, which can be made under this lock only.
        if locks.get(&self.name).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            locks.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_is_one_turn_at_a_time_and_is_forgotten_after_the_last() {
        let locks = Locks::default();
        let first = locks.wait("a".to_owned()).await;
        assert!(locks.at_once("a".to_owned()).is_none());
        let other = locks.at_once("b".to_owned()).unwrap();
        let waiting = tokio::spawn({
            let locks = locks.clone();
            async move { locks.wait("a".to_owned()).await }
        });
        tokio::task::yield_now().await;
        drop(first);
        drop(waiting.await.unwrap());
        drop(other);
        assert!(locks.0.lock().unwrap().is_empty());
    }
}
