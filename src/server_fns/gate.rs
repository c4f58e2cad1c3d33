//! Judging: the gate of a feature, reviews and advances.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::gate::{FrozenGateView, GateView, SignOffDocument};

/// The gate of a feature, with all that a reviewer decides by.
#[server(prefix = "/panel", endpoint = "gate", input = GetUrl)]
pub async fn get_gate(#[server(default)] key: String) -> Result<GateView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{orders, queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let load = async {
        let known = orders::feature_key(&key)?;
        let view = queries::gate::page(&reply::state(), &known).await?;
        view.ok_or_else(|| Fault::NotFound { what: format!("feature {key}") })
    };
    load.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// The gate that change `id` of a feature was decided by.
#[server(prefix = "/panel", endpoint = "frozen-gate", input = GetUrl)]
pub async fn get_frozen_gate(
    #[server(default)] key: String,
    #[server(default)] id: String,
) -> Result<FrozenGateView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{orders, queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let load = async {
        let unknown = || Fault::NotFound { what: format!("evidence {id} of feature {key}") };
        let change = id.parse().map_err(|_| unknown())?;
        queries::gate::frozen(&reply::state(), &orders::feature_key(&key)?, change).await?.ok_or_else(unknown)
    };
    load.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// One sign-off with the report that the reviewer saw.
#[server(prefix = "/panel", endpoint = "sign-off-seen", input = GetUrl)]
pub async fn get_sign_off(#[server(default)] id: String) -> Result<SignOffDocument, PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::sign_off::SignOffId;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let load = async {
        let found = queries::gate::sign_off(&reply::state(), &SignOffId(id.clone())).await?;
        found.ok_or_else(|| Fault::NotFound { what: format!("sign-off {id}") })
    };
    load.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Approves or rejects a stage. `seen` is the sealed evidence that the reviewer was shown.
#[server(prefix = "/panel", endpoint = "sign-off")]
pub async fn sign_off(
    #[server(default)] key: String,
    #[server(default)] version: String,
    #[server(default)] decision: String,
    #[server(default)] comment: String,
    #[server(default)] seen: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::field_error::FieldError;
    use crate::server::commands::sign_off::{SignOffOrder, sign_off};
    use crate::server::{orders, reply, seal};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::SignOff)?;
    let given = PanelError::given([("decision", &decision), ("comment", &comment)]);
    let state = reply::state();
    let give = async {
        let review = orders::review(&decision, &comment, None)?;
        let evidence = match seen.as_str() {
            "" => None,
            sealed => Some(
                seal::open(&state, sealed)
                    .await?
                    .map_err(|error| Fault::Invalid { errors: vec![FieldError::new("/seen", error)] })?,
            ),
        };
        let order = SignOffOrder {
            key: orders::feature_key(&key)?,
            seen: Some(orders::version(&version)?),
            evidence,
            author: by.author(),
            capacity: orders::capacity(&by),
            review,
        };
        Ok::<_, Fault>(sign_off(&state, order).await?)
    };
    give.await
        .map(|_| leptos_axum::redirect(&format!("/features/{key}/gate")))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// To the next stage, or past what is unmet with `override_gate`.
#[server(prefix = "/panel", endpoint = "advance")]
pub async fn advance(
    #[server(default)] key: String,
    #[server(default)] version: String,
    #[server(default)] reason: String,
    #[server(default)] override_gate: bool,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::server::commands::rollout::advance;
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("reason", &reason)]);
    let go = async {
        let passage = orders::passage(override_gate, &by).map_err(Fault::Denied)?;
        let order = orders::feature(&key, Some(orders::version(&version)?), &reason, &by)?;
        Ok::<_, Fault>(advance(&reply::state(), order, passage).await?)
    };
    go.await
        .map(|_| leptos_axum::redirect(&format!("/features/{key}")))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}
