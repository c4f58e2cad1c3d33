//! Rollbacks with their progress and proof.

use crate::domain::alert::Episode;
use crate::domain::feature_key::FeatureKey;
use crate::domain::rollback::{Progress, Rollback, RollbackId};
use crate::domain::text::Actor;
use crate::server::state::AppState;
use crate::server::store::{AlertQuery, RollbackQuery, StoreError};
use crate::server::workers::rollbacks::look;
use crate::views::rollback::{RollbackView, RollbacksView};

/// The most rollbacks shown.
const ROWS: u32 = 200;

/// The newest rollbacks.
pub async fn newest(state: &AppState) -> Result<RollbacksView, StoreError> {
    let mut rollbacks = Vec::new();
    for rollback in state.store.rollbacks(&RollbackQuery::Newest { limit: ROWS }).await? {
        rollbacks.push(view(state, &rollback).await?);
    }
    Ok(RollbacksView { at: state.clock.now(), rollbacks })
}

/// The rollback of this name.
pub async fn one(state: &AppState, id: &RollbackId) -> Result<Option<RollbackView>, StoreError> {
    match state.store.rollbacks(&RollbackQuery::One(id.clone())).await?.pop() {
        Some(rollback) => Ok(Some(view(state, &rollback).await?)),
        None => Ok(None),
    }
}

/// Those under way or not yet proved, newest first.
pub async fn open(state: &AppState) -> Result<Vec<RollbackView>, StoreError> {
    let mut open = Vec::new();
    for rollback in state.store.rollbacks(&RollbackQuery::Open).await? {
        open.push(view(state, &rollback).await?);
    }
    Ok(open)
}

/// The newest rollback that covers a feature.
pub async fn last_of(state: &AppState, key: &FeatureKey) -> Result<Option<RollbackView>, StoreError> {
    let newest = state.store.rollbacks(&RollbackQuery::Newest { limit: ROWS }).await?;
    let covers = |rollback: &&Rollback| rollback.covered.iter().any(|covered| covered.feature == *key);
    match newest.iter().find(covers) {
        Some(rollback) => Ok(Some(view(state, rollback).await?)),
        None => Ok(None),
    }
}

/// A rollback with what is seen of it now.
pub async fn view(state: &AppState, rollback: &Rollback) -> Result<RollbackView, StoreError> {
    let proof = match &rollback.progress {
        Progress::InEffect { since } => Some(look(state, rollback, *since).await?),
        Progress::Stepping | Progress::Verified { .. } | Progress::Cancelled { .. } | Progress::PreEmpted { .. } => {
            None
        }
    };
    let alert = maker(state, rollback).await?.map(|alert| alert.id.0);
    Ok(RollbackView { alert, ..RollbackView::new(rollback, proof, state.clock.now()) })
}

/// The alert that made a rollback, of one that nobody asked for.
async fn maker(state: &AppState, rollback: &Rollback) -> Result<Option<Episode>, StoreError> {
    if rollback.actor != Actor::policy() {
        return Ok(None);
    }
    let made_it = AlertQuery { rollback: Some(rollback.id.clone()), limit: 1, ..AlertQuery::default() };
    Ok(state.store.alerts(&made_it).await?.pop())
}
