//! What differed between legacy and the candidate, and ignoring a field of it.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::discrepancies::DiscrepanciesView;

/// The discrepancies of the last so many days.
#[server(prefix = "/panel", endpoint = "discrepancies", input = GetUrl)]
pub async fn get_discrepancies(
    #[server(default)] key: String,
    #[server(default)] days: String,
) -> Result<DiscrepanciesView, PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::field_error::FieldError;
    use crate::domain::time_range::TimeRange;
    use crate::server::{orders, queries, reply};
    use crate::views::discrepancies;
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let load = async {
        let state = reply::state();
        let feature = orders::feature_key(&key)?;
        let now = state.clock.now();
        let range = TimeRange::with_step(now - discrepancies::days(&days), now, 3_600)
            .map_err(|error| Fault::Invalid { errors: vec![FieldError::new("/days", error)] })?;
        let view = queries::discrepancies::load(&state, &feature, range).await?;
        view.ok_or_else(|| Fault::NotFound { what: format!("feature {key}") })
    };
    load.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Ignores a field of the results in the migration of the feature `key` from now on.
#[server(prefix = "/panel", endpoint = "ignore-field")]
pub async fn ignore_field(
    #[server(default)] key: String,
    #[server(default)] field: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::field_error::collect;
    use crate::domain::field_pattern::FieldPattern;
    use crate::domain::reason::Reason;
    use crate::server::commands::comparison_rules::{IgnoreOrder, ignore};
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("field", &field), ("reason", &reason)]);
    let change = async {
        let feature = orders::feature_key(&key)?;
        let mut errors = Vec::new();
        let field = collect(&mut errors, "/field", FieldPattern::parse(&field));
        let reason = collect(&mut errors, "/reason", Reason::parse(&reason));
        let (Some(field), Some(reason)) = (field, reason) else { return Err(Fault::Invalid { errors }) };
        ignore(&reply::state(), IgnoreOrder { feature, field, author: by.author(), reason }).await?;
        Ok::<_, Fault>(())
    };
    change
        .await
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}
