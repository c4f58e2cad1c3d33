//! Alerts, and having nobody told of some for a while.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::alert::{AlertDocument, AlertsView};

/// All that fires, what every rule reads, and what is over; older ones from `before` on.
#[server(prefix = "/panel", endpoint = "alerts", input = GetUrl)]
pub async fn get_alerts(#[server(default)] before: String) -> Result<AlertsView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let view = queries::alerts::view(&reply::state(), &before).await.map_err(Fault::from);
    view.map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// One alert with what it fired on.
#[server(prefix = "/panel", endpoint = "alert", input = GetUrl)]
pub async fn get_alert(#[server(default)] id: String) -> Result<AlertDocument, PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::alert_notice::AlertId;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let load = async {
        let found = queries::alerts::one(&reply::state(), &AlertId(id.clone())).await?;
        found.ok_or_else(|| Fault::NotFound { what: format!("alert {id}") })
    };
    load.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Nobody is told of these alerts for so many minutes.
#[server(prefix = "/panel", endpoint = "begin-silence")]
pub async fn begin_silence(
    #[server(default)] migration: String,
    #[server(default)] feature: String,
    #[server(default)] rule: String,
    #[server(default)] minutes: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use chrono::TimeDelta;

    use crate::domain::access::Permission;
    use crate::domain::alert::NewSilence;
    use crate::server::commands::silence;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([
        ("migration", &migration),
        ("feature", &feature),
        ("rule", &rule),
        ("minutes", &minutes),
        ("reason", &reason),
    ]);
    let begin = async {
        let state = reply::state();
        let now = state.clock.now();
        let lasts = minutes.trim().parse::<u32>().ok();
        let until = lasts.map(|minutes| now + TimeDelta::minutes(i64::from(minutes)));
        let order = NewSilence::parse(&migration, &feature, &rule, until, &reason, now);
        let order = order.map_err(|errors| Fault::Invalid { errors })?;
        Ok::<_, Fault>(silence::begin(&state, order, &by.author()).await?)
    };
    begin
        .await
        .map(|_| leptos_axum::redirect("/alerts"))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Ends a silence before its time.
#[server(prefix = "/panel", endpoint = "end-silence")]
pub async fn end_silence(#[server(default)] id: String) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::alert::SilenceId;
    use crate::server::commands::silence;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let end = async { Ok::<_, Fault>(silence::end(&reply::state(), &SilenceId(id), &by.author()).await?) };
    end.await
        .map(|_| leptos_axum::redirect("/alerts"))
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}
