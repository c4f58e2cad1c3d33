//! The schema behind an obstacle.

use async_trait::async_trait;
use crossfade::server::store::schema::audit::Audit;
use crossfade::server::store::{SchemaStore, StoreError};

use super::Obstructed;

#[async_trait]
impl SchemaStore for Obstructed {
    async fn audit_schema(&self) -> Result<Audit, StoreError> {
        self.read()?.audit_schema().await
    }
}
