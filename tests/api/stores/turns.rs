//! Turns behind an obstacle.

use async_trait::async_trait;
use crossfade::server::store::{StoreError, StoreTurn, TurnStore};

use super::Obstructed;

#[async_trait]
impl TurnStore for Obstructed {
    async fn take_turn(&self, name: &str) -> Result<Option<StoreTurn>, StoreError> {
        self.read()?.take_turn(name).await
    }

    async fn check_turn(&self, turn: &StoreTurn) -> Result<(), StoreError> {
        self.read()?.check_turn(turn).await
    }
}
