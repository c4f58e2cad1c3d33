//! Turns: what programs on the same data do one at a time although the store does not do it, as writing an object of a side
//! of the file service. Not for what a transaction keeps apart by itself, nor between tasks of one program.

use std::any::Any;
use std::fmt;

use async_trait::async_trait;

use super::StoreError;

/// A turn that was given. It is over when it is dropped, or when the store loses what it was given on: every write that
/// names it finds that out, and so does [`TurnStore::check_turn`].
pub struct StoreTurn {
    /// What it is known by where it was given; nothing where there is one program only.
    pub(super) lock: Option<TurnLock>,
    /// Gives it back when it is dropped.
    pub(super) _held: Option<Box<dyn Any + Send + Sync>>,
}

/// A lock, and who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TurnLock {
    pub key: i64,
    /// The session on the server that holds it.
    pub session: i32,
}

impl fmt::Debug for StoreTurn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StoreTurn").field("lock", &self.lock).finish_non_exhaustive()
    }
}

/// Turns among programs.
#[async_trait]
pub trait TurnStore {
    /// A turn with what is called `name`, unless another program has it.
    async fn take_turn(&self, name: &str) -> Result<Option<StoreTurn>, StoreError>;

    /// Whether it is still this program's turn; [`StoreError::TurnLost`] when it is not.
    async fn check_turn(&self, turn: &StoreTurn) -> Result<(), StoreError>;
}
