//! Adding plain counts and newest times, few of which change at once.

use super::dialect::Connection;
use super::error::from_sqlx;
use super::rows::{source_text, to_count};
use crate::domain::rollup::Rollups;
use crate::server::store::StoreError;

/// Adds counts of differences, of kinds of error and of origins, and moves newest times forward.
pub(super) async fn add(connection: &mut Connection, rollups: &Rollups) -> Result<(), StoreError> {
    for (key, count) in &rollups.discrepancies {
        sqlx::query(
            "INSERT INTO discrepancy_hours (feature_id, start, operation, field, kind, count) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (feature_id, start, operation, field, kind) DO UPDATE
             SET count = discrepancy_hours.count + excluded.count",
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
            "INSERT INTO error_kind_hours (feature_id, start, operation, path, kind, count) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (feature_id, start, operation, path, kind) DO UPDATE
             SET count = error_kind_hours.count + excluded.count",
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
    for ((feature, minute), counts) in &rollups.origins {
        sqlx::query(
            "INSERT INTO origin_minutes (feature_id, start, driven, injected) VALUES ($1, $2, $3, $4)
             ON CONFLICT (feature_id, start) DO UPDATE
             SET driven = origin_minutes.driven + excluded.driven, injected = origin_minutes.injected + excluded.injected",
        )
        .bind(feature.0)
        .bind(minute.0)
        .bind(to_count(counts.driven))
        .bind(to_count(counts.injected))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    for ((feature, source), at) in &rollups.last_seen {
        sqlx::query(
            "INSERT INTO last_seen (feature_id, source, at) VALUES ($1, $2, $3)
             ON CONFLICT (feature_id, source) DO UPDATE SET at = excluded.at WHERE last_seen.at < excluded.at",
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
