//! Turns among programs on the same data, as the database gives them.

use async_trait::async_trait;

use super::SqlStore;
use super::dialect::check_turn;
use crate::server::store::{OperationClass, StoreError, StoreTurn, TurnStore};

#[async_trait]
impl TurnStore for SqlStore {
    async fn take_turn(&self, name: &str) -> Result<Option<StoreTurn>, StoreError> {
        self.turns.take(name).await
    }

    async fn check_turn(&self, turn: &StoreTurn) -> Result<(), StoreError> {
        self.timings.of(OperationClass::Read, check_turn(&self.readers, turn)).await
    }
}
