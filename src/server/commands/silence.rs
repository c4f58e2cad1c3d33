//! Having nobody told of some alerts for a while, and ending that.

use serde_json::json;

use super::{CommandError, ids};
use crate::domain::alert::{Ended, NewSilence, Silence, SilenceId};
use crate::domain::audit::AuditDraft;
use crate::domain::author::Author;
use crate::domain::field_error::FieldError;
use crate::domain::refusal::Refusal;
use crate::server::state::AppState;
use crate::server::store::{AlertWrite, Change, CommitError, Write};

/// Begins a silence. What alerts do without anyone is done all the same.
pub async fn begin(state: &AppState, order: NewSilence, author: &Author) -> Result<Silence, CommandError> {
    let now = state.clock.now();
    let slug = order.migration.clone();
    let migration = state.store.migration(&slug).await?;
    let migration = migration.ok_or_else(|| CommandError::NotFound { what: format!("migration {slug}") })?;
    let feature = match &order.feature {
        None => None,
        Some(key) => {
            let found = state.store.feature(key).await?.filter(|(of, _)| of.id == migration.id);
            let unknown = || {
                CommandError::Invalid(vec![FieldError::new(
                    "/feature",
                    format!("there is no feature {key} in this migration"),
                )])
            };
            Some(found.ok_or_else(unknown)?.1.id)
        }
    };
    let silence = Silence {
        id: SilenceId(ids::new(now)),
        migration: migration.id,
        feature,
        rule: order.rule,
        from: now,
        until: order.until,
        reason: order.reason,
        actor: author.actor.clone(),
        ended: None,
    };
    let change = Change {
        actor: author.actor.clone(),
        at: now,
        writes: vec![Write::Alert(AlertWrite::Silence(Box::new(silence.clone())))],
        audit: vec![AuditDraft {
            action: "silence.begun",
            migration: Some(slug),
            feature: order.feature,
            subject: Some(format!("silence {}", silence.id.0)),
            reason: silence.reason.as_str().to_owned(),
            before: serde_json::Value::Null,
            after: json!({"silence": silence.id, "rule": silence.rule, "until": silence.until}),
            policy_version: None,
            version: None,
        }],
    };
    state.commit(&change).await?;
    tracing::info!(silence = silence.id.0, actor = change.actor.as_str(), "silence begun");
    Ok(silence)
}

/// Ends a silence before its time: what fires still is told.
pub async fn end(state: &AppState, id: &SilenceId, author: &Author) -> Result<Silence, CommandError> {
    let not_found = || CommandError::NotFound { what: format!("silence {}", id.0) };
    let silence = state.store.silence(id).await?.ok_or_else(not_found)?;
    let now = state.clock.now();
    if !silence.is_in_effect(now) {
        return Err(CommandError::refused(Refusal::NothingToChange));
    }
    let migrations = state.store.migrations().await?;
    let features = state.store.features().await?;
    let ended = Ended { at: now, by: author.actor.clone() };
    let change = Change {
        actor: author.actor.clone(),
        at: now,
        writes: vec![Write::Alert(AlertWrite::EndSilence { silence: id.clone(), ended: ended.clone() })],
        audit: vec![AuditDraft {
            action: "silence.ended",
            migration: migrations.into_iter().find(|it| it.id == silence.migration).map(|it| it.slug),
            feature: features.into_iter().find(|it| Some(it.id) == silence.feature).map(|it| it.key),
            subject: Some(format!("silence {}", id.0)),
            reason: String::new(),
            before: json!({"silence": id, "rule": silence.rule, "until": silence.until}),
            after: json!({"silence": id, "ended_at": now}),
            policy_version: None,
            version: None,
        }],
    };
    match state.commit(&change).await {
        Ok(()) => {}
        // Somebody else ended it at the same moment.
        Err(CommitError::Stale { .. }) => return Err(CommandError::refused(Refusal::NothingToChange)),
        Err(error) => return Err(error.into()),
    }
    tracing::info!(silence = id.0, actor = change.actor.as_str(), "silence ended");
    Ok(Silence { ended: Some(ended), ..silence })
}
