//! A migration's comparison rules: reading their versions, saving new ones.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::comparison_rules::RulesView;

/// A migration's rules: the version asked for, or the one in force when `version` is empty.
#[server(prefix = "/panel", endpoint = "comparison-rules", input = GetUrl)]
pub async fn get_comparison_rules(
    #[server(default)] migration: String,
    #[server(default)] version: String,
) -> Result<RulesView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{orders, queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let load = async {
        let slug = orders::slug(&migration)?;
        let version = if version.is_empty() { None } else { Some(orders::version(&version)?) };
        let view = queries::comparison_rules::page(&reply::state(), &slug, version).await?;
        view.ok_or_else(|| Fault::NotFound { what: format!("comparison rules of migration {migration}") })
    };
    load.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Puts new rules in force. `version` is the one that was edited, `rules` its lines.
#[server(prefix = "/panel", endpoint = "save-comparison-rules")]
pub async fn save_comparison_rules(
    #[server(default)] migration: String,
    #[server(default)] version: String,
    #[server(default)] rules: String,
    #[server(default)] reason: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::comparison_rules::ComparisonRules;
    use crate::domain::field_error::collect;
    use crate::domain::reason::Reason;
    use crate::server::commands::comparison_rules::{RulesOrder, save};
    use crate::server::{orders, reply};
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("rules", &rules), ("reason", &reason)]);
    let save = async {
        let (slug, seen) = (orders::slug(&migration)?, Some(orders::version(&version)?));
        let mut errors = Vec::new();
        let rules = ComparisonRules::parse_lines(&rules).map_err(|found| errors.extend(found)).ok();
        let reason = collect(&mut errors, "/reason", Reason::parse(&reason));
        let (Some(rules), Some(reason)) = (rules, reason) else { return Err(Fault::Invalid { errors }) };
        let order = RulesOrder { migration: slug, seen, rules, author: by.author(), reason };
        Ok::<_, Fault>(save(&reply::state(), order).await?)
    };
    save.await
        .map(|_| leptos_axum::redirect(&format!("/migrations/{migration}/comparison-rules")))
        .map_err(|fault| PanelError::of(fault, "", given))
        .inspect_err(|error| reply::set_status(error.status()))
}
