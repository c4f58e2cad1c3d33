//! A store that something stands in the way of: it waits, fails or panics as it is told, and else does what the store
//! behind it does.

mod alerts;
mod consistency;
mod files;
mod instances;
mod notifications;
mod retention;
mod runbooks;
mod schema;
mod turns;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crossfade::domain::account::{Login, User, UserId};
use crossfade::domain::audit::Head;
use crossfade::domain::comparison::ComparisonCounts;
use crossfade::domain::comparison_rules::RulesVersion;
use crossfade::domain::difference::Difference;
use crossfade::domain::distinct_units::DistinctUnits;
use crossfade::domain::example::Example;
use crossfade::domain::feature::{Feature, FeatureId};
use crossfade::domain::feature_key::{FeatureKey, MigrationSlug};
use crossfade::domain::migration::{Migration, MigrationId};
use crossfade::domain::observation::Operation;
use crossfade::domain::origin::OriginCounts;
use crossfade::domain::path::Path;
use crossfade::domain::rollback::Rollback;
use crossfade::domain::rollout::{FrozenGate, RolloutChange};
use crossfade::domain::rollup::{ComparisonKey, ObservationKey, ObservationRollup, Source, UnitsKey};
use crossfade::domain::session::Session;
use crossfade::domain::sign_off::{SignOff, SignOffId};
use crossfade::domain::snapshot::{PolicyVersion, Snapshot};
use crossfade::domain::token::{ApiToken, TokenId};
use crossfade::server::store::{
    AuditQuery, AuditRow, Batch, Change, CommitError, Credentials, FieldHours, Ingested, LoginAttempt, LoginGate,
    NoiseTally, PoolStatus, Reach, RollbackQuery, RollupQuery, SecretDigest, Span, Store, StoreError, Timings,
};
use tokio::sync::Semaphore;

use crate::app::TestApp;

/// What stands in the way.
#[derive(Clone, Copy, Debug)]
pub enum Obstacle {
    /// Writes fail like this.
    Writes(fn() -> StoreError),
    /// Reads fail like this.
    Reads(fn() -> StoreError),
    /// Reads of what was counted fail like this.
    Rollups(fn() -> StoreError),
    /// Reads of what was counted never end.
    RollupsHang,
    /// Writes panic.
    WritesPanic,
    /// Reads panic.
    ReadsPanic,
}

/// A store with an obstacle that a test puts up and takes down.
pub struct Obstructed {
    store: Arc<dyn Store>,
    obstacle: Mutex<Option<Obstacle>>,
    /// One permit lets one ingest through.
    turnstile: Semaphore,
    waiting: AtomicUsize,
}

impl Obstructed {
    /// An application on a store of this kind, with features and nothing in the way.
    pub async fn app() -> (TestApp, Arc<Self>) {
        let mut obstructed = None;
        let app = TestApp::on(|store| {
            let turnstile = Semaphore::new(Semaphore::MAX_PERMITS);
            let store = Arc::new(Self { store, obstacle: Mutex::new(None), turnstile, waiting: AtomicUsize::new(0) });
            obstructed = Some(Arc::clone(&store));
            store
        })
        .await;
        app.create_features().await;
        (app, obstructed.unwrap())
    }

    pub fn put_up(&self, obstacle: Obstacle) {
        *self.obstacle.lock().unwrap() = Some(obstacle);
    }

    pub fn take_down(&self) {
        *self.obstacle.lock().unwrap() = None;
    }

    /// Lets no ingest through until [`Self::release`].
    pub fn hold(&self) {
        self.turnstile.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Lets everything through.
    pub fn release(&self) {
        self.turnstile.add_permits(Semaphore::MAX_PERMITS);
    }

    /// How many calls of ingest are held, or reads hang.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    fn obstacle(&self) -> Option<Obstacle> {
        *self.obstacle.lock().unwrap()
    }

    fn write(&self) -> Result<(), StoreError> {
        match self.obstacle() {
            Some(Obstacle::Writes(error)) => Err(error()),
            Some(Obstacle::WritesPanic) => panic!("a write panics: INSERT INTO secrets"),
            _ => Ok(()),
        }
    }

    async fn rollups(&self) -> Result<&dyn Store, StoreError> {
        match self.obstacle() {
            Some(Obstacle::Rollups(error)) => Err(error()),
            Some(Obstacle::RollupsHang) => {
                self.waiting.fetch_add(1, Ordering::SeqCst);
                std::future::pending().await
            }
            _ => self.read(),
        }
    }

    fn read(&self) -> Result<&dyn Store, StoreError> {
        match self.obstacle() {
            Some(Obstacle::Reads(error)) => Err(error()),
            Some(Obstacle::ReadsPanic) => panic!("a read panics: SELECT FROM secrets"),
            _ => Ok(self.store.as_ref()),
        }
    }
}

#[async_trait]
impl Store for Obstructed {
    async fn check(&self) -> Result<(), StoreError> {
        self.read()?.check().await
    }

    async fn migrations(&self) -> Result<Vec<Migration>, StoreError> {
        self.read()?.migrations().await
    }

    async fn migration(&self, slug: &MigrationSlug) -> Result<Option<Migration>, StoreError> {
        self.read()?.migration(slug).await
    }

    async fn features(&self) -> Result<Vec<Feature>, StoreError> {
        self.read()?.features().await
    }

    async fn feature(&self, key: &FeatureKey) -> Result<Option<(Migration, Feature)>, StoreError> {
        self.read()?.feature(key).await
    }

    async fn commit(&self, change: &Change) -> Result<(), CommitError> {
        self.write()?;
        self.store.commit(change).await
    }

    async fn ingest(&self, batches: &[Batch], now: DateTime<Utc>) -> Result<Ingested, StoreError> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _through = self.turnstile.acquire().await.unwrap();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        self.write()?;
        self.store.ingest(batches, now).await
    }

    async fn observations(&self, query: &RollupQuery) -> Result<Vec<(ObservationKey, ObservationRollup)>, StoreError> {
        self.rollups().await?.observations(query).await
    }

    async fn comparisons(&self, query: &RollupQuery) -> Result<Vec<(ComparisonKey, ComparisonCounts)>, StoreError> {
        self.rollups().await?.comparisons(query).await
    }

    async fn distinct_units(&self, query: &RollupQuery) -> Result<Vec<(UnitsKey, DistinctUnits)>, StoreError> {
        self.rollups().await?.distinct_units(query).await
    }

    async fn discrepancies(&self, query: &RollupQuery, limit: u32) -> Result<Vec<(Difference, u64)>, StoreError> {
        self.rollups().await?.discrepancies(query, limit).await
    }

    async fn field_hours(&self, feature: FeatureId, span: Span, limit: u32) -> Result<FieldHours, StoreError> {
        self.rollups().await?.field_hours(feature, span, limit).await
    }

    async fn noise(&self, feature: FeatureId, span: Span) -> Result<NoiseTally, StoreError> {
        self.rollups().await?.noise(feature, span).await
    }

    async fn examples(&self, feature: FeatureId) -> Result<Vec<Example>, StoreError> {
        self.rollups().await?.examples(feature).await
    }

    async fn error_kinds(&self, query: &RollupQuery, limit: u32) -> Result<Vec<(Operation, Path, u64)>, StoreError> {
        self.rollups().await?.error_kinds(query, limit).await
    }

    async fn origins(&self, span: Span) -> Result<Vec<(FeatureId, OriginCounts)>, StoreError> {
        self.rollups().await?.origins(span).await
    }

    async fn last_seen(&self) -> Result<Vec<(FeatureId, Source, DateTime<Utc>)>, StoreError> {
        self.read()?.last_seen().await
    }

    async fn operations(&self, feature: FeatureId) -> Result<Vec<Operation>, StoreError> {
        self.read()?.operations(feature).await
    }

    async fn snapshot(&self, key: &FeatureKey) -> Result<Option<Snapshot>, StoreError> {
        self.read()?.snapshot(key).await
    }

    async fn snapshots(&self) -> Result<Vec<Snapshot>, StoreError> {
        self.read()?.snapshots().await
    }

    async fn policies(&self, migration: MigrationId) -> Result<Vec<PolicyVersion>, StoreError> {
        self.read()?.policies(migration).await
    }

    async fn comparison_rules(&self, migration: MigrationId) -> Result<Vec<RulesVersion>, StoreError> {
        self.read()?.comparison_rules(migration).await
    }

    async fn rules_in_force(&self) -> Result<Vec<(MigrationId, RulesVersion)>, StoreError> {
        self.read()?.rules_in_force().await
    }

    async fn sign_offs(&self, feature: FeatureId, entry: Option<i64>) -> Result<Vec<SignOff>, StoreError> {
        self.read()?.sign_offs(feature, entry).await
    }

    async fn sign_off(&self, id: &SignOffId) -> Result<Option<(FeatureKey, SignOff)>, StoreError> {
        self.read()?.sign_off(id).await
    }

    async fn rollbacks(&self, query: &RollbackQuery) -> Result<Vec<Rollback>, StoreError> {
        self.read()?.rollbacks(query).await
    }

    async fn frozen_gates(
        &self,
        feature: FeatureId,
        limit: u32,
    ) -> Result<Vec<(RolloutChange, FrozenGate)>, StoreError> {
        self.read()?.frozen_gates(feature, limit).await
    }

    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.write()?;
        self.store.secret(name, fresh).await
    }

    async fn rollout_history(
        &self,
        feature: FeatureId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RolloutChange>, StoreError> {
        self.read()?.rollout_history(feature, before, limit).await
    }

    async fn audit_events(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        self.read()?.audit_events(query).await
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        self.read()?.audit_head().await
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.read()?.users().await
    }

    async fn credentials(&self, login: &Login) -> Result<Option<Credentials>, StoreError> {
        self.read()?.credentials(login).await
    }

    async fn begin_login(&self, attempt: &LoginAttempt, now: DateTime<Utc>) -> Result<LoginGate, StoreError> {
        self.write()?;
        self.store.begin_login(attempt, now).await
    }

    async fn forgive_login(&self, attempt: &LoginAttempt) -> Result<(), StoreError> {
        self.write()?;
        self.store.forgive_login(attempt).await
    }

    async fn start_session(&self, digest: &SecretDigest, user: UserId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write()?;
        self.store.start_session(digest, user, at).await
    }

    async fn session(&self, digest: &SecretDigest) -> Result<Option<Session>, StoreError> {
        self.read()?.session(digest).await
    }

    async fn note_session(&self, digest: &SecretDigest, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write()?;
        self.store.note_session(digest, at).await
    }

    async fn end_session(&self, digest: &SecretDigest) -> Result<(), StoreError> {
        self.write()?;
        self.store.end_session(digest).await
    }

    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        self.read()?.tokens().await
    }

    async fn token(&self, digest: &SecretDigest) -> Result<Option<ApiToken>, StoreError> {
        self.read()?.token(digest).await
    }

    async fn note_token(&self, token: TokenId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write()?;
        self.store.note_token(token, at).await
    }

    async fn put_setup_link(&self, digest: &SecretDigest, expires_at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write()?;
        self.store.put_setup_link(digest, expires_at).await
    }

    fn timings(&self) -> &Timings {
        self.store.timings()
    }

    fn reach(&self) -> &Reach {
        self.store.reach()
    }

    fn pool_status(&self) -> PoolStatus {
        self.store.pool_status()
    }

    async fn close(&self) {
        self.store.close().await;
    }
}
