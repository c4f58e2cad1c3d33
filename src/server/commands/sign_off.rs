//! Signing a stage off, or rejecting it.

use super::record::{expect_version, no_feature, stale_feature, stale_since};
use super::{CommandError, ids};
use crate::domain::audit::AuditDraft;
use crate::domain::author::Author;
use crate::domain::evidence::Evidence;
use crate::domain::feature_key::FeatureKey;
use crate::domain::field_error::FieldError;
use crate::domain::gate::judge;
use crate::domain::refusal::Refusal;
use crate::domain::sign_off::{Capacity, Decision, Review, SignOff, SignOffId};
use crate::domain::snapshot::Snapshot;
use crate::server::queries::evidence;
use crate::server::state::AppState;
use crate::server::store::{Change, CommitError, Write};

/// Who reviews what.
#[derive(Clone, Debug)]
pub struct SignOffOrder {
    pub key: FeatureKey,
    /// The version that the reviewer saw; `None` for whatever it is now.
    pub seen: Option<i64>,
    /// The evidence that the reviewer saw, if it was shown before; `None` for what is measured now.
    pub evidence: Option<Evidence>,
    pub author: Author,
    /// In what capacity the reviewer may sign off when it is no tool.
    pub capacity: Capacity,
    pub review: Review,
}

/// Records a review, bound to the evidence that the reviewer saw.
pub async fn sign_off(state: &AppState, order: SignOffOrder) -> Result<SignOff, CommandError> {
    let snapshot = state.store.snapshot(&order.key).await?.ok_or_else(|| no_feature(&order.key))?;
    expect_version(state, &snapshot, order.seen).await?;
    snapshot.stage().map_err(CommandError::refused)?;
    let person = &order.author.person;
    let own = snapshot.feature.entered_by.as_ref() == Some(person);
    if own && order.review.decision == Decision::Approved && order.review.tool.is_none() {
        return Err(CommandError::refused(Refusal::OwnStage { person: person.clone() }));
    }
    if order.review.decision == Decision::Rejected && order.review.comment.is_none() {
        return Err(vec![FieldError::new("/comment", "must say why the stage is rejected")].into());
    }
    if let Some(tool) = &order.review.tool {
        tool.check()?;
    }
    let now = state.clock.now();
    let evidence = match order.evidence {
        Some(seen) => of_this_entry(state, &snapshot, seen).await?,
        None => gather(state, &snapshot, now).await?,
    };
    let report = judge(&evidence);
    let report_digest = report.digest();
    let sign_off = SignOff {
        id: SignOffId(ids::new(now)),
        feature: snapshot.feature.id,
        entry: snapshot.feature.entry,
        decision: order.review.decision,
        capacity: if order.review.tool.is_some() { Capacity::Tool } else { order.capacity },
        author: order.author,
        comment: order.review.comment.map(String::from).unwrap_or_default(),
        tool: order.review.tool,
        report,
        report_digest,
        evidence,
        at: now,
    };
    let change = Change {
        actor: sign_off.author.actor.clone(),
        at: now,
        writes: vec![
            Write::Unchanged { feature: snapshot.feature.id, expected: snapshot.feature.version },
            Write::SignOff(Box::new(sign_off.clone())),
        ],
        audit: vec![event(&snapshot, &sign_off)],
    };
    match state.commit(&change).await {
        Ok(()) => {}
        Err(CommitError::Stale { .. }) => return Err(stale_since(state, &snapshot).await),
        Err(error) => return Err(error.into()),
    }
    tracing::info!(
        feature = %order.key, actor = change.actor.as_str(), decision = sign_off.decision.as_str(), "stage reviewed"
    );
    Ok(sign_off)
}

async fn gather(
    state: &AppState,
    snapshot: &Snapshot,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Evidence, CommandError> {
    match evidence::gather(state.store.as_ref(), snapshot, now).await? {
        Some((evidence, _)) => Ok(evidence),
        None => Err(CommandError::refused(Refusal::Complete)),
    }
}

/// What a reviewer saw must be of the present entry and policy; else it is of something that is no more.
async fn of_this_entry(state: &AppState, snapshot: &Snapshot, seen: Evidence) -> Result<Evidence, CommandError> {
    let same = seen.feature == snapshot.feature.key
        && seen.stage.name == snapshot.feature.stage
        && seen.entered_at == snapshot.feature.entered_at
        && seen.policy_version == snapshot.policy.version;
    if same { Ok(seen) } else { Err(stale_feature(state, snapshot, snapshot.feature.version - 1).await) }
}

fn event(snapshot: &Snapshot, sign_off: &SignOff) -> AuditDraft {
    AuditDraft {
        action: match sign_off.decision {
            Decision::Approved => "sign_off.approved",
            Decision::Rejected => "sign_off.rejected",
        },
        migration: Some(snapshot.migration.slug.clone()),
        feature: Some(snapshot.feature.key.clone()),
        subject: Some(format!("stage {}", snapshot.feature.stage)),
        reason: sign_off.comment.clone(),
        before: serde_json::Value::Null,
        after: serde_json::json!({
            "id": sign_off.id,
            "stage": snapshot.feature.stage,
            "decision": sign_off.decision,
            "capacity": sign_off.capacity,
            "tool": sign_off.tool,
            "verdict": sign_off.report.verdict,
            "report_digest": sign_off.report_digest,
            "evidence_digest": sign_off.report.evidence_digest,
        }),
        policy_version: Some(snapshot.policy.version),
        version: None,
    }
}
