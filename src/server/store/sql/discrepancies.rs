//! Asking for what differed: by hour, beside second legacy runs, and by example.

use sqlx::FromRow;

use super::dialect::{self, Pool};
use super::error::from_sqlx;
use super::rows::{corrupt, count, moment};
use crate::domain::difference::{Difference, DifferenceKind, FieldPath};
use crate::domain::example::{Example, Sides};
use crate::domain::feature::FeatureId;
use crate::domain::noise::NoiseCounts;
use crate::domain::observation::Operation;
use crate::domain::rollup::{Hour, Minute};
use crate::server::store::{FieldHours, NoiseTally, Span, StoreError};

pub(super) async fn field_hours(
    pool: &Pool,
    feature: FeatureId,
    span: Span,
    limit: u32,
) -> Result<FieldHours, StoreError> {
    const TABLE: &str = "discrepancy_hours";
    let (from, to) = span.hour_bounds();
    let mut snapshot = dialect::begin_reading(pool).await?;
    let fields: i64 = sqlx::query_scalar(
        "SELECT count(DISTINCT field) FROM discrepancy_hours WHERE feature_id = $1 AND start >= $2 AND start < $3",
    )
    .bind(feature.0)
    .bind(from)
    .bind(to)
    .fetch_one(&mut *snapshot)
    .await
    .map_err(from_sqlx)?;
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT field, kind, start, CAST(sum(count) AS BIGINT) FROM discrepancy_hours
         WHERE feature_id = $1 AND start >= $2 AND start < $3 AND field IN (
             SELECT field FROM discrepancy_hours WHERE feature_id = $1 AND start >= $2 AND start < $3
             GROUP BY field ORDER BY sum(count) DESC, field LIMIT $4)
         GROUP BY field, kind, start ORDER BY field, kind, start",
    )
    .bind(feature.0)
    .bind(from)
    .bind(to)
    .bind(i64::from(limit))
    .fetch_all(&mut *snapshot)
    .await
    .map_err(from_sqlx)?;
    let counts = rows.into_iter().map(|(field, kind, start, total)| {
        let difference = Difference { field: FieldPath::new(&field), kind: kind_of(TABLE, &kind)? };
        Ok((difference, Minute(start).hour(), count(TABLE, "count", total)?))
    });
    Ok(FieldHours {
        fields: count(TABLE, "field", fields)?,
        counts: counts.collect::<Result<Vec<(Difference, Hour, u64)>, StoreError>>()?,
    })
}

pub(super) async fn noise(pool: &Pool, feature: FeatureId, span: Span) -> Result<NoiseTally, StoreError> {
    const TABLE: &str = "noise_hours";
    let (from, to) = span.hour_bounds();
    let mut snapshot = dialect::begin_reading(pool).await?;
    let runs: i64 = sqlx::query_scalar(
        "SELECT CAST(coalesce(sum(runs), 0) AS BIGINT) FROM second_run_hours WHERE feature_id = $1 AND start >= $2 AND start < $3",
    )
    .bind(feature.0)
    .bind(from)
    .bind(to)
    .fetch_one(&mut *snapshot)
    .await
    .map_err(from_sqlx)?;
    let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(
        "SELECT field, CAST(sum(candidate_only) AS BIGINT), CAST(sum(second_only) AS BIGINT), CAST(sum(\"both\") AS BIGINT)
         FROM noise_hours
         WHERE feature_id = $1 AND start >= $2 AND start < $3 GROUP BY field ORDER BY field",
    )
    .bind(feature.0)
    .bind(from)
    .bind(to)
    .fetch_all(&mut *snapshot)
    .await
    .map_err(from_sqlx)?;
    let fields = rows.into_iter().map(|(field, candidate_only, second_only, both)| {
        let counts = NoiseCounts {
            candidate_only: count(TABLE, "candidate_only", candidate_only)?,
            second_only: count(TABLE, "second_only", second_only)?,
            both: count(TABLE, "both", both)?,
        };
        Ok((FieldPath::new(&field), counts))
    });
    Ok(NoiseTally {
        second_runs: count("second_run_hours", "runs", runs)?,
        fields: fields.collect::<Result<_, StoreError>>()?,
    })
}

#[derive(FromRow)]
struct ExampleRow {
    field: String,
    kind: String,
    at: i64,
    operation: String,
    rules_version: i64,
    legacy: Option<String>,
    candidate: Option<String>,
    legacy_result: Option<String>,
    candidate_result: Option<String>,
}

pub(super) async fn examples(pool: &Pool, feature: FeatureId) -> Result<Vec<Example>, StoreError> {
    const TABLE: &str = "discrepancy_examples";
    let rows: Vec<ExampleRow> =
        sqlx::query_as("SELECT * FROM discrepancy_examples WHERE feature_id = $1 ORDER BY at DESC, id DESC")
            .bind(feature.0)
            .fetch_all(pool)
            .await
            .map_err(from_sqlx)?;
    let example = |row: ExampleRow| {
        Ok(Example {
            difference: Difference { field: FieldPath::new(&row.field), kind: kind_of(TABLE, &row.kind)? },
            at: moment(TABLE, "at", row.at)?,
            operation: Operation::try_from(row.operation).map_err(|error| corrupt(TABLE, "operation", error))?,
            rules_version: row.rules_version,
            values: Sides { legacy: row.legacy, candidate: row.candidate },
            results: Sides { legacy: row.legacy_result, candidate: row.candidate_result },
        })
    };
    rows.into_iter().map(example).collect()
}

fn kind_of(table: &'static str, word: &str) -> Result<DifferenceKind, StoreError> {
    DifferenceKind::from_word(word).ok_or_else(|| corrupt(table, "kind", word))
}
