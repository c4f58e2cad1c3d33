//! What waits for a reviewer's decision.

use super::gate::{Judged, judged};
use crate::domain::gate::Verdict;
use crate::domain::sign_off::unmet;
use crate::server::state::AppState;
use crate::server::store::StoreError;
use crate::views::queue::{QueueRow, QueueView};

/// Every feature that lacks sign-offs, longest in its stage first.
pub async fn load(state: &AppState) -> Result<QueueView, StoreError> {
    let mut view = QueueView { at: state.clock.now(), waiting: Vec::new(), not_yet: Vec::new() };
    let mut snapshots = state.store.snapshots().await?;
    snapshots.sort_by_key(|snapshot| snapshot.feature.entered_at);
    for snapshot in &snapshots {
        let Some(Judged { sign_offs, summary, .. }) = judged(state, snapshot).await? else { continue };
        let missing = unmet(summary.required, &sign_offs, &snapshot.feature, &summary.report);
        if missing.is_empty() {
            continue;
        }
        let feature = &snapshot.feature;
        let row = QueueRow {
            key: feature.key.to_string(),
            name: feature.name.to_string(),
            migration_slug: snapshot.migration.slug.to_string(),
            stage: feature.stage.clone(),
            entered_at: feature.entered_at,
            entered_by: feature.entered_by.as_ref().map(|person| person.as_str().to_owned()),
            state: summary.report.state,
            next_stage: summary.next.name,
            next_percentage: summary.next.percentage,
            missing: missing.iter().map(ToString::to_string).collect(),
        };
        match summary.report.verdict {
            Verdict::Passed => view.waiting.push(row),
            Verdict::Failed | Verdict::Inconclusive => view.not_yet.push(row),
        }
    }
    Ok(view)
}
