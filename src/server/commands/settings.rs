//! A migration's switches and its shadow setting.

use super::CommandError;
use super::insist::insist;
use super::record::{migration_state, stale_migration};
use crate::domain::audit::AuditDraft;
use crate::domain::author::Author;
use crate::domain::feature::Switch;
use crate::domain::feature_key::MigrationSlug;
use crate::domain::migration::{Migration, SampleRate, ShadowSetting};
use crate::domain::reason::Reason;
use crate::domain::refusal::Refusal;
use crate::domain::rollout::ChangeKind;
use crate::domain::transition::{Order, follow_migration};
use crate::server::state::AppState;
use crate::server::store::{Change, Write};

/// What is to be set; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    pub candidate_enabled: Option<Switch>,
    pub fallback_to_legacy: Option<Switch>,
    pub shadow_enabled: Option<Switch>,
    pub sample_rate: Option<SampleRate>,
}

/// Which migration, as of which version, by whom and why.
#[derive(Clone, Debug)]
pub struct SettingsOrder {
    pub migration: MigrationSlug,
    /// The version that the change is made against; `None` for whatever it is now.
    pub seen: Option<i64>,
    pub settings: Settings,
    pub author: Author,
    pub reason: Reason,
}

/// Sets a migration's switches. The stage clocks of its features follow.
pub async fn set(state: &AppState, order: SettingsOrder) -> Result<Migration, CommandError> {
    // That a feature moved at the same moment is no reason to refuse.
    insist!(try_set(state, &order))
}

async fn try_set(state: &AppState, order: &SettingsOrder) -> Result<Migration, CommandError> {
    let slug = &order.migration;
    let before = state.store.migration(slug).await?;
    let before = before.ok_or_else(|| CommandError::NotFound { what: format!("migration {slug}") })?;
    if let Some(seen) = order.seen.filter(|seen| *seen != before.version) {
        return Err(stale_migration(state, &before, seen).await);
    }
    let settings = order.settings;
    let after = Migration {
        candidate_enabled: settings.candidate_enabled.unwrap_or(before.candidate_enabled),
        fallback_to_legacy: settings.fallback_to_legacy.unwrap_or(before.fallback_to_legacy),
        shadow: ShadowSetting {
            enabled: settings.shadow_enabled.unwrap_or(before.shadow.enabled),
            sample_rate: settings.sample_rate.unwrap_or(before.shadow.sample_rate),
        },
        version: before.version + 1,
        ..before.clone()
    };
    let told = differences(&before, &after);
    if told.is_empty() {
        return Err(CommandError::refused(Refusal::NothingToChange));
    }
    let now = state.clock.now();
    let mut writes = vec![Write::Migration { migration: after.clone(), expected: before.version }];
    for snapshot in state.store.snapshots().await?.iter().filter(|it| it.migration.id == before.id) {
        let mut feature = None;
        for (kind, detail) in &told {
            let by = Order { author: &order.author, reason: &order.reason, now };
            let decided = follow_migration(snapshot, &after, *kind, detail.clone(), by);
            writes.push(Write::RolloutChange { change: decided.change, frozen: None });
            feature = Some(decided.feature);
        }
        if let Some(feature) = feature {
            writes.push(Write::Feature { feature, expected: snapshot.feature.version });
        }
    }
    let audit = AuditDraft {
        action: "migration.settings_changed",
        migration: Some(slug.clone()),
        feature: None,
        subject: None,
        reason: order.reason.as_str().to_owned(),
        before: migration_state(&before),
        after: migration_state(&after),
        policy_version: None,
        version: Some(after.version),
    };
    let change = Change { actor: order.author.actor.clone(), at: now, writes, audit: vec![audit] };
    state.commit(&change).await?;
    tracing::info!(migration = %slug, actor = change.actor.as_str(), "migration settings changed");
    Ok(after)
}

/// What changes, as the history of each feature tells it.
fn differences(before: &Migration, after: &Migration) -> Vec<(ChangeKind, String)> {
    let mut told = Vec::new();
    let on_off = |switch: Switch| if switch.is_on() { "on" } else { "off" };
    if before.candidate_enabled != after.candidate_enabled {
        let on = after.candidate_enabled.is_on();
        let kind = if on { ChangeKind::CandidateEnabled } else { ChangeKind::CandidateDisabled };
        told.push((kind, format!("the migration’s candidate switch {}", on_off(after.candidate_enabled))));
    }
    if before.fallback_to_legacy != after.fallback_to_legacy {
        let on = after.fallback_to_legacy.is_on();
        let kind = if on { ChangeKind::FallbackEnabled } else { ChangeKind::FallbackDisabled };
        told.push((kind, format!("fallback to legacy {}", on_off(after.fallback_to_legacy))));
    }
    if before.shadow != after.shadow {
        let rate = after.shadow.sample_rate.fraction() * 100.0;
        told.push((ChangeKind::ShadowChanged, format!("shadow {} at {rate} %", on_off(after.shadow.enabled))));
    }
    told
}
