//! Reading what was decided: policies, sign-offs, and the gates that were frozen with a change.

use super::catalog::{FEATURES, feature_row};
use super::dialect::{self, Connection, Pool};
use super::error::from_sqlx;
use super::rows::{FeatureRow, MigrationRow, RolloutChangeRow, actor, corrupt, document, moment};
use crate::domain::author::Author;
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::feature_key::FeatureKey;
use crate::domain::migration::{Migration, MigrationId};
use crate::domain::rollout::{FrozenGate, RolloutChange};
use crate::domain::sign_off::{Capacity, Decision, SignOff, SignOffId};
use crate::domain::snapshot::{PolicyVersion, Snapshot};
use crate::server::store::StoreError;

pub(super) async fn snapshot(pool: &Pool, key: &FeatureKey) -> Result<Option<Snapshot>, StoreError> {
    let mut reading = dialect::begin_reading(pool).await?;
    let Some(feature) = feature_row(&mut reading, key).await? else { return Ok(None) };
    let row: Option<MigrationRow> = sqlx::query_as("SELECT * FROM migrations WHERE id = $1")
        .bind(feature.migration.0)
        .fetch_optional(&mut *reading)
        .await
        .map_err(from_sqlx)?;
    let migration: Migration =
        row.ok_or_else(|| corrupt("features", "migration_id", "no such migration"))?.try_into()?;
    let policy = in_force(&mut reading, migration.id).await?;
    Ok(Some(Snapshot { migration, feature, policy }))
}

pub(super) async fn snapshots(pool: &Pool) -> Result<Vec<Snapshot>, StoreError> {
    let mut reading = dialect::begin_reading(pool).await?;
    let sql = sqlx::AssertSqlSafe(format!("{FEATURES} ORDER BY features.id"));
    let features: Vec<FeatureRow> = sqlx::query_as(sql).fetch_all(&mut *reading).await.map_err(from_sqlx)?;
    let migrations: Vec<MigrationRow> =
        sqlx::query_as("SELECT * FROM migrations").fetch_all(&mut *reading).await.map_err(from_sqlx)?;
    let mut known = Vec::new();
    for row in migrations {
        let migration = Migration::try_from(row)?;
        let policy = in_force(&mut reading, migration.id).await?;
        known.push((migration, policy));
    }
    features
        .into_iter()
        .map(|row| {
            let feature = Feature::try_from(row)?;
            let of = known.iter().find(|(migration, _)| migration.id == feature.migration);
            let (migration, policy) = of.ok_or_else(|| corrupt("features", "migration_id", "no such migration"))?;
            Ok(Snapshot { migration: migration.clone(), feature, policy: policy.clone() })
        })
        .collect()
}

pub(super) async fn policies(pool: &Pool, migration: MigrationId) -> Result<Vec<PolicyVersion>, StoreError> {
    let rows: Vec<PolicyRow> = sqlx::query_as("SELECT * FROM policies WHERE migration_id = $1 ORDER BY version DESC")
        .bind(migration.0)
        .fetch_all(pool)
        .await
        .map_err(from_sqlx)?;
    rows.into_iter().map(PolicyVersion::try_from).collect()
}

async fn in_force(connection: &mut Connection, migration: MigrationId) -> Result<PolicyVersion, StoreError> {
    let row: Option<PolicyRow> =
        sqlx::query_as("SELECT * FROM policies WHERE migration_id = $1 ORDER BY version DESC LIMIT 1")
            .bind(migration.0)
            .fetch_optional(connection)
            .await
            .map_err(from_sqlx)?;
    row.ok_or_else(|| corrupt("policies", "version", "a migration has no policy"))?.try_into()
}

pub(super) async fn sign_offs(pool: &Pool, feature: FeatureId, entry: Option<i64>) -> Result<Vec<SignOff>, StoreError> {
    let rows: Vec<SignOffRow> =
        sqlx::query_as("SELECT * FROM sign_offs WHERE feature_id = $1 AND ($2 IS NULL OR entry = $3) ORDER BY at, id")
            .bind(feature.0)
            .bind(entry)
            .bind(entry)
            .fetch_all(pool)
            .await
            .map_err(from_sqlx)?;
    rows.into_iter().map(SignOff::try_from).collect()
}

pub(super) async fn sign_off(pool: &Pool, id: &SignOffId) -> Result<Option<(FeatureKey, SignOff)>, StoreError> {
    let mut reading = dialect::begin_reading(pool).await?;
    let row: Option<SignOffRow> = sqlx::query_as("SELECT * FROM sign_offs WHERE id = $1")
        .bind(&id.0)
        .fetch_optional(&mut *reading)
        .await
        .map_err(from_sqlx)?;
    let Some(sign_off) = row.map(SignOff::try_from).transpose()? else { return Ok(None) };
    let key: String = sqlx::query_scalar("SELECT key FROM features WHERE id = $1")
        .bind(sign_off.feature.0)
        .fetch_one(&mut *reading)
        .await
        .map_err(from_sqlx)?;
    let key = key.parse().map_err(|error| corrupt("features", "key", error))?;
    Ok(Some((key, sign_off)))
}

pub(super) async fn frozen_gates(
    pool: &Pool,
    feature: FeatureId,
    limit: u32,
) -> Result<Vec<(RolloutChange, FrozenGate)>, StoreError> {
    let rows: Vec<FrozenRow> = sqlx::query_as(
        "SELECT *, evidence IS NOT NULL AS has_evidence FROM rollout_changes
         WHERE feature_id = $1 AND evidence IS NOT NULL ORDER BY id DESC LIMIT $2",
    )
    .bind(feature.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    rows.into_iter()
        .map(|row| {
            let report = document("rollout_changes", "report", &row.report)?;
            let evidence = document("rollout_changes", "evidence", &row.evidence)?;
            Ok((row.change.try_into()?, FrozenGate { report, evidence }))
        })
        .collect()
}

pub(super) async fn secret(pool: &Pool, name: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
    // An update that changes nothing makes the row come back, whoever wrote it first.
    sqlx::query_scalar(
        "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = secrets.value RETURNING value",
    )
    .bind(name)
    .bind(fresh)
    .fetch_one(pool)
    .await
    .map_err(from_sqlx)
}

#[derive(sqlx::FromRow)]
struct PolicyRow {
    version: i64,
    document: String,
    at: i64,
    actor: String,
    reason: String,
}

impl TryFrom<PolicyRow> for PolicyVersion {
    type Error = StoreError;

    fn try_from(row: PolicyRow) -> Result<Self, StoreError> {
        const TABLE: &str = "policies";
        Ok(Self {
            version: row.version,
            policy: document(TABLE, "document", &row.document)?,
            at: moment(TABLE, "at", row.at)?,
            actor: actor(TABLE, "actor", &row.actor)?,
            reason: row.reason,
        })
    }
}

#[derive(sqlx::FromRow)]
struct SignOffRow {
    id: String,
    feature_id: i64,
    entry: i64,
    decision: String,
    capacity: String,
    reviewer: String,
    person: String,
    comment: String,
    tool: Option<String>,
    report: String,
    report_digest: String,
    evidence: String,
    at: i64,
}

impl TryFrom<SignOffRow> for SignOff {
    type Error = StoreError;

    fn try_from(row: SignOffRow) -> Result<Self, StoreError> {
        const TABLE: &str = "sign_offs";
        Ok(Self {
            id: SignOffId(row.id),
            feature: FeatureId(row.feature_id),
            entry: row.entry,
            decision: Decision::from_word(&row.decision).ok_or_else(|| corrupt(TABLE, "decision", &row.decision))?,
            capacity: Capacity::from_word(&row.capacity).ok_or_else(|| corrupt(TABLE, "capacity", &row.capacity))?,
            author: Author {
                actor: actor(TABLE, "reviewer", &row.reviewer)?,
                person: actor(TABLE, "person", &row.person)?,
            },
            comment: row.comment,
            tool: row.tool.as_deref().map(|tool| document(TABLE, "tool", tool)).transpose()?,
            report: document(TABLE, "report", &row.report)?,
            report_digest: row.report_digest,
            evidence: document(TABLE, "evidence", &row.evidence)?,
            at: moment(TABLE, "at", row.at)?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct FrozenRow {
    #[sqlx(flatten)]
    change: RolloutChangeRow,
    report: String,
    evidence: String,
}
