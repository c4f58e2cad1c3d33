//! A page that waits for its data, and says so when there are none to be had.

use std::future::Future;

use leptos::prelude::*;
use leptos_router::hooks::use_url;

use crate::plain::form::FormFault;
use crate::server_fns::error::PanelError;
use crate::ui::components::state::Failed;
use crate::ui::erased::Erase;

/// What `shown` makes of the data that `load` gets.
pub fn loaded<T: Send + 'static>(
    load: impl Future<Output = Result<T, PanelError>> + Send + 'static,
    shown: impl FnOnce(T) -> AnyView + Send + 'static,
) -> AnyView {
    let retry = use_url().with_untracked(|url| url.path().to_owned());
    Suspend::new(async move {
        match load.await {
            Ok(view) => shown(view),
            Err(error @ PanelError::Invalid { .. }) => view! { <FormFault error so="This cannot be shown" /> }.erased(),
            Err(error) => view! { <Failed error retry /> }.erased(),
        }
    })
    .erased()
}
