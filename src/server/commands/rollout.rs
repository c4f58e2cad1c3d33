//! Moving a feature: advance, set its percentage, switch it, restart its stage.

use super::CommandError;
use super::record::{expect_version, feature_event, no_feature, stale_since};
use crate::domain::author::Author;
use crate::domain::digest::canonical_sha256;
use crate::domain::feature::Switch;
use crate::domain::feature_key::FeatureKey;
use crate::domain::gate::judge;
use crate::domain::percentage::Percentage;
use crate::domain::reason::Reason;
use crate::domain::refusal::Refusal;
use crate::domain::rollout::FrozenGate;
use crate::domain::snapshot::Snapshot;
use crate::domain::transition::{self, Order, Passage, Transition};
use crate::server::queries::evidence;
use crate::server::state::AppState;
use crate::server::store::{Change, CommitError, Write};

/// Which feature, as of which version, by whom and why.
#[derive(Clone, Debug)]
pub struct FeatureOrder {
    pub key: FeatureKey,
    /// The version that the change is made against; `None` for whatever it is now.
    pub seen: Option<i64>,
    pub author: Author,
    pub reason: Reason,
}

/// To the next stage, or from the last one to `complete`. The gate is frozen with the change.
pub async fn advance(state: &AppState, order: FeatureOrder, passage: Passage) -> Result<Transition, CommandError> {
    let snapshot = load(state, &order).await?;
    let now = state.clock.now();
    let (evidence, _) = evidence::gather(state.store.as_ref(), &snapshot, now)
        .await?
        .ok_or_else(|| CommandError::refused(snapshot.stage().err().unwrap_or(Refusal::Complete)))?;
    let report = judge(&evidence);
    let sign_offs = state.store.sign_offs(snapshot.feature.id, Some(snapshot.feature.entry)).await?;
    let decided = transition::advance(&snapshot, &report, &sign_offs, passage, by(&order, now))?;
    let action = match (decided.feature.is_complete(), decided.change.overridden.is_empty()) {
        (true, _) => "feature.completed",
        (false, true) => "feature.advanced",
        (false, false) => "feature.advanced_by_override",
    };
    let frozen = FrozenGate { report, evidence };
    // A review given at the same moment must not be passed over.
    let reviewed = Write::Reviewed {
        feature: snapshot.feature.id,
        entry: snapshot.feature.entry,
        expected: u32::try_from(sign_offs.len()).unwrap_or(u32::MAX),
    };
    commit(state, &snapshot, decided, action, vec![reviewed], Some(frozen)).await
}

/// Sets the percentage within the present stage.
pub async fn set_percentage(
    state: &AppState,
    order: FeatureOrder,
    wanted: Percentage,
) -> Result<Transition, CommandError> {
    let snapshot = load(state, &order).await?;
    let decided = transition::set_percentage(&snapshot, wanted, by(&order, state.clock.now()))?;
    commit(state, &snapshot, decided, "feature.percentage_set", Vec::new(), None).await
}

/// Switches a feature on or off.
pub async fn set_enabled(state: &AppState, order: FeatureOrder, enabled: Switch) -> Result<Transition, CommandError> {
    let snapshot = load(state, &order).await?;
    let decided = transition::set_enabled(&snapshot, enabled, by(&order, state.clock.now()))?;
    let action = if enabled.is_on() { "feature.enabled" } else { "feature.disabled" };
    commit(state, &snapshot, decided, action, Vec::new(), None).await
}

/// Enters the present stage anew.
pub async fn restart_stage(state: &AppState, order: FeatureOrder) -> Result<Transition, CommandError> {
    let snapshot = load(state, &order).await?;
    let decided = transition::restart_stage(&snapshot, by(&order, state.clock.now()))?;
    commit(state, &snapshot, decided, "feature.stage_restarted", Vec::new(), None).await
}

async fn load(state: &AppState, order: &FeatureOrder) -> Result<Snapshot, CommandError> {
    let snapshot = state.store.snapshot(&order.key).await?.ok_or_else(|| no_feature(&order.key))?;
    expect_version(state, &snapshot, order.seen).await?;
    Ok(snapshot)
}

fn by(order: &FeatureOrder, now: chrono::DateTime<chrono::Utc>) -> Order<'_> {
    Order { author: &order.author, reason: &order.reason, now }
}

async fn commit(
    state: &AppState,
    before: &Snapshot,
    mut decided: Transition,
    action: &'static str,
    mut writes: Vec<Write>,
    frozen: Option<FrozenGate>,
) -> Result<Transition, CommandError> {
    let at = decided.change.at;
    if decided.feature.entry != before.feature.entry {
        decided.feature.before_entry = evidence::entry_minute(state.store.as_ref(), before.feature.id, at).await?;
    }
    let mut event = feature_event(before, &decided, action);
    if let Some(frozen) = &frozen {
        event.after["report_digest"] = canonical_sha256(&frozen.report).unwrap_or_default().into();
        event.after["evidence_digest"] = frozen.report.evidence_digest.clone().into();
    }
    writes.push(Write::Feature { feature: decided.feature.clone(), expected: before.feature.version });
    writes.push(Write::RolloutChange { change: decided.change.clone(), frozen: frozen.map(Box::new) });
    let change = Change { actor: decided.change.actor.clone(), at, writes, audit: vec![event] };
    match state.commit(&change).await {
        Ok(()) => {}
        Err(CommitError::Stale { .. }) => return Err(stale_since(state, before).await),
        Err(error) => return Err(error.into()),
    }
    tracing::info!(
        feature = %before.feature.key, actor = change.actor.as_str(), stage = decided.feature.stage,
        percentage = %decided.feature.configured, action, "feature changed"
    );
    Ok(decided)
}
