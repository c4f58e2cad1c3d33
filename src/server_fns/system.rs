//! How the program and its machine do.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::system::SystemView;

/// What was measured last, and how much there is.
#[server(prefix = "/panel", endpoint = "system", input = GetUrl)]
pub async fn get_system() -> Result<SystemView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let system = queries::system::load(&reply::state()).await.map_err(Fault::from);
    system
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}
