//! A migration's checklist: reading it, giving it a new one, and saying what of it is done.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::runbook::RunbookView;

/// The checklist with who ticked what.
#[server(prefix = "/panel", endpoint = "runbook", input = GetUrl)]
pub async fn get_runbook(#[server(default)] migration: String) -> Result<RunbookView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{orders, queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let load = async {
        let view = queries::runbook::view(&reply::state(), &orders::slug(&migration)?).await?;
        view.ok_or_else(|| Fault::NotFound { what: format!("migration {migration}") })
    };
    load.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Gives the migration this checklist, as its text or as a file in base64; `version` is that of the one that was seen.
#[server(prefix = "/panel", endpoint = "import-runbook")]
pub async fn import_runbook(
    #[server(default)] migration: String,
    #[server(default)] version: String,
    #[server(default)] markdown: String,
    #[server(default)] file: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::commands::runbook;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("markdown", &markdown)]);
    let import = async {
        let (slug, seen) = (orders::slug(&migration)?, orders::version(&version)?);
        let (field, checklist) = orders::text_or_file(("markdown", &markdown), ("file", &file))?;
        let imported = runbook::import(&reply::state(), &slug, Some(seen), &checklist, &by).await;
        Ok::<_, Fault>(imported.map_err(|error| error.in_field(field))?)
    };
    import
        .await
        .map(drop)
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Says that an item is done (`done` is `true`), or that it is not.
#[server(prefix = "/panel", endpoint = "tick")]
pub async fn tick(
    #[server(default)] migration: String,
    #[server(default)] item: String,
    #[server(default)] version: String,
    #[server(default)] done: String,
    #[server(default)] note: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::runbook::ItemId;
    use crate::server::commands::runbook::{self, TickOrder};
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("note", &note)]);
    let tick = async {
        let order = TickOrder {
            migration: orders::slug(&migration)?,
            item: ItemId(item),
            seen: Some(orders::version(&version)?),
            is_done: done == "true",
            note: orders::note(&note)?,
        };
        Ok::<_, Fault>(runbook::tick(&reply::state(), order, &by).await?)
    };
    tick.await.map_err(|fault| PanelError::of(fault, "", given)).inspect_err(|error| reply::set_status(error.status()))
}
