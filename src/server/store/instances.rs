//! What instances that run on the same data know of each other: who is there, who does the timed work, and that something
//! was changed.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::StoreError;
use crate::domain::instance::{Instance, InstanceId};
use crate::domain::lease::{Claim, Lease};

/// Whether a database tells by itself that something was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// It does.
    Tells,
    /// It has to be asked.
    Silent,
}

/// Instances on the same data.
#[async_trait]
pub trait InstanceStore {
    /// The lease of timed work.
    async fn lease(&self) -> Result<Lease, StoreError>;

    /// Writes the lease if it is still what was expected; whether it was. It is durable when this returns.
    async fn claim_lease(&self, claim: &Claim) -> Result<bool, StoreError>;

    /// All instances that told of themselves and were not forgotten, by the time of their start.
    async fn instances(&self) -> Result<Vec<Instance>, StoreError>;

    /// Keeps what an instance tells of itself.
    async fn note_instance(&self, instance: &Instance) -> Result<(), StoreError>;

    /// Forgets an instance that ends.
    async fn remove_instance(&self, id: &InstanceId) -> Result<(), StoreError>;

    /// Forgets instances that told nothing since `before`; how many.
    async fn forget_instances(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Whether [`InstanceStore::listen`] hears anything.
    fn telling(&self) -> Telling;

    /// Notes in `changed` whenever anyone commits a change, from when this is first waited for until the connection ends,
    /// which is an error. Returns at once where the database tells nothing.
    async fn listen(&self, changed: &Notify) -> Result<(), StoreError>;
}
