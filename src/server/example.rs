//! The example migration of `crossfade serve --example`: something to look at on a first start.

use super::commands::policy::PolicyOrder;
use super::commands::settings::{self, Settings, SettingsOrder};
use super::commands::{self, CommandError, catalog};
use super::state::AppState;
use crate::domain::alert_notice::Severity;
use crate::domain::author::Author;
use crate::domain::feature::NewFeature;
use crate::domain::feature_key::MigrationSlug;
use crate::domain::field_error::FieldError;
use crate::domain::migration::{NewMigration, SampleRate};
use crate::domain::policy::{AlertAction, AlertRule, Assurance, AutoRollback, Criterion, Policy, Watch};
use crate::domain::reason::Reason;

const SLUG: &str = "file-management";

const FEATURES: [(&str, &str); 3] = [
    ("kimi", "Uploads to Kimi"),
    ("smart_handler", "Small files embedded, large ones uploaded"),
    ("supabase", "Files in Supabase storage"),
];

/// How long a check of all files counts.
const CHECKED_WITHIN_HOURS: f64 = 24.0;

/// Why the example could not be created.
#[derive(Debug, thiserror::Error)]
pub enum ExampleError {
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error("the example itself is invalid: {0:?}")]
    Invalid(Vec<FieldError>),
}

/// Creates what of the example is not there.
pub async fn create(state: &AppState) -> Result<(), ExampleError> {
    let migration = NewMigration::parse(SLUG, "File management").map_err(ExampleError::Invalid)?;
    unless_there(catalog::create_migration(state, migration, &Author::system()).await)?;
    for (key, name) in FEATURES {
        let feature = NewFeature::parse(SLUG, key, name).map_err(ExampleError::Invalid)?;
        unless_there(catalog::create_feature(state, feature, &Author::system()).await)?;
    }
    ask_for_consistency(state).await
}

/// Has every stage of the default policy ask whether the files on both sides are as they should be, and has traffic taken
/// back by itself when the candidate fails. A policy that somebody has edited stays as it is.
async fn ask_for_consistency(state: &AppState) -> Result<(), ExampleError> {
    let slug = MigrationSlug::parse(SLUG).map_err(|error| vec![FieldError::new("/slug", error)]);
    let slug = slug.map_err(ExampleError::Invalid)?;
    let migration = state.store.migration(&slug).await.map_err(CommandError::from)?;
    let Some(migration) = migration else { return Ok(()) };
    let versions = state.store.policies(migration.id).await.map_err(CommandError::from)?;
    let [only] = &versions[..] else { return Ok(()) };
    if only.policy != Policy::default_policy() {
        return Ok(());
    }
    let mut policy = only.policy.clone();
    for stage in &mut policy.stages {
        stage.criteria.push(Criterion::Consistency { hours: CHECKED_WITHIN_HOURS });
    }
    let mut rules = policy.alert_rules().to_vec();
    rules.insert(0, taken_back());
    policy.alerts = Some(rules);
    let order = PolicyOrder {
        migration: slug,
        seen: Some(only.version),
        policy,
        author: Author::system(),
        reason: Reason::of_program(
            "files are moved, so both sides have to have them; what fails is taken back by itself",
        ),
    };
    commands::policy::save(state, order).await?;
    Ok(())
}

/// The rule that takes traffic back by itself: soon, so that one can watch it.
fn taken_back() -> AlertRule {
    let assurance = Assurance::Proven;
    AlertRule {
        name: "taken_back".to_owned(),
        watch: Watch::Measured { criterion: Criterion::ErrorRate { limit: 0.05, assurance }, window_minutes: 3 },
        for_minutes: 1,
        keep_firing_minutes: AlertRule::KEEP_FIRING_MINUTES,
        severity: Severity::Critical,
        action: AlertAction::RollBack(AutoRollback::Feature),
        features: Vec::new(),
    }
}

/// Runs half of all calls on both sides, so that the little traffic of the example shows something soon; unless somebody
/// has set the migration otherwise.
pub async fn shadow_more(state: &AppState) -> Result<(), ExampleError> {
    let invalid = |error: &dyn std::fmt::Display| ExampleError::Invalid(vec![FieldError::new("", error.to_string())]);
    let migration = MigrationSlug::parse(SLUG).map_err(|error| invalid(&error))?;
    let untouched = state.store.migration(&migration).await.map_err(CommandError::from)?;
    if untouched.is_none_or(|migration| migration.version > 1) {
        return Ok(());
    }
    let sample_rate = Some(SampleRate::new(0.5).map_err(|error| invalid(&error))?);
    let order = SettingsOrder {
        migration,
        seen: Some(1),
        settings: Settings { sample_rate, ..Settings::default() },
        author: Author::system(),
        reason: Reason::parse("the example has little traffic").map_err(|error| invalid(&error))?,
    };
    settings::set(state, order).await?;
    Ok(())
}

/// One line on how to send the example something.
pub fn how_to_send(address: std::net::SocketAddr) -> String {
    let (feature, _) = FEATURES[0];
    let program = std::env::args().next().unwrap_or_else(|| "crossfade".to_owned());
    format!(
        r#"send it something: curl http://{address}/api/v1/observations -H "Authorization: Bearer $({program} token create --name first --scope ingest,read)" --json '{{"feature":"{feature}","operation":"upload","path":"legacy","outcome":"ok","latency_ms":812.4}}'"#
    )
}

fn unless_there(created: Result<(), CommandError>) -> Result<(), CommandError> {
    match created {
        Err(CommandError::Exists { .. }) => Ok(()),
        other => other,
    }
}
