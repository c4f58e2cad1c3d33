//! How large the database is, and each table in it.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;

use super::dialect::{Pool, from_sqlx};
use crate::server::store::StoreError;
use crate::server::store::retention::{StoreFiles, TableSize};

/// The log that is written ahead is the server's, and what is free inside is not known without looking at every page.
pub(super) async fn files(pool: &Pool) -> Result<StoreFiles, StoreError> {
    let bytes: i64 =
        sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(pool).await.map_err(from_sqlx)?;
    Ok(StoreFiles { database_bytes: u64::try_from(bytes).unwrap_or_default(), wal_bytes: 0, free_bytes: 0 })
}

/// Up to this size the rows of a table are counted; beyond it they are as the server last estimated them.
const MOST_COUNTED_BYTES: i64 = 16 << 20;

/// Every table with its indexes and partitions.
pub(super) async fn tables(pool: &Pool) -> Result<Vec<TableSize>, StoreError> {
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT CAST(coalesce(parent.relname, c.relname) AS TEXT), CAST(c.relname AS TEXT),
             CAST(greatest(c.reltuples, 0) AS BIGINT), pg_total_relation_size(c.oid)
         FROM pg_class c
         LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
         LEFT JOIN pg_class parent ON parent.oid = i.inhparent
         WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(current_schema())",
    )
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    let mut sizes: BTreeMap<String, TableSize> = BTreeMap::new();
    for (table, part, estimated, bytes) in rows {
        let rows = if bytes <= MOST_COUNTED_BYTES { count(pool, &part).await? } else { estimated };
        let size = TableSize::of(table.clone(), rows, bytes);
        let whole = sizes.entry(table).or_insert_with_key(|name| TableSize::of(name.clone(), 0, 0));
        whole.rows += size.rows;
        whole.bytes += size.bytes;
    }
    Ok(sizes.into_values().collect())
}

/// How many rows a table of the catalog has; none if it was dropped meanwhile.
async fn count(pool: &Pool, table: &str) -> Result<i64, StoreError> {
    let sql = AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
    match sqlx::query_scalar(sql).persistent(false).fetch_one(pool).await {
        Err(error) if error.as_database_error().is_some_and(|it| it.code().as_deref() == Some(UNDEFINED_TABLE)) => {
            Ok(0)
        }
        counted => counted.map_err(from_sqlx),
    }
}

const UNDEFINED_TABLE: &str = "42P01";
