//! One at a time, by name: what is done to a file, and what is done to an object that files may share. First among the tasks
//! of this program, then among all programs on the same store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::sleep;

use crate::server::store::{Store, StoreError, StoreTurn};

/// The first wait until a turn that another program has is asked for again; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(5);

/// The longest wait until it is asked for again.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

type Lock = Arc<tokio::sync::Mutex<()>>;

/// Turns among all programs on one store; cheap to clone.
#[derive(Clone)]
pub(super) struct Turns {
    here: Locks,
    store: Arc<dyn Store>,
}

/// Somebody's turn.
#[derive(Debug)]
pub(super) struct Turn {
    // Given back in this order: whoever waits here may be given the store's once more before it is back.
    store: StoreTurn,
    _here: LocalTurn,
}

impl Turns {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { here: Locks::default(), store }
    }

    /// Waits for a turn with what is called `name`.
    pub async fn wait(&self, name: String) -> Result<Turn, StoreError> {
        let here = self.here.wait(name).await;
        let mut pause = FIRST_WAIT;
        loop {
            if let Some(store) = self.store.take_turn(&here.name).await? {
                return Ok(Turn { store, _here: here });
            }
            sleep(pause).await;
            pause = LONGEST_WAIT.min(pause * 2);
        }
    }

    /// A turn, if nobody else has it.
    pub async fn at_once(&self, name: String) -> Result<Option<Turn>, StoreError> {
        let Some(here) = self.here.at_once(name) else { return Ok(None) };
        let taken = self.store.take_turn(&here.name).await?;
        Ok(taken.map(|store| Turn { store, _here: here }))
    }
}

impl Turn {
    /// What the store knows of it.
    pub const fn store(&self) -> &StoreTurn {
        &self.store
    }
}

/// Locks of this program, that are there while somebody holds them or waits for them.
#[derive(Clone, Debug, Default)]
struct Locks(Arc<Mutex<HashMap<String, Lock>>>);

/// Somebody's turn in this program.
#[derive(Debug)]
struct LocalTurn {
    guard: Option<OwnedMutexGuard<()>>,
    name: String,
    locks: Locks,
}

impl Locks {
    /// Waits for a turn with what is called `name`.
    async fn wait(&self, name: String) -> LocalTurn {
        let lock = self.lock(&name);
        LocalTurn { guard: Some(lock.lock_owned().await), name, locks: self.clone() }
    }

    /// A turn, if nobody else has it.
    fn at_once(&self, name: String) -> Option<LocalTurn> {
        let guard = self.lock(&name).try_lock_owned().ok()?;
        Some(LocalTurn { guard: Some(guard), name, locks: self.clone() })
    }

    fn lock(&self, name: &str) -> Lock {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default())
    }
}

impl Drop for LocalTurn {
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
