//! How large the database is, and each table in it.

use std::path::PathBuf;

use super::dialect::{Pool, from_sqlx};
use crate::server::store::StoreError;
use crate::server::store::retention::{StoreFiles, TableSize};

/// Beyond this size it would take too long to look at every page.
const MOST_MEASURED_BYTES: u64 = 2 << 30;

pub(super) async fn files(pool: &Pool) -> Result<StoreFiles, StoreError> {
    let pages: (i64, i64, i64) = sqlx::query_as(
        "SELECT page_count, freelist_count, page_size
         FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()",
    )
    .fetch_one(pool)
    .await
    .map_err(from_sqlx)?;
    let bytes = |pages: i64, size: i64| u64::try_from(pages * size).unwrap_or_default();
    let wal_bytes = match pool.connect_options().get_filename().to_str() {
        Some(file) => tokio::fs::metadata(PathBuf::from(format!("{file}-wal"))).await.map_or(0, |it| it.len()),
        None => 0,
    };
    Ok(StoreFiles { database_bytes: bytes(pages.0, pages.2), wal_bytes, free_bytes: bytes(pages.1, pages.2) })
}

/// Every table with its indexes; nothing of a database that is too large for that.
pub(super) async fn tables(pool: &Pool) -> Result<Vec<TableSize>, StoreError> {
    if files(pool).await?.database_bytes > MOST_MEASURED_BYTES {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT s.tbl_name, sum(CASE WHEN s.type = 'table' THEN d.ncell ELSE 0 END), sum(d.pgsize)
         FROM dbstat d JOIN sqlite_schema s ON s.name = d.name WHERE d.aggregate = TRUE GROUP BY s.tbl_name",
    )
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    let size = |(table, rows, bytes)| TableSize::of(table, rows, bytes);
    Ok(rows.into_iter().map(size).collect())
}
