//! Asking the rollups. Tables are entered by feature, so that a page's cost follows the span it shows and not the
//! history behind it.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::migrate::{Migrate, Migrator};

use super::dialect::Pool;
use super::error::{from_migrate, from_sqlx};
use super::rows::{corrupt, count, moment, path, source};
use crate::domain::comparison::ComparisonCounts;
use crate::domain::difference::{Difference, DifferenceKind, FieldPath};
use crate::domain::distinct_units::DistinctUnits;
use crate::domain::feature::FeatureId;
use crate::domain::latency::LatencyHistogram;
use crate::domain::observation::Operation;
use crate::domain::origin::OriginCounts;
use crate::domain::path::Path;
use crate::domain::rollup::{ComparisonKey, Minute, ObservationKey, ObservationRollup, Source, UnitsKey};
use crate::server::store::{RollupQuery, Span, StoreError};

/// `SELECT … FROM` a rollup table, feature by feature: `CROSS JOIN` keeps SQLite from scanning the table by itself.
macro_rules! select {
    ($columns:literal, $table:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM features f CROSS JOIN ",
            $table,
            " t
             WHERE t.feature_id = f.id AND ($1 IS NULL OR f.id = $1) AND t.start >= $2 AND t.start < $3"
        )
    };
    ($columns:literal, $table:literal, by operation) => {
        concat!(select!($columns, $table), " AND ($4 IS NULL OR t.operation = $4)")
    };
    ($columns:literal, $table:literal, $rest:literal) => {
        concat!(select!($columns, $table, by operation), " ", $rest)
    };
}

pub(super) async fn check(pool: &Pool, migrations: &Migrator) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await.map_err(from_sqlx)?;
    let applied = connection.list_applied_migrations(&migrations.table_name).await.map_err(from_migrate)?;
    let current = migrations
        .iter()
        .all(|expected| applied.iter().any(|it| it.version == expected.version && it.checksum == expected.checksum));
    if current && applied.len() == migrations.iter().count() {
        Ok(())
    } else {
        Err(StoreError::Schema(format!("{} of {} migrations are applied", applied.len(), migrations.iter().count())))
    }
}

#[derive(FromRow)]
struct ObservationRow {
    feature_id: i64,
    start: i64,
    operation: String,
    path: String,
    ok: i64,
    errors: i64,
    caller_errors: i64,
    fallbacks: i64,
    latency: Vec<u8>,
}

pub(super) async fn observations(
    pool: &Pool,
    query: &RollupQuery,
) -> Result<Vec<(ObservationKey, ObservationRollup)>, StoreError> {
    let (table, statement) = match query.span {
        Span::Minutes { .. } => ("observation_minutes", select!("t.*", "observation_minutes", by operation)),
        Span::Hours { .. } => ("observation_hours", select!("t.*", "observation_hours", by operation)),
    };
    let (from, to) = query.span.bounds();
    let rows: Vec<ObservationRow> = sqlx::query_as(statement)
        .bind(query.feature.map(|feature| feature.0))
        .bind(from)
        .bind(to)
        .bind(query.operation.as_ref().map(Operation::as_str))
        .fetch_all(pool)
        .await
        .map_err(from_sqlx)?;
    rows.into_iter()
        .map(|row| {
            let key = ObservationKey {
                feature: FeatureId(row.feature_id),
                minute: Minute(row.start),
                operation: operation(table, row.operation)?,
                path: path(table, &row.path)?,
            };
            let rollup = ObservationRollup {
                ok: count(table, "ok", row.ok)?,
                errors: count(table, "errors", row.errors)?,
                caller_errors: count(table, "caller_errors", row.caller_errors)?,
                fallbacks: count(table, "fallbacks", row.fallbacks)?,
                latency: LatencyHistogram::from_bytes(&row.latency)
                    .map_err(|error| corrupt(table, "latency", error))?,
            };
            Ok((key, rollup))
        })
        .collect()
}

#[derive(FromRow)]
struct ComparisonRow {
    feature_id: i64,
    start: i64,
    operation: String,
    matches: i64,
    mismatches: i64,
    candidate_failed: i64,
    legacy_failed: i64,
    both_failed: i64,
    comparator_errors: i64,
}

pub(super) async fn comparisons(
    pool: &Pool,
    query: &RollupQuery,
) -> Result<Vec<(ComparisonKey, ComparisonCounts)>, StoreError> {
    let (table, statement) = match query.span {
        Span::Minutes { .. } => ("comparison_minutes", select!("t.*", "comparison_minutes", by operation)),
        Span::Hours { .. } => ("comparison_hours", select!("t.*", "comparison_hours", by operation)),
    };
    let (from, to) = query.span.bounds();
    let rows: Vec<ComparisonRow> = sqlx::query_as(statement)
        .bind(query.feature.map(|feature| feature.0))
        .bind(from)
        .bind(to)
        .bind(query.operation.as_ref().map(Operation::as_str))
        .fetch_all(pool)
        .await
        .map_err(from_sqlx)?;
    rows.into_iter()
        .map(|row| {
            let key = ComparisonKey {
                feature: FeatureId(row.feature_id),
                minute: Minute(row.start),
                operation: operation(table, row.operation)?,
            };
            let counts = ComparisonCounts {
                matches: count(table, "matches", row.matches)?,
                mismatches: count(table, "mismatches", row.mismatches)?,
                candidate_failed: count(table, "candidate_failed", row.candidate_failed)?,
                legacy_failed: count(table, "legacy_failed", row.legacy_failed)?,
                both_failed: count(table, "both_failed", row.both_failed)?,
                comparator_errors: count(table, "comparator_errors", row.comparator_errors)?,
            };
            Ok((key, counts))
        })
        .collect()
}

pub(super) async fn distinct_units(
    pool: &Pool,
    query: &RollupQuery,
) -> Result<Vec<(UnitsKey, DistinctUnits)>, StoreError> {
    let (from, to) = query.span.hour_bounds();
    let rows: Vec<(i64, i64, String, Vec<u8>)> =
        sqlx::query_as(select!("t.feature_id, t.start, t.path, t.sketch", "unit_hours"))
            .bind(query.feature.map(|feature| feature.0))
            .bind(from)
            .bind(to)
            .fetch_all(pool)
            .await
            .map_err(from_sqlx)?;
    rows.into_iter()
        .map(|(feature, start, on, sketch)| {
            let key =
                UnitsKey { feature: FeatureId(feature), hour: Minute(start).hour(), path: path("unit_hours", &on)? };
            let units = DistinctUnits::from_bytes(&sketch).map_err(|error| corrupt("unit_hours", "sketch", error))?;
            Ok((key, units))
        })
        .collect()
}

pub(super) async fn discrepancies(
    pool: &Pool,
    query: &RollupQuery,
    limit: u32,
) -> Result<Vec<(Difference, u64)>, StoreError> {
    const TABLE: &str = "discrepancy_hours";
    let (from, to) = query.span.hour_bounds();
    let rows: Vec<(String, String, i64)> = sqlx::query_as(select!(
        "t.field, t.kind, CAST(sum(t.count) AS BIGINT) AS total",
        "discrepancy_hours",
        "GROUP BY t.field, t.kind ORDER BY total DESC, t.field, t.kind LIMIT $5"
    ))
    .bind(query.feature.map(|feature| feature.0))
    .bind(from)
    .bind(to)
    .bind(query.operation.as_ref().map(Operation::as_str))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    rows.into_iter()
        .map(|(field, kind, total)| {
            let kind = DifferenceKind::from_word(&kind).ok_or_else(|| corrupt(TABLE, "kind", kind))?;
            Ok((Difference { field: FieldPath::new(&field), kind }, count(TABLE, "count", total)?))
        })
        .collect()
}

pub(super) async fn origins(pool: &Pool, span: Span) -> Result<Vec<(FeatureId, OriginCounts)>, StoreError> {
    const TABLE: &str = "origin_minutes";
    let (from, to) = span.bounds();
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
        "SELECT t.feature_id, CAST(sum(t.driven) AS BIGINT), CAST(sum(t.injected) AS BIGINT)
         FROM features f CROSS JOIN origin_minutes t WHERE t.feature_id = f.id AND t.start >= $1 AND t.start < $2
         GROUP BY t.feature_id ORDER BY t.feature_id",
    )
    .bind(from)
    .bind(to)
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    rows.into_iter()
        .map(|(feature, driven, injected)| {
            let (driven, injected) = (count(TABLE, "driven", driven)?, count(TABLE, "injected", injected)?);
            Ok((FeatureId(feature), OriginCounts { driven, injected }))
        })
        .collect()
}

pub(super) async fn error_kinds(
    pool: &Pool,
    query: &RollupQuery,
    limit: u32,
) -> Result<Vec<(Operation, Path, u64)>, StoreError> {
    const TABLE: &str = "error_kind_hours";
    let (from, to) = query.span.hour_bounds();
    let rows: Vec<(String, String, i64)> = sqlx::query_as(select!(
        "t.kind, t.path, CAST(sum(t.count) AS BIGINT) AS total",
        "error_kind_hours",
        "GROUP BY t.kind, t.path ORDER BY total DESC, t.kind, t.path LIMIT $5"
    ))
    .bind(query.feature.map(|feature| feature.0))
    .bind(from)
    .bind(to)
    .bind(query.operation.as_ref().map(Operation::as_str))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    rows.into_iter()
        .map(|(kind, on, total)| {
            let kind = Operation::try_from(kind).map_err(|error| corrupt(TABLE, "kind", error))?;
            Ok((kind, path(TABLE, &on)?, count(TABLE, "count", total)?))
        })
        .collect()
}

pub(super) async fn last_seen(pool: &Pool) -> Result<Vec<(FeatureId, Source, DateTime<Utc>)>, StoreError> {
    let rows: Vec<(i64, String, i64)> =
        sqlx::query_as("SELECT feature_id, source, at FROM last_seen").fetch_all(pool).await.map_err(from_sqlx)?;
    rows.into_iter()
        .map(|(feature, from, at)| Ok((FeatureId(feature), source(&from)?, moment("last_seen", "at", at)?)))
        .collect()
}

pub(super) fn operation(table: &'static str, text: String) -> Result<Operation, StoreError> {
    Operation::try_from(text).map_err(|error| corrupt(table, "operation", error))
}
