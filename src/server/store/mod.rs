//! What is kept, and how it is asked for. Nothing above this trait knows which database is behind it.
//!
//! Reads are narrow; changes go through [`Store::commit`], data through [`Store::ingest`], each one transaction. Records of
//! files are a trait of their own, [`FileStore`], and so are what checks of them found, [`ConsistencyStore`], what features are
//! watched for, [`AlertStore`], to whom alerts are told, [`NotificationStore`], checklists, [`RunbookStore`], the schema
//! itself, [`SchemaStore`], removing what is no longer kept, [`RetentionStore`], what instances know of each other,
//! [`InstanceStore`], and what they do in turn, [`TurnStore`].

pub mod account;
pub mod alerts;
pub mod batch;
pub mod change;
pub mod consistency;
pub mod error;
pub mod file_lists;
pub mod files;
pub mod instances;
pub mod notifications;
pub mod postgres;
pub mod query;
pub mod reach;
pub mod retention;
pub mod runbooks;
pub mod schema;
pub mod schema_store;
pub mod sqlite;
pub mod timings;
pub mod turns;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use self::account::{Account, AccountWrite, Credentials, LoginAttempt, LoginGate, PasswordHash, SecretDigest};
pub use self::alerts::{AlertQuery, AlertStore, AlertWrite};
pub use self::batch::{Answer, Batch, BatchKey, Cumulative, Digest, Identified, Ingested, Item, Receipt, Rejection};
pub use self::change::{Change, ExamplesFate, Write};
pub use self::consistency::{ConsistencyStore, Effect, FindingQuery, Mending, OpenFindings};
pub use self::error::{CommitError, StoreError};
pub use self::file_lists::{FileListQuery, FileListStore, FileTotals, Holding, QueueLength, Sharing, SideTotals};
pub use self::files::{FileQuery, FileStore, FileTaskQuery, Holders, SideWrite, TaskWrite};
pub use self::instances::{InstanceStore, Telling};
pub use self::notifications::{Attempt, NotificationQuery, NotificationStore, NotificationWrite, TargetWrite};
pub use self::query::{
    AuditOrder, AuditQuery, AuditRow, FieldHours, NoiseTally, PoolStatus, RollbackQuery, RollupQuery, Span,
};
pub use self::reach::Reach;
pub use self::retention::RetentionStore;
pub use self::runbooks::{RunbookStore, RunbookWrite};
pub use self::schema_store::SchemaStore;
pub use self::timings::{OperationClass, Timings};
pub use self::turns::{StoreTurn, TurnStore};
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

/// A database behind Crossfade.
#[async_trait]
pub trait Store:
    FileStore
    + FileListStore
    + ConsistencyStore
    + AlertStore
    + NotificationStore
    + RunbookStore
    + SchemaStore
    + RetentionStore
    + InstanceStore
    + TurnStore
    + Send
    + Sync
    + 'static
{
    /// Whether the database answers and has the schema that this program expects.
    async fn check(&self) -> Result<(), StoreError>;

    /// All migrations, oldest first.
    async fn migrations(&self) -> Result<Vec<Migration>, StoreError>;

    /// The migration with this slug.
    async fn migration(&self, slug: &MigrationSlug) -> Result<Option<Migration>, StoreError>;

    /// All features of all migrations, oldest first.
    async fn features(&self) -> Result<Vec<Feature>, StoreError>;

    /// The feature with this key and its migration, as of one moment.
    async fn feature(&self, key: &FeatureKey) -> Result<Option<(Migration, Feature)>, StoreError>;

    /// The feature with this key, its migration and the policy in force, as of one moment.
    async fn snapshot(&self, key: &FeatureKey) -> Result<Option<Snapshot>, StoreError>;

    /// All features with their migrations and the policies in force, as of one moment, oldest first.
    async fn snapshots(&self) -> Result<Vec<Snapshot>, StoreError>;

    /// The versions of a migration's policy, newest first; the first is in force.
    async fn policies(&self, migration: MigrationId) -> Result<Vec<PolicyVersion>, StoreError>;

    /// The versions of a migration's comparison rules, newest first; the first is in force.
    async fn comparison_rules(&self, migration: MigrationId) -> Result<Vec<RulesVersion>, StoreError>;

    /// The comparison rules in force in every migration.
    async fn rules_in_force(&self) -> Result<Vec<(MigrationId, RulesVersion)>, StoreError>;

    /// The sign-offs of a feature, oldest first: of one entry into a stage, or of all.
    async fn sign_offs(&self, feature: FeatureId, entry: Option<i64>) -> Result<Vec<SignOff>, StoreError>;

    /// The sign-off of this name, with the feature's key.
    async fn sign_off(&self, id: &SignOffId) -> Result<Option<(FeatureKey, SignOff)>, StoreError>;

    /// Rollbacks, newest first.
    async fn rollbacks(&self, query: &RollbackQuery) -> Result<Vec<Rollback>, StoreError>;

    /// The gates that a feature passed or was taken past, newest first, at most `limit`.
    async fn frozen_gates(
        &self,
        feature: FeatureId,
        limit: u32,
    ) -> Result<Vec<(RolloutChange, FrozenGate)>, StoreError>;

    /// The secret of this name: what was kept before, or `fresh` from now on.
    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError>;

    /// Makes a change, all of it or nothing.
    async fn commit(&self, change: &Change) -> Result<(), CommitError>;

    /// Takes in batches in one transaction, all of them or none; it is durable when this returns.
    async fn ingest(&self, batches: &[Batch], now: DateTime<Utc>) -> Result<Ingested, StoreError>;

    /// Rollups of observations, by key; for hours the key's minute is the hour's first.
    async fn observations(&self, query: &RollupQuery) -> Result<Vec<(ObservationKey, ObservationRollup)>, StoreError>;

    /// Counts of comparisons, by key; for hours the key's minute is the hour's first.
    async fn comparisons(&self, query: &RollupQuery) -> Result<Vec<(ComparisonKey, ComparisonCounts)>, StoreError>;

    /// Sketches of distinct units per hour. The span is taken to whole hours; an operation in the query has no effect.
    async fn distinct_units(&self, query: &RollupQuery) -> Result<Vec<(UnitsKey, DistinctUnits)>, StoreError>;

    /// How often each difference came, summed over whole hours, most frequent first, at most `limit`.
    async fn discrepancies(&self, query: &RollupQuery, limit: u32) -> Result<Vec<(Difference, u64)>, StoreError>;

    /// How often each difference came in each whole hour of `span`, of the `limit` fields that differed most.
    async fn field_hours(&self, feature: FeatureId, span: Span, limit: u32) -> Result<FieldHours, StoreError>;

    /// What second legacy runs showed in the whole hours of `span`.
    async fn noise(&self, feature: FeatureId, span: Span) -> Result<NoiseTally, StoreError>;

    /// The examples that are kept of a feature's differences, newest first.
    async fn examples(&self, feature: FeatureId) -> Result<Vec<Example>, StoreError>;

    /// How often each kind of error came on each path, summed over whole hours, most frequent first, at most `limit`.
    async fn error_kinds(&self, query: &RollupQuery, limit: u32) -> Result<Vec<(Operation, Path, u64)>, StoreError>;

    /// How many observations and comparisons were not of callers, summed by feature.
    async fn origins(&self, span: Span) -> Result<Vec<(FeatureId, OriginCounts)>, StoreError>;

    /// The newest time seen of each source of each feature.
    async fn last_seen(&self) -> Result<Vec<(FeatureId, Source, DateTime<Utc>)>, StoreError>;

    /// Every operation seen of a feature while hours are kept, by name.
    async fn operations(&self, feature: FeatureId) -> Result<Vec<Operation>, StoreError>;

    /// A feature's rollout changes before the one with number `before`, newest first, at most `limit`.
    async fn rollout_history(
        &self,
        feature: FeatureId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RolloutChange>, StoreError>;

    /// Audit events that `query` asks for, each as it was recorded.
    async fn audit_events(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError>;

    /// Where the audit chain is recorded to end.
    async fn audit_head(&self) -> Result<Head, StoreError>;

    /// All users, by login.
    async fn users(&self) -> Result<Vec<User>, StoreError>;

    /// The user with this login and the hash of their password.
    async fn credentials(&self, login: &Login) -> Result<Option<Credentials>, StoreError>;

    /// Whether an attempt to sign in may be made at `now`. When it may, it counts as failed until it is forgiven.
    async fn begin_login(&self, attempt: &LoginAttempt, now: DateTime<Utc>) -> Result<LoginGate, StoreError>;

    /// Takes back what [`Store::begin_login`] counted: the attempt did not fail.
    async fn forgive_login(&self, attempt: &LoginAttempt) -> Result<(), StoreError>;

    /// Begins a session; those that are over make room.
    async fn start_session(&self, digest: &SecretDigest, user: UserId, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// The session with this digest, be it open or over, with its user as they are now.
    async fn session(&self, digest: &SecretDigest) -> Result<Option<Session>, StoreError>;

    /// Notes that a session was used.
    async fn note_session(&self, digest: &SecretDigest, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Ends a session, if it is there.
    async fn end_session(&self, digest: &SecretDigest) -> Result<(), StoreError>;

    /// All tokens, newest first, with their owners as they are now.
    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError>;

    /// The token with this digest, whether it works or not, with its owner as they are now.
    async fn token(&self, digest: &SecretDigest) -> Result<Option<ApiToken>, StoreError>;

    /// Notes that a token was used.
    async fn note_token(&self, token: TokenId, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Makes the link for the first admin, in place of the one before.
    async fn put_setup_link(&self, digest: &SecretDigest, expires_at: DateTime<Utc>) -> Result<(), StoreError>;

    /// How long it took for what it was asked.
    fn timings(&self) -> &Timings;

    /// Whether it answers. While it does not, nothing but [`Store::audit_head`] and what instances tell each other is asked.
    fn reach(&self) -> &Reach;

    /// How busy the connections are.
    fn pool_status(&self) -> PoolStatus;

    /// Ends all connections, after what is under way.
    async fn close(&self);
}
