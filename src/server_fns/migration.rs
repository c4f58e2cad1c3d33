//! Creating migrations.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::catalog::MigrationView;

/// Every migration, oldest first: all that the emergency rollback needs to know.
#[server(prefix = "/panel", endpoint = "migrations", input = GetUrl)]
pub async fn get_migrations() -> Result<Vec<MigrationView>, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let migrations = queries::catalog::migrations(&reply::state()).await.map_err(Fault::from);
    migrations
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Creates a migration and leads to it.
#[server(prefix = "/panel", endpoint = "create-migration")]
pub async fn create_migration(
    #[server(default)] slug: String,
    #[server(default)] name: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::migration::NewMigration;
    use crate::server::commands::catalog;
    use crate::server::reply;

    let principal = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("slug", &slug), ("name", &name)]);
    let created = match NewMigration::parse(&slug, &name) {
        Err(errors) => Err(PanelError::Invalid { errors, given }),
        Ok(new) => {
            let path = format!("/#{}", new.slug);
            catalog::create_migration(&reply::state(), new, &principal.author())
                .await
                .map(|()| path)
                .map_err(|error| PanelError::of(error.into(), "slug", given))
        }
    };
    created.map(|path| leptos_axum::redirect(&path)).inspect_err(|error| reply::set_status(error.status()))
}
