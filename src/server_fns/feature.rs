//! Reading one feature, and creating features.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::feature::FeatureView;

/// One feature over a range of time: the parts of a
/// [`FeatureAddress`](crate::views::address::FeatureAddress).
#[server(prefix = "/panel", endpoint = "feature", input = GetUrl)]
pub async fn get_feature(
    #[server(default)] key: String,
    #[server(default)] range: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] operation: String,
) -> Result<FeatureView, PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::feature_key::FeatureKey;
    use crate::server::{queries, reply};
    use crate::views::address::FeatureAddress;

    reply::authorize(Permission::Read)?;
    let state = reply::state();
    let unknown = || PanelError::NotFound { what: format!("feature {key}") };
    let found = match (
        FeatureKey::parse(&key),
        FeatureAddress::new(range, from.clone(), to.clone(), operation).parse(state.clock.now()),
    ) {
        (Err(_), _) => Err(unknown()),
        (_, Err(errors)) => {
            Err(PanelError::Invalid { errors, given: PanelError::given([("from", &from), ("to", &to)]) })
        }
        (Ok(key), Ok((range, operation))) => {
            match queries::feature::load(&state, &key, range, operation.as_ref()).await {
                Ok(view) => view.ok_or_else(unknown),
                Err(error) => {
                    reply::log_failure(&error);
                    Err(PanelError::Unavailable { given: PanelError::given([]) })
                }
            }
        }
    };
    found.inspect_err(|error| reply::set_status(error.status()))
}

/// Creates a feature and leads to it.
#[server(prefix = "/panel", endpoint = "create-feature")]
pub async fn create_feature(
    #[server(default)] migration: String,
    #[server(default)] key: String,
    #[server(default)] name: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::feature::NewFeature;
    use crate::domain::field_error::FieldError;
    use crate::server::commands::{CommandError, catalog};
    use crate::server::reply;

    let principal = reply::authorize(Permission::Operate)?;
    let given = PanelError::given([("migration", &migration), ("key", &key), ("name", &name)]);
    let created = match NewFeature::parse(&migration, &key, &name) {
        Err(errors) => Err(PanelError::Invalid { errors, given }),
        Ok(new) => {
            let path = format!("/features/{}", new.key);
            match catalog::create_feature(&reply::state(), new, &principal.author()).await {
                Ok(()) => Ok(path),
                Err(CommandError::NotFound { what }) => Err(PanelError::Invalid {
                    errors: vec![FieldError::new("/migration", format!("there is no {what}"))],
                    given,
                }),
                Err(error) => Err(PanelError::of(error.into(), "key", given)),
            }
        }
    };
    created.map(|path| leptos_axum::redirect(&path)).inspect_err(|error| reply::set_status(error.status()))
}
