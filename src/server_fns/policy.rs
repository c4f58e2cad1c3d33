//! A migration's policy: reading its versions, saving a new one.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::policy::PolicyView;

/// A migration's policy: the version asked for, or the one in force when `version` is empty.
#[server(prefix = "/panel", endpoint = "policy", input = GetUrl)]
pub async fn get_policy(
    #[server(default)] migration: String,
    #[server(default)] version: String,
) -> Result<PolicyView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{orders, queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let load = async {
        let slug = orders::slug(&migration)?;
        let version = if version.is_empty() { None } else { Some(orders::version(&version)?) };
        let view = queries::policy::page(&reply::state(), &slug, version).await?;
        view.ok_or_else(|| Fault::NotFound { what: format!("policy of migration {migration}") })
    };
    load.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Puts a new version in force. `version` is the one that was edited, `document` its JSON.
#[server(prefix = "/panel", endpoint = "save-policy")]
pub async fn save_policy(
    #[server(default)] migration: String,
    #[server(default)] version: String,
    #[server(default)] document: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::field_error::FieldError;
    use crate::domain::policy::Policy;
    use crate::domain::reason::Reason;
    use crate::server::commands::policy::{PolicyOrder, save};
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("document", &document), ("reason", &reason)]);
    let save = async {
        let (slug, seen) = (orders::slug(&migration)?, Some(orders::version(&version)?));
        let policy = Policy::parse_text(&document).map_err(|errors| Fault::Invalid { errors })?;
        let reason = Reason::parse(&reason)
            .map_err(|error| Fault::Invalid { errors: vec![FieldError::new("/reason", error)] })?;
        let order = PolicyOrder { migration: slug, seen, policy, author: by.author(), reason };
        Ok::<_, Fault>(save(&reply::state(), order).await?)
    };
    save.await
        .map(|_| leptos_axum::redirect(&format!("/migrations/{migration}/policy")))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}
