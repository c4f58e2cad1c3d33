//! Writing what comparisons are made by and what they show: rules with their versions, counts of second legacy runs, and
//! examples of what differed. Asking for the latter is in [`super::discrepancies`].

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::changes::json;
use super::dialect::{Connection, Pool};
use super::error::{from_sqlx, is_unique_violation};
use super::rows::{actor, document, moment, to_count};
use crate::domain::comparison_rules::RulesVersion;
use crate::domain::difference::Difference;
use crate::domain::example::{Example, MAX_PER_FEATURE, MAX_PER_FIELD};
use crate::domain::feature::FeatureId;
use crate::domain::migration::MigrationId;
use crate::domain::rollup::Rollups;
use crate::server::store::{CommitError, ExamplesFate, StoreError};

#[derive(FromRow)]
struct RulesRow {
    migration_id: i64,
    version: i64,
    document: String,
    at: i64,
    actor: String,
    reason: String,
}

impl RulesRow {
    fn parse(self) -> Result<(MigrationId, RulesVersion), StoreError> {
        const TABLE: &str = "comparison_rules";
        let version = RulesVersion {
            version: self.version,
            rules: document(TABLE, "document", &self.document)?,
            at: moment(TABLE, "at", self.at)?,
            actor: actor(TABLE, "actor", &self.actor)?,
            reason: self.reason,
        };
        Ok((MigrationId(self.migration_id), version))
    }
}

pub(super) async fn rules(pool: &Pool, migration: MigrationId) -> Result<Vec<RulesVersion>, StoreError> {
    let rows: Vec<RulesRow> =
        sqlx::query_as("SELECT * FROM comparison_rules WHERE migration_id = $1 ORDER BY version DESC")
            .bind(migration.0)
            .fetch_all(pool)
            .await
            .map_err(from_sqlx)?;
    rows.into_iter().map(|row| row.parse().map(|(_, version)| version)).collect()
}

pub(super) async fn rules_in_force(pool: &Pool) -> Result<Vec<(MigrationId, RulesVersion)>, StoreError> {
    let rows: Vec<RulesRow> = sqlx::query_as(
        "SELECT rules.* FROM migrations JOIN comparison_rules rules ON rules.migration_id = migrations.id
         AND rules.version = (SELECT max(version) FROM comparison_rules WHERE migration_id = migrations.id)
         ORDER BY migrations.id",
    )
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    rows.into_iter().map(RulesRow::parse).collect()
}

/// Puts the next version in force.
pub(super) async fn add_rules(
    connection: &mut Connection,
    migration: MigrationId,
    rules: &RulesVersion,
    examples: ExamplesFate,
) -> Result<(), CommitError> {
    let latest: i64 =
        sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM comparison_rules WHERE migration_id = $1")
            .bind(migration.0)
            .fetch_one(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    if latest + 1 != rules.version {
        return Err(stale());
    }
    insert(connection, migration, rules).await?;
    match examples {
        ExamplesFate::Kept => {}
        ExamplesFate::Forgotten => {
            sqlx::query(
                "DELETE FROM discrepancy_examples WHERE feature_id IN (SELECT id FROM features WHERE migration_id = $1)",
            )
            .bind(migration.0)
            .execute(connection)
            .await
            .map_err(from_sqlx)?;
        }
    }
    Ok(())
}

fn stale() -> CommitError {
    CommitError::Stale { what: "the comparison rules".to_owned() }
}

/// Writes a version as it is.
pub(super) async fn insert(
    connection: &mut Connection,
    migration: MigrationId,
    rules: &RulesVersion,
) -> Result<(), CommitError> {
    sqlx::query(
        "INSERT INTO comparison_rules (migration_id, version, document, at, actor, reason) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(migration.0)
    .bind(rules.version)
    .bind(json(&rules.rules)?)
    .bind(rules.at.timestamp_millis())
    .bind(rules.actor.as_str())
    .bind(&rules.reason)
    .execute(connection)
    .await
    .map_err(|error| if is_unique_violation(&error) { stale() } else { from_sqlx(error).into() })?;
    Ok(())
}

/// Adds counts of second runs, and examples.
pub(super) async fn add(connection: &mut Connection, rollups: &Rollups) -> Result<(), StoreError> {
    for (key, runs) in &rollups.second_runs {
        sqlx::query(
            "INSERT INTO second_run_hours (feature_id, start, operation, runs) VALUES ($1, $2, $3, $4)
             ON CONFLICT (feature_id, start, operation) DO UPDATE SET runs = second_run_hours.runs + excluded.runs",
        )
        .bind(key.feature.0)
        .bind(key.hour.0 * 60)
        .bind(key.operation.as_str())
        .bind(to_count(*runs))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    for ((key, field), counts) in &rollups.noise {
        sqlx::query(
            "INSERT INTO noise_hours (feature_id, start, operation, field, candidate_only, second_only, \"both\")
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (feature_id, start, operation, field) DO UPDATE
             SET candidate_only = noise_hours.candidate_only + excluded.candidate_only,
                 second_only = noise_hours.second_only + excluded.second_only, \"both\" = noise_hours.both + excluded.both",
        )
        .bind(key.feature.0)
        .bind(key.hour.0 * 60)
        .bind(key.operation.as_str())
        .bind(field.as_str())
        .bind(to_count(counts.candidate_only))
        .bind(to_count(counts.second_only))
        .bind(to_count(counts.both))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    add_examples(connection, &rollups.examples).await
}

async fn add_examples(
    connection: &mut Connection,
    examples: &BTreeMap<(FeatureId, Difference), Vec<Example>>,
) -> Result<(), StoreError> {
    let mut features: Vec<FeatureId> = Vec::new();
    for ((feature, difference), examples) in examples {
        for example in examples {
            insert_example(connection, *feature, example).await?;
        }
        sqlx::query(
            "DELETE FROM discrepancy_examples WHERE id IN (
                 SELECT id FROM discrepancy_examples WHERE feature_id = $1 AND field = $2 AND kind = $3
                 ORDER BY at DESC, id DESC LIMIT 9223372036854775807 OFFSET $4)",
        )
        .bind(feature.0)
        .bind(difference.field.as_str())
        .bind(difference.kind.as_str())
        .bind(limit(MAX_PER_FIELD))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
        if features.last() != Some(feature) {
            features.push(*feature);
        }
    }
    for feature in features {
        sqlx::query(
            "DELETE FROM discrepancy_examples WHERE id IN (
                 SELECT id FROM discrepancy_examples WHERE feature_id = $1 ORDER BY at DESC, id DESC LIMIT 9223372036854775807 OFFSET $2)",
        )
        .bind(feature.0)
        .bind(limit(MAX_PER_FEATURE))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}

/// An example that was redacted by rules which are no longer in force is not kept: it may show what must not be shown.
async fn insert_example(connection: &mut Connection, feature: FeatureId, example: &Example) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO discrepancy_examples (feature_id, field, kind, at, operation, rules_version, legacy, candidate,
             legacy_result, candidate_result)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
         WHERE $6 = (SELECT max(rules.version) FROM comparison_rules rules
                     JOIN features ON features.migration_id = rules.migration_id WHERE features.id = $1)",
    )
    .bind(feature.0)
    .bind(example.difference.field.as_str())
    .bind(example.difference.kind.as_str())
    .bind(example.at.timestamp_millis())
    .bind(example.operation.as_str())
    .bind(example.rules_version)
    .bind(&example.values.legacy)
    .bind(&example.values.candidate)
    .bind(&example.results.legacy)
    .bind(&example.results.candidate)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
