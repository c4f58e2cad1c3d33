//! What is changed at once: rows to write and the audit events that tell of it, in one transaction.

use chrono::{DateTime, Utc};

use crate::domain::audit::AuditDraft;
use crate::domain::feature::NewFeature;
use crate::domain::migration::NewMigration;
use crate::domain::text::Actor;
use crate::server::store::account::AccountWrite;

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

/// One thing written.
#[derive(Clone, Debug)]
pub enum Write {
    /// A new migration with its switches on.
    CreateMigration(NewMigration),
    /// A new feature at 0 % in the policy's first stage, with its first rollout change.
    CreateFeature { feature: NewFeature, stage: String, reason: String },
    /// A change of users or tokens.
    Account(AccountWrite),
}
