//! A rollback in the making: what it covers, what it writes, and the events that tell of it. Not what is rolled back.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Outcome, RollbackOrder};
use crate::domain::audit::AuditDraft;
use crate::domain::feature::Switch;
use crate::domain::migration::Migration;
use crate::domain::percentage::Percentage;
use crate::domain::rollback::{Covered, Progress, Rollback, RollbackId, RollbackKind, Scope};
use crate::domain::rollout::ChangeKind;
use crate::domain::snapshot::Snapshot;
use crate::domain::transition::{Order, take_back};
use crate::server::commands::record::{feature_event, migration_state};
use crate::server::commands::{CommandError, ids};
use crate::server::queries::evidence;
use crate::server::state::AppState;
use crate::server::store::{AlertWrite, Change, StoreError, Write};

/// A rollback in the making.
pub(super) struct Taking<'a> {
    order: &'a RollbackOrder,
    pub(super) now: DateTime<Utc>,
    pub(super) id: RollbackId,
    covered: Vec<Covered>,
    pub(super) writes: Vec<Write>,
    audit: Vec<AuditDraft>,
}

impl<'a> Taking<'a> {
    pub(super) fn new(state: &AppState, order: &'a RollbackOrder) -> Self {
        let now = state.clock.now();
        let id = RollbackId(ids::new(now));
        Self { order, now, id, covered: Vec::new(), writes: Vec::new(), audit: Vec::new() }
    }

    pub(super) fn cover(&mut self, snapshot: &Snapshot) {
        self.covered.push(Covered { feature: snapshot.feature.key.clone(), from: snapshot.feature.configured });
    }

    pub(super) async fn take(
        &mut self,
        state: &AppState,
        snapshot: &Snapshot,
        to: Percentage,
        kind: ChangeKind,
    ) -> Result<(), StoreError> {
        self.cover(snapshot);
        self.take_covered(state, snapshot, to, kind).await
    }

    pub(super) async fn take_covered(
        &mut self,
        state: &AppState,
        snapshot: &Snapshot,
        to: Percentage,
        kind: ChangeKind,
    ) -> Result<(), StoreError> {
        let order = Order { author: &self.order.author, reason: &self.order.reason, now: self.now };
        let mut decided = take_back(snapshot, to, kind, &self.id, order);
        // What the minute had seen is not worth failing a rollback for.
        let seen = evidence::entry_minute(state.store.as_ref(), snapshot.feature.id, self.now).await;
        decided.feature.before_entry = seen.unwrap_or_default();
        if let Some(gradual) = &snapshot.feature.gradual {
            self.writes.push(Write::Progress {
                rollback: gradual.rollback.clone(),
                expected: Progress::Stepping,
                now: Progress::PreEmpted { at: self.now },
            });
        }
        let action = match kind {
            ChangeKind::EmergencyRollback => "rollback.emergency",
            ChangeKind::GradualRollback => "rollback.gradual",
            _ => "rollback.feature",
        };
        self.audit.push(feature_event(snapshot, &decided, action));
        self.writes.push(Write::Feature { feature: decided.feature, expected: snapshot.feature.version });
        self.writes.push(Write::RolloutChange { change: decided.change, frozen: None });
        Ok(())
    }

    /// The migration's candidate off and its fallback on.
    pub(super) fn switch_off(&mut self, before: &Migration) {
        if !is_switched_on(before) {
            return;
        }
        let migration = Migration {
            candidate_enabled: Switch::Off,
            fallback_to_legacy: Switch::On,
            version: before.version + 1,
            ..before.clone()
        };
        let mut after = migration_state(&migration);
        after["rollback"] = json!(self.id);
        self.audit.push(AuditDraft {
            action: "migration.emergency_rollback",
            migration: Some(before.slug.clone()),
            feature: None,
            subject: None,
            reason: self.order.reason.as_str().to_owned(),
            before: migration_state(before),
            after,
            policy_version: None,
            version: Some(migration.version),
        });
        self.writes.push(Write::Migration { migration, expected: before.version });
    }

    pub(super) fn rollback(&self, id: &RollbackId, scope: Scope, kind: RollbackKind) -> Rollback {
        let progress = match &kind {
            RollbackKind::Gradual(plan) if !plan.is_done(self.now) => Progress::Stepping,
            RollbackKind::Feature | RollbackKind::Gradual(_) | RollbackKind::Emergency => {
                Progress::InEffect { since: self.now }
            }
        };
        Rollback {
            id: id.clone(),
            scope,
            kind,
            covered: self.covered.clone(),
            at: self.now,
            actor: self.order.author.actor.clone(),
            reason: self.order.reason.clone(),
            progress,
        }
    }

    pub(super) async fn make(mut self, state: &AppState, rollback: Rollback) -> Result<Outcome, CommandError> {
        self.writes.push(Write::OpenRollback(Box::new(rollback.clone())));
        if self.audit.is_empty() {
            // Nothing had to change, and still somebody pulled the cord.
            self.audit.push(AuditDraft {
                action: "rollback.emergency",
                migration: None,
                feature: None,
                subject: Some(format!("rollback {}", rollback.id.0)),
                reason: rollback.reason.as_str().to_owned(),
                before: serde_json::Value::Null,
                after: json!({"rollback": rollback.id}),
                policy_version: None,
                version: None,
            });
        }
        if let Some(alert) = &self.order.alert {
            let (alert, rollback) = (alert.clone(), rollback.id.clone());
            for event in &mut self.audit {
                event.after["alert"] = json!(alert);
            }
            self.writes.push(Write::Alert(AlertWrite::RolledBack { alert, rollback }));
        }
        let actor = self.order.author.actor.clone();
        let change = Change { actor, at: self.now, writes: self.writes, audit: self.audit };
        state.commit(&change).await?;
        tracing::warn!(
            rollback = rollback.id.0,
            kind = rollback.kind.as_str(),
            actor = change.actor.as_str(),
            reason = rollback.reason.as_str(),
            "rolled back"
        );
        Ok(Outcome::Made(rollback))
    }
}

pub(super) fn is_switched_on(migration: &Migration) -> bool {
    migration.candidate_enabled.is_on() || !migration.fallback_to_legacy.is_on()
}
