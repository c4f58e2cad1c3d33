//! The audit chain, a page at a time.

use crate::domain::audit::AuditEvent;
use crate::server::state::AppState;
use crate::server::store::{AuditOrder, AuditQuery, StoreError};
use crate::views::audit::{AuditPage, AuditRecord, AuditRow, AuditView};

/// A page of events, newest first, as the API has it.
pub async fn page(state: &AppState, query: &AuditQuery) -> Result<AuditPage, StoreError> {
    let (events, next) = newest(state, query).await?;
    Ok(AuditPage { events, next, head: state.store.audit_head().await? })
}

/// A page of events with what the filters offer.
pub async fn view(state: &AppState, query: &AuditQuery) -> Result<AuditView, StoreError> {
    let (records, next) = newest(state, query).await?;
    let head = state.store.audit_head().await?;
    Ok(AuditView {
        at: state.clock.now(),
        rows: records.into_iter().map(|record| AuditRow::new(record.event, record.hash)).collect(),
        next,
        length: head.seq,
        head: head.hash,
        migrations: state.store.migrations().await?.iter().map(|migration| migration.slug.to_string()).collect(),
        features: state.store.features().await?.iter().map(|feature| feature.key.to_string()).collect(),
    })
}

async fn newest(state: &AppState, query: &AuditQuery) -> Result<(Vec<AuditRecord>, Option<i64>), StoreError> {
    // One more than is asked for tells whether there is another page.
    let query = AuditQuery { order: AuditOrder::NewestFirst, limit: query.limit + 1, ..query.clone() };
    let rows = state.store.audit_events(&query).await?;
    let is_more = rows.len() > usize::try_from(query.limit - 1).unwrap_or(usize::MAX);
    let mut records = Vec::new();
    for row in rows.into_iter().take(usize::try_from(query.limit - 1).unwrap_or(usize::MAX)) {
        let event: AuditEvent = serde_json::from_str(&row.body).map_err(|error| StoreError::Corrupt {
            table: "audit_events",
            column: "body",
            detail: format!("event {}: {error}", row.seq),
        })?;
        records.push(AuditRecord { event, hash: row.hash });
    }
    let next = records.last().map(|record| record.event.seq).filter(|_| is_more);
    Ok((records, next))
}
