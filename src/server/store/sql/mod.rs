//! What the store asks and writes. These sources are compiled twice, as a part of `sqlite` and of `postgres`, whose
//! `dialect` and `error` they use: their statements are valid in both databases and mean the same in both. What cannot be
//! written so is in the dialect.
//!
//! For that, places are `$1`, sums are cast to `BIGINT`, what is added to in `DO UPDATE` names its table, and switches are
//! booleans.

mod accounts;
mod alerts;
mod audit;
mod catalog;
mod changes;
mod comparisons;
mod connections;
mod consistency;
mod create;
mod discrepancies;
mod files;
mod ingest;
mod instances;
mod notifications;
mod operations;
mod read;
mod retention;
mod rollbacks;
mod rollout;
mod rollups;
mod rows;
mod runbooks;
mod series;
mod tallies;
mod turns;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub(super) use self::connections::is_current;
use self::dialect::{Pool, Turns};
use super::open::MIGRATIONS;
use super::{dialect, error, sizes};
use crate::domain::account::{Login, User, UserId};
use crate::domain::audit::Head;
use crate::domain::comparison::ComparisonCounts;
use crate::domain::comparison_rules::RulesVersion;
use crate::domain::difference::Difference;
use crate::domain::distinct_units::DistinctUnits;
use crate::domain::example::Example;
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::migration::{Migration, MigrationId};
use crate::domain::observation::Operation;
use crate::domain::origin::OriginCounts;
use crate::domain::path::Path;
use crate::domain::rollback::Rollback;
use crate::domain::rollout::{FrozenGate, RolloutChange};
use crate::domain::rollup::{ComparisonKey, ObservationKey, ObservationRollup, Source, UnitsKey};
use crate::domain::session::Session;
use crate::domain::sign_off::{SignOff, SignOffId};
use crate::domain::snapshot::{PolicyVersion, Snapshot};
use crate::domain::token::{ApiToken, TokenId};
use crate::server::store::account::{Credentials, LoginAttempt, LoginGate, SecretDigest};
use crate::server::store::{
    AuditQuery, AuditRow, Batch, Change, CommitError, FieldHours, Ingested, NoiseTally, OperationClass, PoolStatus,
    Reach, RollbackQuery, RollupQuery, Span, Store, StoreError, Timings,
};

/// The store on one database.
#[derive(Debug)]
pub struct SqlStore {
    pub(super) writer: Pool,
    pub(super) readers: Pool,
    /// For what must not wait for others: who is there and who leads.
    pub(super) beats: Pool,
    /// For the look at whether it answers and what was changed: whoever is busy reading must not make it seem to be away.
    pub(super) looks: Pool,
    turns: Turns,
    timings: Timings,
}

#[async_trait]
impl Store for SqlStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.timings.of(OperationClass::Read, read::check(&self.readers, &MIGRATIONS)).await
    }

    async fn migrations(&self) -> Result<Vec<Migration>, StoreError> {
        self.timings.of(OperationClass::Read, catalog::migrations(&self.readers)).await
    }

    async fn migration(&self, slug: &MigrationSlug) -> Result<Option<Migration>, StoreError> {
        self.timings.of(OperationClass::Read, catalog::migration(&self.readers, slug)).await
    }

    async fn features(&self) -> Result<Vec<Feature>, StoreError> {
        self.timings.of(OperationClass::Read, catalog::features(&self.readers)).await
    }

    async fn feature(&self, key: &FeatureKey) -> Result<Option<(Migration, Feature)>, StoreError> {
        self.timings.of(OperationClass::Read, catalog::feature(&self.readers, key)).await
    }

    async fn snapshot(&self, key: &FeatureKey) -> Result<Option<Snapshot>, StoreError> {
        self.timings.of(OperationClass::Read, rollout::snapshot(&self.readers, key)).await
    }

    async fn snapshots(&self) -> Result<Vec<Snapshot>, StoreError> {
        self.timings.of(OperationClass::Read, rollout::snapshots(&self.readers)).await
    }

    async fn policies(&self, migration: MigrationId) -> Result<Vec<PolicyVersion>, StoreError> {
        self.timings.of(OperationClass::Read, rollout::policies(&self.readers, migration)).await
    }

    async fn comparison_rules(&self, migration: MigrationId) -> Result<Vec<RulesVersion>, StoreError> {
        self.timings.of(OperationClass::Read, comparisons::rules(&self.readers, migration)).await
    }

    async fn rules_in_force(&self) -> Result<Vec<(MigrationId, RulesVersion)>, StoreError> {
        self.timings.of(OperationClass::Read, comparisons::rules_in_force(&self.readers)).await
    }

    async fn sign_offs(&self, feature: FeatureId, entry: Option<i64>) -> Result<Vec<SignOff>, StoreError> {
        self.timings.of(OperationClass::Read, rollout::sign_offs(&self.readers, feature, entry)).await
    }

    async fn sign_off(&self, id: &SignOffId) -> Result<Option<(FeatureKey, SignOff)>, StoreError> {
        self.timings.of(OperationClass::Read, rollout::sign_off(&self.readers, id)).await
    }

    async fn rollbacks(&self, query: &RollbackQuery) -> Result<Vec<Rollback>, StoreError> {
        self.timings.of(OperationClass::Read, rollbacks::read(&self.readers, query)).await
    }

    async fn frozen_gates(
        &self,
        feature: FeatureId,
        limit: u32,
    ) -> Result<Vec<(RolloutChange, FrozenGate)>, StoreError> {
        self.timings.of(OperationClass::Read, rollout::frozen_gates(&self.readers, feature, limit)).await
    }

    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.timings.of(OperationClass::Change, rollout::secret(&self.writer, name, fresh)).await
    }

    async fn commit(&self, change: &Change) -> Result<(), CommitError> {
        let committed = self.timings.of(OperationClass::Change, changes::commit(&self.writer, change)).await;
        if let Err(CommitError::Store(StoreError::ReadOnly)) = &committed {
            self.give_up_writer().await;
        }
        committed
    }

    async fn ingest(&self, batches: &[Batch], now: DateTime<Utc>) -> Result<Ingested, StoreError> {
        self.written(self.timings.of(OperationClass::Ingest, ingest::ingest(&self.writer, batches, now)).await).await
    }

    async fn observations(&self, query: &RollupQuery) -> Result<Vec<(ObservationKey, ObservationRollup)>, StoreError> {
        self.timings.of(OperationClass::Read, read::observations(&self.readers, query)).await
    }

    async fn comparisons(&self, query: &RollupQuery) -> Result<Vec<(ComparisonKey, ComparisonCounts)>, StoreError> {
        self.timings.of(OperationClass::Read, read::comparisons(&self.readers, query)).await
    }

    async fn distinct_units(&self, query: &RollupQuery) -> Result<Vec<(UnitsKey, DistinctUnits)>, StoreError> {
        self.timings.of(OperationClass::Read, read::distinct_units(&self.readers, query)).await
    }

    async fn discrepancies(&self, query: &RollupQuery, limit: u32) -> Result<Vec<(Difference, u64)>, StoreError> {
        self.timings.of(OperationClass::Read, read::discrepancies(&self.readers, query, limit)).await
    }

    async fn field_hours(&self, feature: FeatureId, span: Span, limit: u32) -> Result<FieldHours, StoreError> {
        self.timings.of(OperationClass::Read, discrepancies::field_hours(&self.readers, feature, span, limit)).await
    }

    async fn noise(&self, feature: FeatureId, span: Span) -> Result<NoiseTally, StoreError> {
        self.timings.of(OperationClass::Read, discrepancies::noise(&self.readers, feature, span)).await
    }

    async fn examples(&self, feature: FeatureId) -> Result<Vec<Example>, StoreError> {
        self.timings.of(OperationClass::Read, discrepancies::examples(&self.readers, feature)).await
    }

    async fn error_kinds(&self, query: &RollupQuery, limit: u32) -> Result<Vec<(Operation, Path, u64)>, StoreError> {
        self.timings.of(OperationClass::Read, read::error_kinds(&self.readers, query, limit)).await
    }

    async fn origins(&self, span: Span) -> Result<Vec<(FeatureId, OriginCounts)>, StoreError> {
        self.timings.of(OperationClass::Read, read::origins(&self.readers, span)).await
    }

    async fn last_seen(&self) -> Result<Vec<(FeatureId, Source, DateTime<Utc>)>, StoreError> {
        self.timings.of(OperationClass::Read, read::last_seen(&self.readers)).await
    }

    async fn operations(&self, feature: FeatureId) -> Result<Vec<Operation>, StoreError> {
        self.timings.of(OperationClass::Read, operations::operations(&self.readers, feature)).await
    }

    async fn rollout_history(
        &self,
        feature: FeatureId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RolloutChange>, StoreError> {
        self.timings.of(OperationClass::Read, catalog::rollout_history(&self.readers, feature, before, limit)).await
    }

    async fn audit_events(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        self.timings.of(OperationClass::Read, audit::events(&self.readers, query)).await
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        self.timings.always(OperationClass::Read, audit::head(&self.looks)).await
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.timings.of(OperationClass::Read, accounts::users(&self.readers)).await
    }

    async fn credentials(&self, login: &Login) -> Result<Option<Credentials>, StoreError> {
        self.timings.of(OperationClass::Read, accounts::credentials(&self.readers, login)).await
    }

    async fn begin_login(&self, attempt: &LoginAttempt, now: DateTime<Utc>) -> Result<LoginGate, StoreError> {
        self.written(self.timings.of(OperationClass::Change, accounts::begin_login(&self.writer, attempt, now)).await)
            .await
    }

    async fn forgive_login(&self, attempt: &LoginAttempt) -> Result<(), StoreError> {
        self.written(self.timings.of(OperationClass::Change, accounts::forgive_login(&self.writer, attempt)).await)
            .await
    }

    async fn start_session(&self, digest: &SecretDigest, user: UserId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.written(
            self.timings.of(OperationClass::Change, accounts::start_session(&self.writer, digest, user, at)).await,
        )
        .await
    }

    async fn session(&self, digest: &SecretDigest) -> Result<Option<Session>, StoreError> {
        self.timings.of(OperationClass::Read, accounts::session(&self.readers, digest)).await
    }

    async fn note_session(&self, digest: &SecretDigest, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.written(self.timings.of(OperationClass::Change, accounts::note_session(&self.writer, digest, at)).await)
            .await
    }

    async fn end_session(&self, digest: &SecretDigest) -> Result<(), StoreError> {
        self.written(self.timings.of(OperationClass::Change, accounts::end_session(&self.writer, digest)).await).await
    }

    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        self.timings.of(OperationClass::Read, accounts::tokens(&self.readers)).await
    }

    async fn token(&self, digest: &SecretDigest) -> Result<Option<ApiToken>, StoreError> {
        self.timings.of(OperationClass::Read, accounts::token(&self.readers, digest)).await
    }

    async fn note_token(&self, token: TokenId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.written(self.timings.of(OperationClass::Change, accounts::note_token(&self.writer, token, at)).await).await
    }

    async fn put_setup_link(&self, digest: &SecretDigest, expires_at: DateTime<Utc>) -> Result<(), StoreError> {
        self.written(
            self.timings.of(OperationClass::Change, accounts::put_setup_link(&self.writer, digest, expires_at)).await,
        )
        .await
    }

    fn timings(&self) -> &Timings {
        &self.timings
    }

    fn reach(&self) -> &Reach {
        self.timings.reach()
    }

    fn pool_status(&self) -> PoolStatus {
        let busy = |pool: &Pool| pool.size() - u32::try_from(pool.num_idle()).unwrap_or(pool.size()).min(pool.size());
        let size = |pool: &Pool| pool.options().get_max_connections();
        PoolStatus { in_use: busy(&self.writer) + busy(&self.readers), size: size(&self.writer) + size(&self.readers) }
    }

    async fn close(&self) {
        // Those that only read go first: who writes is the last one, and on SQLite empties the log.
        self.readers.close().await;
        self.looks.close().await;
        self.beats.close().await;
        self.turns.close().await;
        self.writer.close().await;
    }
}
