//! A feature's gate: judged now, with its sign-offs and what still stands in the way.

use super::feature::history_row;
use super::{driver, evidence, served};
use crate::domain::effective::effective;
use crate::domain::evidence::Evidence;
use crate::domain::feature_key::FeatureKey;
use crate::domain::gate::{GateReport, judge};
use crate::domain::policy::COMPLETE;
use crate::domain::sign_off::{SignOff, SignOffId, standings};
use crate::domain::snapshot::Snapshot;
use crate::domain::transition::unmet_demands;
use crate::server::seal;
use crate::server::state::AppState;
use crate::server::store::StoreError;
use crate::views::gate::{
    FrozenGateView, GateDocument, GateSummary, GateView, NextStage, SignOffDocument, SignOffRow, SignOffsDocument,
};
use crate::views::summary::Percentages;

/// A gate, judged now.
pub struct Judged {
    pub evidence: Evidence,
    /// Of the present entry, oldest first.
    pub sign_offs: Vec<SignOff>,
    pub summary: GateSummary,
}

/// The report of a feature's gate; `None` when it is in no stage of its policy.
pub async fn report(state: &AppState, snapshot: &Snapshot) -> Result<Option<GateReport>, StoreError> {
    let gathered = evidence::gather(state.store.as_ref(), snapshot, state.clock.now()).await?;
    Ok(gathered.map(|(evidence, _)| judge(&evidence)))
}

/// A feature's gate with its sign-offs; `None` when it is in no stage of its policy.
pub async fn judged(state: &AppState, snapshot: &Snapshot) -> Result<Option<Judged>, StoreError> {
    let gathered = evidence::gather(state.store.as_ref(), snapshot, state.clock.now()).await?;
    let Some((evidence, _)) = gathered else { return Ok(None) };
    let report = judge(&evidence);
    let feature = &snapshot.feature;
    let sign_offs = state.store.sign_offs(feature.id, Some(feature.entry)).await?;
    let refusals = unmet_demands(snapshot, &report, &sign_offs).iter().map(ToString::to_string).collect();
    let rows = sign_offs
        .iter()
        .zip(standings(&sign_offs, feature, &report))
        .map(|(sign_off, standing)| SignOffRow::new(sign_off, Some(standing)))
        .collect();
    let next = match snapshot.policy.policy.next_stage(&feature.stage) {
        Some(next) => NextStage { name: next.name.clone(), percentage: next.percentage },
        None => NextStage { name: COMPLETE.to_owned(), percentage: evidence.stage.percentage },
    };
    let summary = GateSummary { report, required: evidence.stage.sign_offs, sign_offs: rows, refusals, next };
    Ok(Some(Judged { evidence, sign_offs, summary }))
}

/// `GET /api/v1/features/{key}/gate`; `None` when there is no such feature or when it is in no stage.
pub async fn document(state: &AppState, key: &FeatureKey) -> Result<Option<GateDocument>, StoreError> {
    let Some(snapshot) = state.store.snapshot(key).await? else { return Ok(None) };
    let Some(Judged { summary, .. }) = judged(state, &snapshot).await? else { return Ok(None) };
    Ok(Some(GateDocument {
        can_advance: summary.can_advance(),
        report: summary.report,
        sign_offs: SignOffsDocument { required: summary.required, given: summary.sign_offs },
        refusals: summary.refusals,
    }))
}

/// The gate page of a feature; `None` when there is none.
pub async fn page(state: &AppState, key: &FeatureKey) -> Result<Option<GateView>, StoreError> {
    let Some(snapshot) = state.store.snapshot(key).await? else { return Ok(None) };
    let now = state.clock.now();
    let Snapshot { migration, feature, .. } = &snapshot;
    let judged = judged(state, &snapshot).await?;
    let served = served(state.store.as_ref(), Some(feature.id), now).await?.remove(&feature.id).unwrap_or_default();
    let sealed = match &judged {
        // Without a seal a review is still bound to what is measured when it is given.
        Some(judged) => seal::seal(state, &judged.evidence).await.unwrap_or_default(),
        None => String::new(),
    };
    let all = state.store.sign_offs(feature.id, None).await?;
    let earlier = all.iter().rev().filter(|it| judged.is_none() || it.entry != feature.entry);
    let earlier = earlier.map(|sign_off| SignOffRow::new(sign_off, None)).collect();
    let (gate, given) = judged.map(|judged| (judged.summary, judged.sign_offs)).unzip();
    let seen = given.unwrap_or_default().into_iter().rev().map(|sign_off| {
        let rows = gate.iter().flat_map(|gate| &gate.sign_offs);
        let standing = rows.clone().find(|row| row.id == sign_off.id.0).and_then(|row| row.standing.clone());
        SignOffDocument { feature: key.to_string(), row: SignOffRow::new(&sign_off, standing), report: sign_off.report }
    });
    Ok(Some(GateView {
        at: now,
        key: feature.key.to_string(),
        name: feature.name.to_string(),
        migration_slug: migration.slug.to_string(),
        migration_name: migration.name.to_string(),
        version: feature.version,
        stage: feature.stage.clone(),
        percentages: Percentages::new(feature.configured, effective(migration, feature, now), served),
        entered_by: feature.entered_by.as_ref().map(|person| person.as_str().to_owned()),
        seen: seen.collect(),
        gate,
        earlier,
        sealed,
        driver: driver::note(state, Some(feature.id)).await?,
    }))
}

/// The gate that change `id` of a feature was decided by; `None` when there is none.
pub async fn frozen(state: &AppState, key: &FeatureKey, id: i64) -> Result<Option<FrozenGateView>, StoreError> {
    let Some((migration, feature)) = state.store.feature(key).await? else { return Ok(None) };
    let gates = state.store.frozen_gates(feature.id, u32::MAX).await?;
    let Some((change, frozen)) = gates.into_iter().find(|(change, _)| change.id == id) else { return Ok(None) };
    let given = state.store.sign_offs(feature.id, None).await?;
    let then = |at| frozen.report.entered_at <= at && at <= change.at;
    Ok(Some(FrozenGateView {
        key: key.to_string(),
        migration_slug: migration.slug.to_string(),
        migration_name: migration.name.to_string(),
        sign_offs: given.iter().filter(|it| then(it.at)).map(|it| SignOffRow::new(it, None)).collect(),
        change: history_row(change),
        report: frozen.report,
    }))
}

/// All sign-offs of a feature, newest first, those of the present entry with their standing; `None` when there is none.
pub async fn sign_offs(state: &AppState, key: &FeatureKey) -> Result<Option<Vec<SignOffRow>>, StoreError> {
    let Some(snapshot) = state.store.snapshot(key).await? else { return Ok(None) };
    let present = judged(state, &snapshot).await?.map(|judged| judged.summary.sign_offs).unwrap_or_default();
    let all = state.store.sign_offs(snapshot.feature.id, None).await?;
    let rows = all.iter().rev().map(|sign_off| {
        let standing = present.iter().find(|row| row.id == sign_off.id.0).and_then(|row| row.standing.clone());
        SignOffRow::new(sign_off, standing)
    });
    Ok(Some(rows.collect()))
}

/// A sign-off with the report that the reviewer saw.
pub async fn sign_off(state: &AppState, id: &SignOffId) -> Result<Option<SignOffDocument>, StoreError> {
    let Some((key, sign_off)) = state.store.sign_off(id).await? else { return Ok(None) };
    let standing = sign_offs(state, &key).await?.into_iter().flatten().find(|row| row.id == id.0);
    let row = SignOffRow::new(&sign_off, standing.and_then(|row| row.standing));
    Ok(Some(SignOffDocument { feature: key.to_string(), row, report: sign_off.report }))
}
