//! The example migration of `crossfade serve --example`: something to look at on a first start.

use super::commands::settings::{self, Settings, SettingsOrder};
use super::commands::{CommandError, catalog};
use super::state::AppState;
use crate::domain::author::Author;
use crate::domain::feature::NewFeature;
use crate::domain::feature_key::MigrationSlug;
use crate::domain::field_error::FieldError;
use crate::domain::migration::{NewMigration, SampleRate};
use crate::domain::reason::Reason;

const SLUG: &str = "file-management";

const FEATURES: [(&str, &str); 3] = [
    ("kimi", "Uploads to Kimi"),
    ("smart_handler", "Small files embedded, large ones uploaded"),
    ("supabase", "Files in Supabase storage"),
];

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
    Ok(())
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
