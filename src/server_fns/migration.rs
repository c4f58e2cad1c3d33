//! Creating migrations.

use leptos::prelude::*;

use super::error::PanelError;

/// Creates a migration and leads to it.
#[server(prefix = "/panel", endpoint = "create-migration")]
pub async fn create_migration(
    #[server(default)] slug: String,
    #[server(default)] name: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::migration::NewMigration;
    use crate::server::commands::{CommandError, catalog};
    use crate::server::reply;

    let principal = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("slug", &slug), ("name", &name)]);
    let created = match NewMigration::parse(&slug, &name) {
        Err(errors) => Err(PanelError::Invalid { errors, given }),
        Ok(new) => {
            let path = format!("/#{}", new.slug);
            catalog::create_migration(&reply::state(), new, principal.actor).await.map(|()| path).map_err(|error| {
                match error {
                    CommandError::Exists { what } => PanelError::Conflict { what, field: "slug".to_owned(), given },
                    CommandError::NotFound { what } => PanelError::NotFound { what },
                    error @ (CommandError::Stale { .. } | CommandError::LastAdmin) => {
                        PanelError::Refused { detail: error.to_string(), given }
                    }
                    CommandError::Store(error) => {
                        reply::log_failure(&error);
                        PanelError::Unavailable { given }
                    }
                }
            })
        }
    };
    created.map(|path| leptos_axum::redirect(&path)).inspect_err(|error| reply::set_status(error.status()))
}
