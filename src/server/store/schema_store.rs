//! The schema of the database that the store is on.

use async_trait::async_trait;

use super::StoreError;
use super::schema::SchemaError;
use super::schema::audit::Audit;

/// Where the schema has drifted.
#[async_trait]
pub trait SchemaStore {
    /// Holds what is there against what the migrations make, on a connection of its own. Not to be asked often: it makes the
    /// whole schema on a scratch database.
    async fn audit_schema(&self) -> Result<Audit, StoreError>;
}

/// What stood in the way, as the store says it.
pub(super) fn as_of_store(error: SchemaError) -> StoreError {
    match error {
        SchemaError::Store(error) => error,
        other => StoreError::Schema(other.to_string()),
    }
}
