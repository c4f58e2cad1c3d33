//! Instances behind an obstacle.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crossfade::domain::instance::{Instance, InstanceId};
use crossfade::domain::lease::{Claim, Lease};
use crossfade::server::store::{InstanceStore, StoreError, Telling};
use tokio::sync::Notify;

use super::Obstructed;

#[async_trait]
impl InstanceStore for Obstructed {
    async fn lease(&self) -> Result<Lease, StoreError> {
        self.read()?.lease().await
    }

    async fn claim_lease(&self, claim: &Claim) -> Result<bool, StoreError> {
        self.write()?;
        self.store.claim_lease(claim).await
    }

    async fn instances(&self) -> Result<Vec<Instance>, StoreError> {
        self.read()?.instances().await
    }

    async fn note_instance(&self, instance: &Instance) -> Result<(), StoreError> {
        self.write()?;
        self.store.note_instance(instance).await
    }

    async fn remove_instance(&self, id: &InstanceId) -> Result<(), StoreError> {
        self.write()?;
        self.store.remove_instance(id).await
    }

    async fn forget_instances(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.write()?;
        self.store.forget_instances(before).await
    }

    fn telling(&self) -> Telling {
        self.store.telling()
    }

    async fn listen(&self, changed: &Notify) -> Result<(), StoreError> {
        self.store.listen(changed).await
    }
}
