//! Adding folded counts to the tables. Counts are added by SQL; histograms and sketches are merged here, under the
//! transaction's write lock.

use sqlx::SqliteConnection;

use super::error::from_sqlx;
use super::rows::{corrupt, source_text, to_count};
use crate::domain::comparison::ComparisonCounts;
use crate::domain::distinct_units::DistinctUnits;
use crate::domain::latency::LatencyHistogram;
use crate::domain::rollup::{ComparisonKey, Minute, ObservationKey, ObservationRollup, Rollups, UnitsKey};
use crate::server::store::StoreError;

/// The two resolutions: the same statements on other tables.
struct Resolution {
    latency: &'static str,
    observation: &'static str,
    comparison: &'static str,
    table: &'static str,
}

macro_rules! resolution {
    ($observations:literal, $comparisons:literal) => {
        Resolution {
            table: $observations,
            latency: concat!(
                "SELECT latency FROM ",
                $observations,
                " WHERE feature_id = ? AND start = ? AND operation = ? AND path = ?"
            ),
            observation: concat!(
                "INSERT INTO ",
                $observations,
                " (feature_id, start, operation, path, ok, errors, caller_errors, fallbacks, latency)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET ok = ok + excluded.ok, errors = errors + excluded.errors,
                     caller_errors = caller_errors + excluded.caller_errors,
                     fallbacks = fallbacks + excluded.fallbacks, latency = excluded.latency"
            ),
            comparison: concat!(
                "INSERT INTO ",
                $comparisons,
                " (feature_id, start, operation, matches, mismatches, candidate_failed, legacy_failed, both_failed,
                     comparator_errors)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET matches = matches + excluded.matches,
                     mismatches = mismatches + excluded.mismatches,
                     candidate_failed = candidate_failed + excluded.candidate_failed,
                     legacy_failed = legacy_failed + excluded.legacy_failed,
                     both_failed = both_failed + excluded.both_failed,
                     comparator_errors = comparator_errors + excluded.comparator_errors"
            ),
        }
    };
}

const MINUTES: Resolution = resolution!("observation_minutes", "comparison_minutes");
const HOURS: Resolution = resolution!("observation_hours", "comparison_hours");

/// Adds `rollups` to what is kept, in minutes and in hours.
pub(super) async fn add(connection: &mut SqliteConnection, rollups: &Rollups) -> Result<(), StoreError> {
    for (resolution, rollups) in [(&MINUTES, rollups), (&HOURS, &rollups.by_hour())] {
        for (key, rollup) in &rollups.observations {
            add_observations(connection, resolution, key, rollup).await?;
        }
        for (key, counts) in &rollups.comparisons {
            add_comparisons(connection, resolution, key, counts).await?;
        }
    }
    for (key, units) in &rollups.units {
        add_units(connection, *key, units).await?;
    }
    add_tallies(connection, rollups).await
}

async fn add_observations(
    connection: &mut SqliteConnection,
    resolution: &Resolution,
    key: &ObservationKey,
    rollup: &ObservationRollup,
) -> Result<(), StoreError> {
    let ObservationKey { feature, minute: Minute(start), operation, path } = key;
    let stored: Option<Vec<u8>> = sqlx::query_scalar(resolution.latency)
        .bind(feature.0)
        .bind(start)
        .bind(operation.as_str())
        .bind(path.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let latency = match stored {
        None => rollup.latency.to_bytes(),
        Some(bytes) => {
            let mut merged =
                LatencyHistogram::from_bytes(&bytes).map_err(|error| corrupt(resolution.table, "latency", error))?;
            merged.merge(&rollup.latency);
            merged.to_bytes()
        }
    };
    sqlx::query(resolution.observation)
        .bind(feature.0)
        .bind(start)
        .bind(operation.as_str())
        .bind(path.as_str())
        .bind(to_count(rollup.ok))
        .bind(to_count(rollup.errors))
        .bind(to_count(rollup.caller_errors))
        .bind(to_count(rollup.fallbacks))
        .bind(latency)
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

async fn add_comparisons(
    connection: &mut SqliteConnection,
    resolution: &Resolution,
    key: &ComparisonKey,
    counts: &ComparisonCounts,
) -> Result<(), StoreError> {
    sqlx::query(resolution.comparison)
        .bind(key.feature.0)
        .bind(key.minute.0)
        .bind(key.operation.as_str())
        .bind(to_count(counts.matches))
        .bind(to_count(counts.mismatches))
        .bind(to_count(counts.candidate_failed))
        .bind(to_count(counts.legacy_failed))
        .bind(to_count(counts.both_failed))
        .bind(to_count(counts.comparator_errors))
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

async fn add_units(connection: &mut SqliteConnection, key: UnitsKey, units: &DistinctUnits) -> Result<(), StoreError> {
    let UnitsKey { feature, hour, path } = key;
    let start = hour.0 * 60;
    let stored: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT sketch FROM unit_hours WHERE feature_id = ? AND start = ? AND path = ?")
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
        "INSERT INTO unit_hours (feature_id, start, path, sketch) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET sketch = excluded.sketch",
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

/// Plain counts and newest times.
async fn add_tallies(connection: &mut SqliteConnection, rollups: &Rollups) -> Result<(), StoreError> {
    for (key, count) in &rollups.discrepancies {
        sqlx::query(
            "INSERT INTO discrepancy_hours (feature_id, start, operation, field, kind, count) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )
        .bind(key.feature.0)
        .bind(key.hour.0 * 60)
        .bind(key.operation.as_str())
        .bind(key.difference.field.as_str())
        .bind(key.difference.kind.as_str())
        .bind(to_count(*count))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    for (key, count) in &rollups.error_kinds {
        sqlx::query(
            "INSERT INTO error_kind_hours (feature_id, start, operation, path, kind, count) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )
        .bind(key.feature.0)
        .bind(key.hour.0 * 60)
        .bind(key.operation.as_str())
        .bind(key.path.as_str())
        .bind(key.kind.as_str())
        .bind(to_count(*count))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    for ((feature, source), at) in &rollups.last_seen {
        sqlx::query(
            "INSERT INTO last_seen (feature_id, source, at) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
        )
        .bind(feature.0)
        .bind(source_text(*source))
        .bind(at.timestamp_millis())
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}
