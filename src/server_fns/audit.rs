//! Reading the audit chain.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::audit::AuditView;

/// A page of the audit chain, newest first, narrowed by what is not empty.
#[server(prefix = "/panel", endpoint = "audit", input = GetUrl)]
pub async fn get_audit(
    #[server(default)] feature: String,
    #[server(default)] migration: String,
    #[server(default)] actor: String,
    #[server(default)] action: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] before: String,
) -> Result<AuditView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::audit_filter::AuditFilter;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let given = PanelError::given([
        ("feature", &feature),
        ("migration", &migration),
        ("actor", &actor),
        ("action", &action),
        ("from", &from),
        ("to", &to),
    ]);
    let load = async {
        let filter = AuditFilter { feature, migration, actor, action, from, to, before, limit: String::new() };
        let query = filter.parse().map_err(|errors| Fault::Invalid { errors })?;
        Ok::<_, Fault>(queries::audit::view(&reply::state(), &query).await?)
    };
    load.await.map_err(|fault| PanelError::of(fault, "", given)).inspect_err(|error| reply::set_status(error.status()))
}
