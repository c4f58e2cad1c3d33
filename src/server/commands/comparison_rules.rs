//! A migration's comparison rules: a new version, or one more field that is ignored.

use serde_json::json;

use super::CommandError;
use super::insist::insist;
use super::record::{no_feature, stale_rules};
use crate::domain::audit::AuditDraft;
use crate::domain::author::Author;
use crate::domain::comparison_rules::{ComparisonRules, MAX_RULES, RulesVersion};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::field_error::FieldError;
use crate::domain::field_path::FieldPath;
use crate::domain::field_pattern::FieldPattern;
use crate::domain::migration::Migration;
use crate::domain::reason::Reason;
use crate::server::state::AppState;
use crate::server::store::{Change, ExamplesFate, Write};

/// Rules to be in force from now on.
#[derive(Clone, Debug)]
pub struct RulesOrder {
    pub migration: MigrationSlug,
    /// The version that was edited; `None` for whatever is in force.
    pub seen: Option<i64>,
    pub rules: ComparisonRules,
    pub author: Author,
    pub reason: Reason,
}

/// One more field to be ignored, in whatever rules are in force.
#[derive(Clone, Debug)]
pub struct IgnoreOrder {
    /// Whose migration's rules it joins.
    pub feature: FeatureKey,
    pub field: FieldPattern,
    pub author: Author,
    pub reason: Reason,
}

/// Puts a new version in force. What was compared before stays as it was counted.
pub async fn save(state: &AppState, order: RulesOrder) -> Result<RulesVersion, CommandError> {
    insist!(try_save(state, &order))
}

/// Ignores one more field from now on.
pub async fn ignore(state: &AppState, order: IgnoreOrder) -> Result<RulesVersion, CommandError> {
    // What else the rules say does not matter to it.
    insist!(try_ignore(state, &order))
}

async fn try_save(state: &AppState, order: &RulesOrder) -> Result<RulesVersion, CommandError> {
    let slug = &order.migration;
    let no_migration = || CommandError::NotFound { what: format!("migration {slug}") };
    let migration = state.store.migration(slug).await?.ok_or_else(no_migration)?;
    let present = present(state, &migration).await?;
    if let Some(seen) = order.seen.filter(|seen| *seen != present.version) {
        return Err(stale_rules(state, slug, present.version, seen).await);
    }
    if order.rules == present.rules {
        return Err(vec![FieldError::new("/rules", "are the rules that are in force already")].into());
    }
    put(state, &migration, &present, order.rules.clone(), (&order.author, &order.reason)).await
}

async fn try_ignore(state: &AppState, order: &IgnoreOrder) -> Result<RulesVersion, CommandError> {
    let (migration, _) = state.store.feature(&order.feature).await?.ok_or_else(|| no_feature(&order.feature))?;
    let present = present(state, &migration).await?;
    let steps = FieldPath::new(order.field.as_str()).steps();
    let is_ignored = steps.is_some_and(|steps| present.rules.ignores_within(&steps));
    if is_ignored || present.rules.ignore.contains(&order.field) {
        return Err(vec![FieldError::new("/field", "is ignored already")].into());
    }
    if present.rules.len() >= MAX_RULES {
        return Err(vec![FieldError::new(
            "/field",
            format!("would be one rule more than the {MAX_RULES} there may be"),
        )]
        .into());
    }
    let rules = present.rules.clone().ignoring(order.field.clone());
    put(state, &migration, &present, rules, (&order.author, &order.reason)).await
}

async fn present(state: &AppState, migration: &Migration) -> Result<RulesVersion, CommandError> {
    let versions = state.store.comparison_rules(migration.id).await?;
    versions
        .into_iter()
        .next()
        .ok_or_else(|| CommandError::NotFound { what: format!("rules of migration {}", migration.slug) })
}

async fn put(
    state: &AppState,
    migration: &Migration,
    present: &RulesVersion,
    rules: ComparisonRules,
    (author, reason): (&Author, &Reason),
) -> Result<RulesVersion, CommandError> {
    // What is redacted from now on may be in examples that were kept before.
    let is_more_secret = rules.redact.iter().any(|pattern| !present.rules.redact.contains(pattern));
    let examples = if is_more_secret { ExamplesFate::Forgotten } else { ExamplesFate::Kept };
    let next = RulesVersion {
        version: present.version + 1,
        rules,
        at: state.clock.now(),
        actor: author.actor.clone(),
        reason: reason.as_str().to_owned(),
    };
    let audit = AuditDraft {
        action: "comparison_rules.changed",
        migration: Some(migration.slug.clone()),
        feature: None,
        subject: Some(format!("comparison rules version {}", next.version)),
        reason: next.reason.clone(),
        before: json!({"version": present.version, "rules": present.rules}),
        after: json!({"version": next.version, "rules": next.rules}),
        policy_version: None,
        version: Some(next.version),
    };
    let write = Write::ComparisonRules { migration: migration.id, rules: next.clone(), examples };
    let change = Change { actor: next.actor.clone(), at: next.at, writes: vec![write], audit: vec![audit] };
    state.commit(&change).await?;
    let actor = change.actor.as_str();
    tracing::info!(migration = %migration.slug, version = next.version, actor, "comparison rules changed");
    Ok(next)
}
