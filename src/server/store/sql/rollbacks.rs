//! Rollbacks: their rows and their way to and from the domain.

use super::changes::{json, one};
use super::dialect::{Connection, Pool};
use super::error::{from_sqlx, is_unique_violation};
use super::rows::{actor, corrupt, document, moment};
use crate::domain::feature::FeatureId;
use crate::domain::migration::MigrationId;
use crate::domain::reason::Reason;
use crate::domain::rollback::{Progress, Rollback, RollbackId, RollbackKind, Scope};
use crate::server::store::{CommitError, RollbackQuery, StoreError};

pub(super) async fn read(pool: &Pool, query: &RollbackQuery) -> Result<Vec<Rollback>, StoreError> {
    const SELECT: &str = "SELECT rollbacks.*, migrations.slug AS slug, features.key AS key FROM rollbacks
         LEFT JOIN migrations ON migrations.id = rollbacks.migration_id
         LEFT JOIN features ON features.id = rollbacks.feature_id";
    const NEWEST: &str = "ORDER BY rollbacks.at DESC, rollbacks.id DESC";
    let sql = |rest: &str| sqlx::AssertSqlSafe(format!("{SELECT} {rest}"));
    let rows: Vec<RollbackRow> = match query {
        RollbackQuery::Newest { limit } => {
            sqlx::query_as(sql(&format!("{NEWEST} LIMIT $1"))).bind(i64::from(*limit)).fetch_all(pool).await
        }
        RollbackQuery::Open => {
            let open = format!("WHERE rollbacks.progress IN ('stepping', 'in_effect') {NEWEST}");
            sqlx::query_as(sql(&open)).fetch_all(pool).await
        }
        RollbackQuery::One(id) => sqlx::query_as(sql("WHERE rollbacks.id = $1")).bind(&id.0).fetch_all(pool).await,
    }
    .map_err(from_sqlx)?;
    rows.into_iter().map(Rollback::try_from).collect()
}

pub(super) async fn open(connection: &mut Connection, rollback: &Rollback) -> Result<(), CommitError> {
    let (migration, feature) = match &rollback.scope {
        Scope::Feature(id, _) => (None, Some(id.0)),
        Scope::Migration(id, _) => (Some(id.0), None),
        Scope::Everything => (None, None),
    };
    let plan = match &rollback.kind {
        RollbackKind::Gradual(plan) => Some(json(plan)?),
        RollbackKind::Feature | RollbackKind::Emergency => None,
    };
    let columns = ProgressColumns::of(&rollback.progress);
    sqlx::query(
        "INSERT INTO rollbacks (id, kind, migration_id, feature_id, plan, covered, at, actor, reason, progress, in_effect_at,
             verified_at, ended_at, ended_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&rollback.id.0)
    .bind(rollback.kind.as_str())
    .bind(migration)
    .bind(feature)
    .bind(plan)
    .bind(json(&rollback.covered)?)
    .bind(rollback.at.timestamp_millis())
    .bind(rollback.actor.as_str())
    .bind(rollback.reason.as_str())
    .bind(columns.word)
    .bind(columns.in_effect_at)
    .bind(columns.verified_at)
    .bind(columns.ended_at)
    .bind(columns.ended_by)
    .execute(connection)
    .await
    .map_err(|error| {
        if is_unique_violation(&error) {
            CommitError::Stale { what: "the feature's gradual rollback".to_owned() }
        } else {
            from_sqlx(error).into()
        }
    })?;
    Ok(())
}

pub(super) async fn set_progress(
    connection: &mut Connection,
    rollback: &RollbackId,
    expected: &Progress,
    now: &Progress,
) -> Result<(), CommitError> {
    let columns = ProgressColumns::of(now);
    let updated = sqlx::query(
        "UPDATE rollbacks SET progress = $1, in_effect_at = coalesce($2, in_effect_at), verified_at = $3, ended_at = $4,
             ended_by = $5
         WHERE id = $6 AND progress = $7",
    )
    .bind(columns.word)
    .bind(columns.in_effect_at)
    .bind(columns.verified_at)
    .bind(columns.ended_at)
    .bind(columns.ended_by)
    .bind(&rollback.0)
    .bind(ProgressColumns::of(expected).word)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    one(&updated, || format!("rollback {}", rollback.0))
}

/// [`Progress`] as the columns have it.
struct ProgressColumns<'a> {
    word: &'static str,
    in_effect_at: Option<i64>,
    verified_at: Option<i64>,
    ended_at: Option<i64>,
    ended_by: Option<&'a str>,
}

impl<'a> ProgressColumns<'a> {
    fn of(progress: &'a Progress) -> Self {
        let none = Self { word: "stepping", in_effect_at: None, verified_at: None, ended_at: None, ended_by: None };
        match progress {
            Progress::Stepping => none,
            Progress::InEffect { since } => {
                Self { word: "in_effect", in_effect_at: Some(since.timestamp_millis()), ..none }
            }
            Progress::Verified { since, at } => Self {
                word: "verified",
                in_effect_at: Some(since.timestamp_millis()),
                verified_at: Some(at.timestamp_millis()),
                ..none
            },
            Progress::Cancelled { at, by } => {
                Self { word: "cancelled", ended_at: Some(at.timestamp_millis()), ended_by: Some(by.as_str()), ..none }
            }
            Progress::PreEmpted { at } => Self { word: "pre_empted", ended_at: Some(at.timestamp_millis()), ..none },
        }
    }
}

#[derive(sqlx::FromRow)]
struct RollbackRow {
    id: String,
    kind: String,
    migration_id: Option<i64>,
    slug: Option<String>,
    feature_id: Option<i64>,
    key: Option<String>,
    plan: Option<String>,
    covered: String,
    at: i64,
    actor: String,
    reason: String,
    progress: String,
    in_effect_at: Option<i64>,
    verified_at: Option<i64>,
    ended_at: Option<i64>,
    ended_by: Option<String>,
}

const ROLLBACKS: &str = "rollbacks";

impl TryFrom<RollbackRow> for Rollback {
    type Error = StoreError;

    fn try_from(row: RollbackRow) -> Result<Self, StoreError> {
        let kind = match (row.kind.as_str(), &row.plan) {
            ("feature", None) => RollbackKind::Feature,
            ("emergency", None) => RollbackKind::Emergency,
            ("gradual", Some(plan)) => RollbackKind::Gradual(document(ROLLBACKS, "plan", plan)?),
            _ => return Err(corrupt(ROLLBACKS, "kind", &row.kind)),
        };
        let scope = match (row.feature_id, &row.key, row.migration_id, &row.slug) {
            (Some(id), Some(key), _, _) => {
                Scope::Feature(FeatureId(id), key.parse().map_err(|error| corrupt("features", "key", error))?)
            }
            (None, _, Some(id), Some(slug)) => {
                Scope::Migration(MigrationId(id), slug.parse().map_err(|error| corrupt("migrations", "slug", error))?)
            }
            _ => Scope::Everything,
        };
        Ok(Self {
            progress: progress(&row)?,
            id: RollbackId(row.id),
            scope,
            kind,
            covered: document(ROLLBACKS, "covered", &row.covered)?,
            at: moment(ROLLBACKS, "at", row.at)?,
            actor: actor(ROLLBACKS, "actor", &row.actor)?,
            reason: Reason::parse(&row.reason).map_err(|error| corrupt(ROLLBACKS, "reason", error))?,
        })
    }
}

fn progress(row: &RollbackRow) -> Result<Progress, StoreError> {
    let at = |column: &'static str, value: Option<i64>| {
        moment(ROLLBACKS, column, value.ok_or_else(|| corrupt(ROLLBACKS, column, "missing"))?)
    };
    match row.progress.as_str() {
        "stepping" => Ok(Progress::Stepping),
        "in_effect" => Ok(Progress::InEffect { since: at("in_effect_at", row.in_effect_at)? }),
        "verified" => Ok(Progress::Verified {
            since: at("in_effect_at", row.in_effect_at)?,
            at: at("verified_at", row.verified_at)?,
        }),
        "cancelled" => Ok(Progress::Cancelled {
            at: at("ended_at", row.ended_at)?,
            by: actor(ROLLBACKS, "ended_by", row.ended_by.as_deref().unwrap_or_default())?,
        }),
        "pre_empted" => Ok(Progress::PreEmpted { at: at("ended_at", row.ended_at)? }),
        other => Err(corrupt(ROLLBACKS, "progress", other)),
    }
}
