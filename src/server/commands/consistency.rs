//! Asking for a check of the files, and having mended what one found.

use serde_json::{Value, json};

use super::CommandError;
use crate::domain::access::{Authority, Principal};
use crate::domain::audit::AuditDraft;
use crate::domain::consistency::check::{Check, CheckMode};
use crate::domain::consistency::examine::Needed;
use crate::domain::consistency::{Closed, FindingId, KeptFinding, Repair};
use crate::domain::feature_key::FeatureKey;
use crate::domain::field_error::FieldError;
use crate::domain::percentage::Percentage;
use crate::domain::reason::Reason;
use crate::domain::refusal::Refusal;
use crate::server::files::service::{Prepared, RepairError};
use crate::server::state::AppState;
use crate::server::store::{Change, Mending, Write};

/// What is to be done about a finding.
#[derive(Clone, Debug)]
pub struct RepairOrder {
    pub finding: FindingId,
    pub repair: Repair,
    /// Whose file an object becomes that is adopted.
    pub feature: Option<FeatureKey>,
    pub by: Principal,
    pub reason: Reason,
}

/// Asks for a check; the open one when there is one, and whether it is this.
pub async fn ask(state: &AppState, mode: CheckMode, by: &Principal) -> Result<(Check, bool), CommandError> {
    if state.files.is_none() {
        return Err(CommandError::refused(Refusal::NoFiles));
    }
    let (check, is_new) = state.store.ask_check(mode, &by.actor, state.clock.now()).await?;
    if is_new {
        tracing::info!(check = check.id.0, actor = by.actor.as_str(), "a check of the files was asked for");
    }
    Ok((check, is_new))
}

/// Looks at a finding again and has it mended. When that fails the finding stays, and says why.
pub async fn repair(state: &AppState, order: &RepairOrder) -> Result<KeptFinding, CommandError> {
    let no_finding = || CommandError::NotFound { what: format!("finding {}", order.finding.0) };
    let files = state.files.as_ref().ok_or_else(|| CommandError::refused(Refusal::NoFiles))?;
    let finding = state.store.finding(order.finding).await?.ok_or_else(no_finding)?;
    if finding.closed.is_some() {
        return Err(CommandError::refused(Refusal::FindingClosed));
    }
    let is_program = matches!(order.by.authority, Authority::Token { .. } | Authority::System);
    if order.repair.removes() && is_program {
        return Err(CommandError::refused(Refusal::NeedsPerson { repair: order.repair }));
    }
    let features = state.store.features().await?;
    let owner = features.iter().find(|feature| Some(feature.id) == finding.finding.feature);
    let needed = match owner {
        Some(owner) if owner.is_complete() || owner.configured == Percentage::FULL => Needed::OnCandidate,
        _ => Needed::WhereRecorded,
    };
    let adopter = match (&order.feature, order.repair) {
        (Some(key), Repair::Adopt) => {
            let found = features.iter().find(|feature| feature.key == *key);
            let unknown =
                || CommandError::Invalid(vec![FieldError::new("/feature", format!("there is no feature {key}"))]);
            Some(found.ok_or_else(unknown)?)
        }
        (None, Repair::Adopt) => {
            return Err(CommandError::Invalid(vec![FieldError::new("/feature", "say whose file it is to be")]));
        }
        _ => None,
    };
    let prepared = files.prepare_repair(&finding, order.repair, needed, adopter).await;
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(RepairError::Gone) => {
            state.store.close_gone(order.finding, state.clock.now()).await?;
            return Err(CommandError::refused(Refusal::FindingGone));
        }
        Err(RepairError::Refused(refusal)) => return Err(CommandError::refused(refusal)),
        Err(RepairError::Store(error)) => return Err(error.into()),
        Err(RepairError::Side(error)) => {
            let why = error.to_string();
            tracing::warn!(finding = order.finding.0, why, "a finding could not be repaired");
            state.store.note_failed_repair(order.finding, &why).await?;
            return Err(CommandError::refused(Refusal::RepairFailed { why }));
        }
    };
    let feature = owner.or(adopter).map(|feature| feature.key.clone());
    let migration = match &feature {
        Some(key) => state.store.feature(key).await?.map(|(migration, _)| migration.slug),
        None => None,
    };
    let Prepared { effects, before, after, .. } = &prepared;
    let is = &finding.finding.is;
    let closed = Closed::Repaired { at: state.clock.now(), by: order.by.actor.clone(), repair: order.repair };
    let change = Change {
        actor: order.by.actor.clone(),
        at: closed.at(),
        writes: vec![Write::Mend(Box::new(Mending {
            finding: order.finding,
            closed: closed.clone(),
            effects: effects.clone(),
        }))],
        audit: vec![AuditDraft {
            action: "finding.repaired",
            migration,
            feature,
            subject: Some(format!("finding {}: {}", order.finding.0, is.subject.as_str())),
            reason: order.reason.as_str().to_owned(),
            before: with_finding(before, &finding, "open"),
            after: with_finding(after, &finding, order.repair.as_str()),
            policy_version: None,
            version: None,
        }],
    };
    prepared.check(&*state.store).await?;
    state.commit(&change).await?;
    drop(prepared);
    tracing::info!(finding = order.finding.0, repair = order.repair.as_str(), "a finding was repaired");
    Ok(KeptFinding { closed: Some(closed), last_error: None, ..finding })
}

/// What the records have, and what became of the finding.
fn with_finding(records: &Value, finding: &KeptFinding, became: &str) -> Value {
    let is = &finding.finding.is;
    json!({"finding": became, "kind": is.kind.as_str(), "side": is.side, "records": records})
}
