//! The hand-over report: all that was recorded of a feature.

use super::{evidence, rollbacks};
use crate::domain::feature::FeatureId;
use crate::domain::feature_key::FeatureKey;
use crate::domain::gate::judge;
use crate::domain::rollout::RolloutChange;
use crate::domain::snapshot::Snapshot;
use crate::server::state::AppState;
use crate::server::store::{RollbackQuery, StoreError};
use crate::views::hand_over::HandOver;

/// How many changes are read at once.
const CHUNK: u32 = 1_000;

/// The report of the feature with this key; `None` when there is none.
pub async fn load(state: &AppState, key: &FeatureKey) -> Result<Option<HandOver>, StoreError> {
    let store = state.store.as_ref();
    let now = state.clock.now();
    let Some(snapshot) = store.snapshot(key).await? else { return Ok(None) };
    let present = evidence::gather(store, &snapshot, now).await?.map(|(evidence, _)| (judge(&evidence), evidence));
    let Snapshot { migration, feature, .. } = snapshot;
    let mut gates = store.frozen_gates(feature.id, u32::MAX).await?;
    gates.reverse();
    let mut policies = store.policies(migration.id).await?;
    policies.reverse();
    let mut covering = Vec::new();
    for rollback in store.rollbacks(&RollbackQuery::Newest { limit: u32::MAX }).await?.iter().rev() {
        if rollback.covered.iter().any(|covered| covered.feature == feature.key) {
            covering.push(rollbacks::view(state, rollback).await?);
        }
    }
    Ok(Some(HandOver {
        at: now,
        changes: changes(state, feature.id).await?,
        gates,
        present,
        sign_offs: store.sign_offs(feature.id, None).await?,
        rollbacks: covering,
        policies,
        head: store.audit_head().await?,
        migration,
        feature,
    }))
}

/// Every rollout change, oldest first.
async fn changes(state: &AppState, feature: FeatureId) -> Result<Vec<RolloutChange>, StoreError> {
    let mut all: Vec<RolloutChange> = Vec::new();
    loop {
        let before = all.last().map(|change| change.id);
        let chunk = state.store.rollout_history(feature, before, CHUNK).await?;
        if chunk.is_empty() {
            all.reverse();
            return Ok(all);
        }
        all.extend(chunk);
    }
}
