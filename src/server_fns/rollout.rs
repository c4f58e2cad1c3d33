//! Changing features and migrations: percentages, switches, the shadow setting.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::catalog::MigrationView;

/// Sets a feature's percentage within its stage.
#[server(prefix = "/panel", endpoint = "set-percentage")]
pub async fn set_percentage(
    #[server(default)] key: String,
    #[server(default)] version: String,
    #[server(default)] percentage: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::commands::rollout::set_percentage;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("percentage", &percentage), ("reason", &reason)]);
    let set = async {
        let wanted = orders::percentage("/percentage", &percentage)?;
        let order = orders::feature(&key, Some(orders::version(&version)?), &reason, &by)?;
        Ok::<_, Fault>(set_percentage(&reply::state(), order, wanted).await?)
    };
    set.await
        .map(|_| leptos_axum::redirect(&format!("/features/{key}")))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Switches a feature on (`enabled` is `true`) or off (`false`).
#[server(prefix = "/panel", endpoint = "set-feature-enabled")]
pub async fn set_feature_enabled(
    #[server(default)] key: String,
    #[server(default)] version: String,
    #[server(default)] enabled: bool,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::feature::Switch;
    use crate::server::commands::rollout::set_enabled;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("reason", &reason)]);
    let set = async {
        let order = orders::feature(&key, Some(orders::version(&version)?), &reason, &by)?;
        Ok::<_, Fault>(set_enabled(&reply::state(), order, Switch::from_bool(enabled)).await?)
    };
    set.await
        .map(|_| leptos_axum::redirect(&format!("/features/{key}")))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Enters the present stage anew: evidence and sign-offs begin again.
#[server(prefix = "/panel", endpoint = "restart-stage")]
pub async fn restart_stage(
    #[server(default)] key: String,
    #[server(default)] version: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::commands::rollout::restart_stage;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("reason", &reason)]);
    let restart = async {
        let order = orders::feature(&key, Some(orders::version(&version)?), &reason, &by)?;
        Ok::<_, Fault>(restart_stage(&reply::state(), order).await?)
    };
    restart
        .await
        .map(|_| leptos_axum::redirect(&format!("/features/{key}")))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// A migration with its switches.
#[server(prefix = "/panel", endpoint = "migration", input = GetUrl)]
pub async fn get_migration(#[server(default)] slug: String) -> Result<MigrationView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{orders, queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let load = async {
        let known = orders::slug(&slug)?;
        let view = queries::catalog::migration(&reply::state(), &known).await?;
        view.ok_or_else(|| Fault::NotFound { what: format!("migration {slug}") })
    };
    load.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Sets a migration's switches and its shadow setting; `sample_rate` is from 0 to 1.
#[server(prefix = "/panel", endpoint = "set-migration")]
pub async fn set_migration(
    #[server(default)] slug: String,
    #[server(default)] version: String,
    #[server(default)] candidate_enabled: bool,
    #[server(default)] fallback_to_legacy: bool,
    #[server(default)] shadow_enabled: bool,
    #[server(default)] sample_rate: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::field_error::FieldError;
    use crate::domain::reason::Reason;
    use crate::server::commands::settings::{SettingsOrder, set};
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([
        ("candidate_enabled", &candidate_enabled.to_string()),
        ("fallback_to_legacy", &fallback_to_legacy.to_string()),
        ("shadow_enabled", &shadow_enabled.to_string()),
        ("sample_rate", &sample_rate),
        ("reason", &reason),
    ]);
    let change = async {
        let settings = orders::settings(candidate_enabled, fallback_to_legacy, shadow_enabled, &sample_rate)?;
        let reason = Reason::parse(&reason)
            .map_err(|error| Fault::Invalid { errors: vec![FieldError::new("/reason", error)] })?;
        let (migration, seen) = (orders::slug(&slug)?, Some(orders::version(&version)?));
        let order = SettingsOrder { migration, seen, settings, author: by.author(), reason };
        Ok::<_, Fault>(set(&reply::state(), order).await?)
    };
    change
        .await
        .map(|_| leptos_axum::redirect(&format!("/migrations/{slug}")))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}
