//! The schema of the database, looked at once a minute at most, however many ask.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Mutex;

use crate::domain::schema::drift::Drift;
use crate::domain::schema::steps::steps;
use crate::server::state::AppState;
use crate::server::store::StoreError;
use crate::views::schema::{DriftRow, SchemaView};

/// How long what was found is shown.
const KEPT: TimeDelta = TimeDelta::minutes(1);

/// What was found last. Who asks while it is looked for waits for it.
#[derive(Clone, Debug, Default)]
pub struct LastAudit(Arc<Mutex<Option<SchemaView>>>);

/// What `/system/schema` shows.
pub async fn load(state: &AppState) -> Result<SchemaView, StoreError> {
    let mut last = state.last_audit.0.lock().await;
    let now = state.clock.now();
    if let Some(view) = last.as_ref().filter(|view| now >= view.at && now - view.at < KEPT) {
        return Ok(view.clone());
    }
    let found = state.store.audit_schema().await?;
    let row = |drift: &Drift| DriftRow {
        kind: drift.kind_in_words().to_owned(),
        subject: drift.subject(),
        detail: drift.detail(),
    };
    let view = SchemaView {
        at: now,
        database: found.database.to_owned(),
        migrations: steps(&found.files, &found.recorded),
        compared_to: found.compared_to,
        drift: found.drift.iter().map(row).collect(),
    };
    *last = Some(view.clone());
    Ok(view)
}
