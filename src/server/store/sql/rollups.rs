//! Adding folded counts to the tables. Counts are added by SQL; histograms and sketches are merged here, under the
//! transaction's write lock.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::dialect::{Connection, Db};
use super::error::from_sqlx;
use super::rows::{corrupt, path, to_count};
use super::{comparisons, tallies};
use crate::domain::comparison::ComparisonCounts;
use crate::domain::distinct_units::DistinctUnits;
use crate::domain::feature::FeatureId;
use crate::domain::latency::LatencyHistogram;
use crate::domain::observation::Operation;
use crate::domain::rollup::{ComparisonKey, Minute, ObservationKey, ObservationRollup, Rollups, UnitsKey};
use crate::server::store::StoreError;

/// The two resolutions: the same columns in other tables.
struct Resolution {
    observations: &'static str,
    comparisons: &'static str,
}

const MINUTES: Resolution = Resolution { observations: "observation_minutes", comparisons: "comparison_minutes" };
const HOURS: Resolution = Resolution { observations: "observation_hours", comparisons: "comparison_hours" };

/// Rows a statement: nine values each stay well below SQLite's limit of 32,766.
const ROWS_A_STATEMENT: usize = 500;

/// Adds `rollups` to what is kept, in minutes and in hours.
pub(super) async fn add(connection: &mut Connection, rollups: &Rollups) -> Result<(), StoreError> {
    for (resolution, rollups) in [(&MINUTES, rollups), (&HOURS, &rollups.by_hour())] {
        let observations: Vec<_> = rollups.observations.iter().collect();
        for rows in observations.chunks(ROWS_A_STATEMENT) {
            add_observations(connection, resolution.observations, rows).await?;
        }
        let comparisons: Vec<_> = rollups.comparisons.iter().collect();
        for rows in comparisons.chunks(ROWS_A_STATEMENT) {
            add_comparisons(connection, resolution.comparisons, rows).await?;
        }
    }
    for (key, units) in &rollups.units {
        add_units(connection, *key, units).await?;
    }
    tallies::add(connection, rollups).await?;
    comparisons::add(connection, rollups).await
}

async fn add_observations(
    connection: &mut Connection,
    table: &'static str,
    rows: &[(&ObservationKey, &ObservationRollup)],
) -> Result<(), StoreError> {
    let stored = latencies(connection, table, rows).await?;
    let mut insert = QueryBuilder::<Db>::new(format!(
        "INSERT INTO {table} (feature_id, start, operation, path, ok, errors, caller_errors, fallbacks, latency) "
    ));
    insert.push_values(rows, |mut row, (key, rollup)| {
        let latency = match stored.get(*key) {
            None => rollup.latency.to_bytes(),
            Some(stored) => {
                let mut merged = stored.clone();
                merged.merge(&rollup.latency);
                merged.to_bytes()
            }
        };
        row.push_bind(key.feature.0)
            .push_bind(key.minute.0)
            .push_bind(key.operation.as_str())
            .push_bind(key.path.as_str())
            .push_bind(to_count(rollup.ok))
            .push_bind(to_count(rollup.errors))
            .push_bind(to_count(rollup.caller_errors))
            .push_bind(to_count(rollup.fallbacks))
            .push_bind(latency);
    });
    insert.push(format!(
        " ON CONFLICT (feature_id, start, operation, path) DO UPDATE
          SET ok = {table}.ok + excluded.ok, errors = {table}.errors + excluded.errors,
              caller_errors = {table}.caller_errors + excluded.caller_errors,
              fallbacks = {table}.fallbacks + excluded.fallbacks, latency = excluded.latency"
    ));
    insert.build().persistent(false).execute(connection).await.map_err(from_sqlx)?;
    Ok(())
}

/// The histograms that are kept under the keys of `rows`.
async fn latencies(
    connection: &mut Connection,
    table: &'static str,
    rows: &[(&ObservationKey, &ObservationRollup)],
) -> Result<HashMap<ObservationKey, LatencyHistogram>, StoreError> {
    let mut select = QueryBuilder::<Db>::new(format!(
        "SELECT feature_id, start, operation, path, latency FROM {table}
         WHERE (feature_id, start, operation, path) IN ("
    ));
    select.push_values(rows, |mut row, (key, _)| {
        row.push_bind(key.feature.0)
            .push_bind(key.minute.0)
            .push_bind(key.operation.as_str())
            .push_bind(key.path.as_str());
    });
    select.push(")");
    let stored: Vec<(i64, i64, String, String, Vec<u8>)> =
        select.build_query_as().persistent(false).fetch_all(connection).await.map_err(from_sqlx)?;
    stored
        .into_iter()
        .map(|(feature, start, operation, on, latency)| {
            let key = ObservationKey {
                feature: FeatureId(feature),
                minute: Minute(start),
                operation: Operation::try_from(operation).map_err(|error| corrupt(table, "operation", error))?,
                path: path(table, &on)?,
            };
            let latency = LatencyHistogram::from_bytes(&latency).map_err(|error| corrupt(table, "latency", error))?;
            Ok((key, latency))
        })
        .collect()
}

async fn add_comparisons(
    connection: &mut Connection,
    table: &'static str,
    rows: &[(&ComparisonKey, &ComparisonCounts)],
) -> Result<(), StoreError> {
    let mut insert = QueryBuilder::<Db>::new(format!(
        "INSERT INTO {table} (feature_id, start, operation, matches, mismatches, candidate_failed, legacy_failed,
             both_failed, comparator_errors) "
    ));
    insert.push_values(rows, |mut row, (key, counts)| {
        row.push_bind(key.feature.0)
            .push_bind(key.minute.0)
            .push_bind(key.operation.as_str())
            .push_bind(to_count(counts.matches))
            .push_bind(to_count(counts.mismatches))
            .push_bind(to_count(counts.candidate_failed))
            .push_bind(to_count(counts.legacy_failed))
            .push_bind(to_count(counts.both_failed))
            .push_bind(to_count(counts.comparator_errors));
    });
    insert.push(format!(
        " ON CONFLICT (feature_id, start, operation) DO UPDATE
          SET matches = {table}.matches + excluded.matches, mismatches = {table}.mismatches + excluded.mismatches,
              candidate_failed = {table}.candidate_failed + excluded.candidate_failed,
              legacy_failed = {table}.legacy_failed + excluded.legacy_failed,
              both_failed = {table}.both_failed + excluded.both_failed,
              comparator_errors = {table}.comparator_errors + excluded.comparator_errors"
    ));
    insert.build().persistent(false).execute(connection).await.map_err(from_sqlx)?;
    Ok(())
}

async fn add_units(connection: &mut Connection, key: UnitsKey, units: &DistinctUnits) -> Result<(), StoreError> {
    let UnitsKey { feature, hour, path } = key;
    let start = hour.0 * 60;
    let stored: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT sketch FROM unit_hours WHERE feature_id = $1 AND start = $2 AND path = $3")
            .bind(feature.0)
            .bind(start)
            .bind(path.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    let sketch = match stored {
        None => units.to_bytes(),
        Some(bytes) => {
            let mut merged =
                DistinctUnits::from_bytes(&bytes).map_err(|error| corrupt("unit_hours", "sketch", error))?;
            merged.merge(units);
            merged.to_bytes()
        }
    };
    sqlx::query(
        "INSERT INTO unit_hours (feature_id, start, path, sketch) VALUES ($1, $2, $3, $4)
         ON CONFLICT (feature_id, start, path) DO UPDATE SET sketch = excluded.sketch",
    )
    .bind(feature.0)
    .bind(start)
    .bind(path.as_str())
    .bind(sketch)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}
