//! Targets and what is told to them: reading, and managing them for admins; sending again and dropping for engineers.

#![expect(clippy::too_many_arguments, reason = "the fields of a form; the macro repeats the function")]

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::notification::{CreatedTarget, NotificationsView, TestedTarget};

/// Targets, and what waits, failed and was told.
#[server(prefix = "/panel", endpoint = "notifications", input = GetUrl)]
pub async fn get_notifications() -> Result<NotificationsView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    queries::notifications::page(&reply::state())
        .await
        .map_err(|error| PanelError::of(Fault::from(error), "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Makes a target. The answer holds the key of a webhook if it was made here, which is shown once.
#[server(prefix = "/panel", endpoint = "create-target")]
pub async fn create_target(
    #[server(default)] name: String,
    #[server(default)] kind: String,
    #[server(default)] url: String,
    #[server(default)] username: String,
    #[server(default)] secret: String,
    #[server(default)] least_severity: String,
    #[server(default)] migration: String,
    #[server(default)] reason: String,
) -> Result<CreatedTarget, PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::notification::target::TargetFields;
    use crate::server::commands::notifications;
    use crate::server::{orders, queries, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Administer)?;
    // Neither the address nor the secret goes back.
    let given = PanelError::given([("name", &name), ("kind", &kind), ("migration", &migration), ("reason", &reason)]);
    let create = async {
        let (state, why) = (reply::state(), orders::reason(&reason)?);
        let fields = TargetFields {
            name: &name,
            kind: &kind,
            url: &url,
            username: &username,
            secret: &secret,
            least_severity: &least_severity,
            migration: &migration,
        };
        let (target, secret) = notifications::create(&state, fields, &why, &by).await?;
        let target = queries::notifications::target(&state, &target).await?;
        Ok::<_, Fault>(CreatedTarget { target, secret: secret.map(|secret| secret.expose().to_owned()) })
    };
    create
        .await
        .map_err(|fault| PanelError::of(fault, "name", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Changes a target: what is empty stays as it is. `migration` is `*` for all, `enabled` `true` or `false`.
#[server(prefix = "/panel", endpoint = "change-target")]
pub async fn change_target(
    #[server(default)] id: String,
    #[server(default)] version: String,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] username: String,
    #[server(default)] secret: String,
    #[server(default)] least_severity: String,
    #[server(default)] migration: String,
    #[server(default)] enabled: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::feature::Switch;
    use crate::domain::notification::target::TargetFields;
    use crate::server::commands::notifications::{self, TargetChanges};
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Administer)?;
    let given = PanelError::given([("name", &name), ("reason", &reason)]);
    let change = async {
        let (why, version) = (orders::reason(&reason)?, orders::version(&version)?);
        let all_migrations = migration == "*";
        let fields = TargetFields {
            name: &name,
            kind: "",
            url: &url,
            username: &username,
            secret: &secret,
            least_severity: &least_severity,
            migration: if all_migrations { "" } else { &migration },
        };
        let enabled = (!enabled.is_empty()).then(|| Switch::from_bool(enabled == "true"));
        let changes = TargetChanges { fields, all_migrations, enabled };
        let id = orders::target_id(&id)?;
        Ok::<_, Fault>(notifications::change(&reply::state(), id, Some(version), changes, &why, &by).await?)
    };
    change
        .await
        .map(drop)
        .map_err(|fault| PanelError::of(fault, "name", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Removes a target; what waits for it is dropped.
#[server(prefix = "/panel", endpoint = "remove-target")]
pub async fn remove_target(
    #[server(default)] id: String,
    #[server(default)] version: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::commands::notifications;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Administer)?;
    let given = PanelError::given([("reason", &reason)]);
    let remove = async {
        let (id, version, why) = (orders::target_id(&id)?, orders::version(&version)?, orders::reason(&reason)?);
        Ok::<_, Fault>(notifications::remove(&reply::state(), id, Some(version), &why, &by).await?)
    };
    remove
        .await
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Sends a target a letter that says that nothing is the matter.
#[server(prefix = "/panel", endpoint = "test-target")]
pub async fn test_target(#[server(default)] id: String) -> Result<TestedTarget, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::commands::notifications;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Administer)?;
    let test = async { Ok::<_, Fault>(notifications::test(&reply::state(), orders::target_id(&id)?, &by).await?) };
    test.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Has something that is not tried any more be tried anew.
#[server(prefix = "/panel", endpoint = "send-again")]
pub async fn send_again(#[server(default)] id: String, #[server(default)] reason: String) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::notification::NotificationId;
    use crate::server::commands::notifications;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let send = async {
        let why = orders::reason_or(&reason, "sent again")?;
        Ok::<_, Fault>(notifications::send_again(&reply::state(), &NotificationId(id), &why, &by).await?)
    };
    send.await
        .map(drop)
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([("reason", &reason)])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Gives up something that was not told.
#[server(prefix = "/panel", endpoint = "drop-notification")]
pub async fn drop_notification(
    #[server(default)] id: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::notification::NotificationId;
    use crate::server::commands::notifications;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("reason", &reason)]);
    let settle = async {
        let why = orders::reason(&reason)?;
        Ok::<_, Fault>(notifications::drop_it(&reply::state(), &NotificationId(id), &why, &by).await?)
    };
    settle
        .await
        .map(drop)
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}
