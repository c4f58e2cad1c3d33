//! Files, and whether records and sides agree.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::consistency::ConsistencyView;
use crate::views::file_pages::{FilePage, FilesPage};

/// What there is of files, and the newest of those that are asked for.
#[server(prefix = "/panel", endpoint = "files", input = GetUrl)]
pub async fn get_files(
    #[server(default)] feature: String,
    #[server(default)] name: String,
    #[server(default)] side: String,
    #[server(default)] before: String,
) -> Result<FilesPage, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::queries::files::{Asked, page};
    use crate::server::reply;
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let asked = Asked { feature, name, side, before };
    page(&reply::state(), &asked)
        .await
        .map_err(|error| PanelError::of(Fault::from(error), "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// One file, and what is known of it.
#[server(prefix = "/panel", endpoint = "file", input = GetUrl)]
pub async fn get_file(#[server(default)] id: String) -> Result<FilePage, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let found = queries::files::file(&reply::state(), &id).await.map_err(Fault::from);
    found
        .and_then(|found| found.ok_or_else(|| Fault::NotFound { what: format!("file {id}") }))
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Deletes a file for good.
#[server(prefix = "/panel", endpoint = "delete-file")]
pub async fn delete_file(#[server(default)] id: String, #[server(default)] reason: String) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{commands, orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("reason", &reason)]);
    let delete = async {
        let (id, reason) = (orders::file_id(&id)?, orders::reason(&reason)?);
        Ok::<_, Fault>(commands::files::delete(&reply::state(), &id, &by.author(), &reason).await?)
    };
    delete
        .await
        .map(|()| leptos_axum::redirect("/files"))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Has everything tried again now that waits for its next attempt.
#[server(prefix = "/panel", endpoint = "retry-files")]
pub async fn retry_files() -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{commands, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Operate)?;
    commands::files::retry_now(&reply::state())
        .await
        .map(|_| leptos_axum::redirect("/files"))
        .map_err(|error| PanelError::of(Fault::from(error), "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Begins a feature's backfill.
#[server(prefix = "/panel", endpoint = "begin-backfill")]
pub async fn begin_backfill(#[server(default)] feature: String) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{commands, orders, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Operate)?;
    let begin = async {
        let key = orders::feature_key(&feature)?;
        Ok::<_, Fault>(commands::files::begin_backfill(&reply::state(), &key).await?)
    };
    begin
        .await
        .map(|()| leptos_axum::redirect("/files"))
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// The newest checks, and a page of what they found.
#[server(prefix = "/panel", endpoint = "consistency", input = GetUrl)]
pub async fn get_consistency(
    #[server(default)] state: String,
    #[server(default)] kind: String,
    #[server(default)] feature: String,
    #[server(default)] before: String,
) -> Result<ConsistencyView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::queries::consistency::{Asked, view};
    use crate::server::reply;
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let asked = Asked { state, kind, feature, before };
    view(&reply::state(), &asked)
        .await
        .map_err(|error| PanelError::of(Fault::from(error), "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Asks for a check of all files.
#[server(prefix = "/panel", endpoint = "check-files")]
pub async fn check_files(#[server(default)] mode: String) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::consistency::check::CheckMode;
    use crate::server::{commands, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let mode = CheckMode::ALL.into_iter().find(|it| it.as_str() == mode).unwrap_or_default();
    commands::consistency::ask(&reply::state(), mode, &by)
        .await
        .map(|_| leptos_axum::redirect("/files/consistency"))
        .map_err(|error| PanelError::of(Fault::from(error), "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Has a finding repaired.
#[server(prefix = "/panel", endpoint = "repair-finding")]
pub async fn repair_finding(
    #[server(default)] id: String,
    #[server(default)] repair: String,
    #[server(default)] feature: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{commands, orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("feature", &feature), ("reason", &reason)]);
    let mend = async {
        let order = orders::repair(&id, &repair, &feature, &reason, &by)?;
        Ok::<_, Fault>(commands::consistency::repair(&reply::state(), &order).await?)
    };
    mend.await
        .map(|_| leptos_axum::redirect("/files/consistency"))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}
