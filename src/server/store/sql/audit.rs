//! The audit chain: events are appended in the transaction of the change that they tell of, and read as recorded.

use sqlx::QueryBuilder;

use super::dialect::{Connection, Db, Executor, Pool, tell};
use super::error::from_sqlx;
use crate::domain::audit::{Columns, Head, seal};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::server::store::{AuditOrder, AuditQuery, AuditRow, Change, StoreError};

pub(super) async fn append(connection: &mut Connection, change: &Change) -> Result<(), StoreError> {
    if change.audit.is_empty() {
        return Ok(());
    }
    let mut end = head(&mut *connection).await?;
    for draft in &change.audit {
        let sealed = seal(draft, &change.actor, change.at, &end)
            .map_err(|error| StoreError::Failed(sqlx::Error::Encode(error.into())))?;
        sqlx::query(
            "INSERT INTO audit_events (seq, at, actor, action, migration, feature, body, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(sealed.event.seq)
        .bind(change.at.timestamp_millis())
        .bind(change.actor.as_str())
        .bind(draft.action)
        .bind(draft.migration.as_ref().map(MigrationSlug::as_str))
        .bind(draft.feature.as_ref().map(FeatureKey::as_str))
        .bind(&sealed.body)
        .bind(&sealed.hash)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
        end = Head { seq: sealed.event.seq, hash: sealed.hash };
    }
    sqlx::query(
        "INSERT INTO audit_head (one, seq, hash) VALUES (1, $1, $2)
         ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
    )
    .bind(end.seq)
    .bind(&end.hash)
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    tell(connection).await
}

pub(super) async fn head(executor: impl Executor<'_>) -> Result<Head, StoreError> {
    let row: Option<(i64, String)> =
        sqlx::query_as("SELECT seq, hash FROM audit_head").fetch_optional(executor).await.map_err(from_sqlx)?;
    Ok(row.map_or_else(Head::default, |(seq, hash)| Head { seq, hash }))
}

pub(super) async fn events(pool: &Pool, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
    let mut sql: QueryBuilder<Db> = QueryBuilder::new(COLUMNS);
    if let Some(after) = query.after {
        sql.push(match query.order {
            AuditOrder::OldestFirst => " AND seq > ",
            AuditOrder::NewestFirst => " AND seq < ",
        });
        sql.push_bind(after);
    }
    if let Some(feature) = &query.feature {
        sql.push(" AND feature = ").push_bind(feature.as_str());
    }
    if let Some(migration) = &query.migration {
        sql.push(" AND migration = ").push_bind(migration.as_str());
    }
    if let Some(actor) = &query.actor {
        sql.push(" AND actor = ").push_bind(actor.as_str());
    }
    match &query.action {
        Some(action) if action.contains('.') => {
            sql.push(" AND action = ").push_bind(action);
        }
        Some(noun) => {
            sql.push(" AND ").push(NOUN).push(" = ").push_bind(format!("{noun}."));
        }
        None => {}
    }
    if let Some(from) = query.from {
        sql.push(" AND at >= ").push_bind(from.timestamp_millis());
    }
    if let Some(to) = query.to {
        sql.push(" AND at < ").push_bind(to.timestamp_millis());
    }
    sql.push(match query.order {
        AuditOrder::OldestFirst => " ORDER BY seq LIMIT ",
        AuditOrder::NewestFirst => " ORDER BY seq DESC LIMIT ",
    });
    sql.push_bind(i64::from(query.limit));
    // Planned each time: who is rare is found by an index, who did nearly everything by walking the chain.
    let events = sql.build_query_as().persistent(false).fetch_all(pool).await;
    let rows: Vec<EventRow> = events.map_err(from_sqlx)?;
    Ok(rows.into_iter().map(AuditRow::from).collect())
}

/// What an action is about, with the point behind it; an index is of this very expression.
const NOUN: &str = "rtrim(action, 'abcdefghijklmnopqrstuvwxyz_')";

const COLUMNS: &str = "SELECT seq, body, hash, at, actor, action, migration, feature FROM audit_events WHERE TRUE";

#[derive(sqlx::FromRow)]
struct EventRow {
    seq: i64,
    body: String,
    hash: String,
    at: i64,
    actor: String,
    action: String,
    migration: Option<String>,
    feature: Option<String>,
}

impl From<EventRow> for AuditRow {
    fn from(row: EventRow) -> Self {
        let EventRow { seq, body, hash, at, actor, action, migration, feature } = row;
        Self { seq, body, hash, columns: Columns { at_ms: at, actor, action, migration, feature } }
    }
}
