//! Reading the overview.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::overview::OverviewView;

/// Every feature of every migration.
#[server(prefix = "/panel", endpoint = "overview", input = GetUrl)]
pub async fn get_overview() -> Result<OverviewView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{queries, reply};

    reply::authorize(Permission::Read)?;
    let found = queries::overview::load(&reply::state()).await;
    found
        .inspect_err(reply::log_failure)
        .map_err(|_| PanelError::Unavailable { given: PanelError::given([]) })
        .inspect_err(|error| reply::set_status(error.status()))
}
