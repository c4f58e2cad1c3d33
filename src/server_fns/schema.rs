//! The schema of the database.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::schema::SchemaView;

/// The migrations of the schema, and where it has drifted from them.
#[server(prefix = "/panel", endpoint = "schema", input = GetUrl)]
pub async fn get_schema() -> Result<SchemaView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::{queries, reply};
    use crate::views::fault::Fault;

    reply::authorize(Permission::Read)?;
    let schema = queries::schema::load(&reply::state()).await.map_err(Fault::from);
    schema
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}
