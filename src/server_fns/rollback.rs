//! Taking traffic back, and what came of it.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::rollback::RollbacksView;

/// The newest rollbacks with their progress and proof.
#[server(prefix = "/panel", endpoint = "rollbacks", input = GetUrl)]
pub async fn get_rollbacks() -> Result<RollbacksView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let newest = queries::rollbacks::newest(&reply::state()).await.map_err(Fault::from);
    newest
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// One feature off and at 0 %.
#[server(prefix = "/panel", endpoint = "roll-back-feature")]
pub async fn roll_back_feature(
    #[server(default)] key: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::commands::rollback;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("reason", &reason)]);
    let take_back = async {
        let (key, order) = (orders::feature_key(&key)?, orders::rollback(&reason, &by)?);
        Ok::<_, Fault>(rollback::feature(&reply::state(), &key, &order).await?)
    };
    take_back
        .await
        .map(|_| leptos_axum::redirect("/rollbacks"))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// One feature down to `target` in steps, the first at once.
#[server(prefix = "/panel", endpoint = "roll-back-gradually")]
pub async fn roll_back_gradually(
    #[server(default)] key: String,
    #[server(default)] target: String,
    #[server(default)] step: String,
    #[server(default)] interval_seconds: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::commands::rollback;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([
        ("target", &target),
        ("step", &step),
        ("interval_seconds", &interval_seconds),
        ("reason", &reason),
    ]);
    let take_back = async {
        let (key, order) = (orders::feature_key(&key)?, orders::rollback(&reason, &by)?);
        let target = orders::percentage("/target", &target)?;
        let pace = orders::pace(&step, &interval_seconds)?;
        Ok::<_, Fault>(rollback::gradual(&reply::state(), &key, target, pace, &order).await?)
    };
    take_back
        .await
        .map(|_| leptos_axum::redirect("/rollbacks"))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Everything back to legacy: of one migration, or of all when `migration` is empty.
#[server(prefix = "/panel", endpoint = "emergency-rollback")]
pub async fn emergency_rollback(
    #[server(default)] migration: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::commands::rollback;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("migration", &migration), ("reason", &reason)]);
    let take_back = async {
        let scope = match migration.as_str() {
            "" => None,
            slug => Some(orders::slug(slug)?),
        };
        let order = orders::rollback(&reason, &by)?;
        Ok::<_, Fault>(rollback::emergency(&reply::state(), scope.as_ref(), &order).await?)
    };
    take_back
        .await
        .map(|_| leptos_axum::redirect("/rollbacks"))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Stops a gradual rollback between two steps.
#[server(prefix = "/panel", endpoint = "cancel-rollback")]
pub async fn cancel_rollback(
    #[server(default)] id: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::rollback::RollbackId;
    use crate::server::commands::rollback;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("reason", &reason)]);
    let cancel = async {
        let order = orders::rollback(&reason, &by)?;
        Ok::<_, Fault>(rollback::cancel(&reply::state(), &RollbackId(id), &order).await?)
    };
    cancel
        .await
        .map(|_| leptos_axum::redirect("/rollbacks"))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}
