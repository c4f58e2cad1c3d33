//! What waits for a reviewer's decision.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::queue::QueueView;

/// Every feature that lacks sign-offs, longest in its stage first.
#[server(prefix = "/panel", endpoint = "queue", input = GetUrl)]
pub async fn get_queue() -> Result<QueueView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let queue = queries::queue::load(&reply::state()).await.map_err(Fault::from);
    queue
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}
