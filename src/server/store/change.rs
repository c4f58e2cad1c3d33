//! What is changed at once: rows to write and the audit events that tell of it, in one transaction.

use chrono::{DateTime, Utc};

use crate::domain::alert_notice::AlertNotice;
use crate::domain::audit::AuditDraft;
use crate::domain::comparison_rules::RulesVersion;
use crate::domain::feature::{Feature, FeatureId, NewFeature};
use crate::domain::migration::{Migration, MigrationId, NewMigration};
use crate::domain::policy::Policy;
use crate::domain::rollback::{Progress, Rollback, RollbackId};
use crate::domain::rollout::{FrozenGate, RolloutChange};
use crate::domain::sign_off::SignOff;
use crate::domain::snapshot::PolicyVersion;
use crate::domain::text::Actor;
use crate::server::store::account::AccountWrite;
use crate::server::store::alerts::AlertWrite;
use crate::server::store::consistency::Mending;
use crate::server::store::notifications::{NotificationWrite, TargetWrite};
use crate::server::store::runbooks::RunbookWrite;

/// A change, with who makes it and when.
#[derive(Clone, Debug)]
pub struct Change {
    pub actor: Actor,
    pub at: DateTime<Utc>,
    /// In the order in which they are written.
    pub writes: Vec<Write>,
    /// In the order in which they join the chain.
    pub audit: Vec<AuditDraft>,
}

/// What becomes of the examples that are kept of a migration's differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExamplesFate {
    Kept,
    /// They may show what is redacted from now on.
    Forgotten,
}

/// One thing written. Where a version is expected and another is found, nothing of the change is made.
#[derive(Clone, Debug)]
pub enum Write {
    /// A new migration with its switches on, and the first version of its policy.
    CreateMigration {
        migration: NewMigration,
        policy: Policy,
        reason: String,
    },
    /// A new feature at 0 % in the policy's first stage, entered by `person`, with its first rollout change.
    CreateFeature {
        feature: NewFeature,
        stage: String,
        person: Actor,
        reason: String,
    },
    /// A migration as it is from now on.
    Migration {
        migration: Migration,
        expected: i64,
    },
    /// A feature as it is from now on.
    Feature {
        feature: Feature,
        expected: i64,
    },
    /// Nothing; but the feature must still have this version.
    Unchanged {
        feature: FeatureId,
        expected: i64,
    },
    /// Nothing; but the feature must have so many sign-offs of this entry into a stage.
    Reviewed {
        feature: FeatureId,
        entry: i64,
        expected: u32,
    },
    /// The next version of a policy, which must follow the present one.
    Policy {
        migration: MigrationId,
        policy: PolicyVersion,
    },
    /// The next version of a migration's comparison rules, which must follow the present one.
    ComparisonRules {
        migration: MigrationId,
        rules: RulesVersion,
        examples: ExamplesFate,
    },
    /// A line of a feature's history, with the gate by which it was decided.
    RolloutChange {
        change: RolloutChange,
        frozen: Option<Box<FrozenGate>>,
    },
    SignOff(Box<SignOff>),
    /// A rollback from its beginning.
    OpenRollback(Box<Rollback>),
    /// How far a rollback has come, which must not have come further meanwhile.
    Progress {
        rollback: RollbackId,
        expected: Progress,
        now: Progress,
    },
    /// A finding of a check that was mended, and what mended it.
    Mend(Box<Mending>),
    /// What is to be told of an alert: it is queued for every target that is told of such.
    Notice(Box<AlertNotice>),
    /// A change of targets.
    Target(Box<TargetWrite>),
    /// What was not told, and what is to become of it.
    Notification(NotificationWrite),
    /// A checklist, or what is done of one.
    Runbook(RunbookWrite),
    /// An alert or a silence.
    Alert(AlertWrite),
    /// A change of users or tokens.
    Account(AccountWrite),
}
