//! Which addresses are pages: found out by leptos, once in a process. Not what answers them.
//!
//! While leptos finds out it keeps resources from loading, in the whole process: one that a page begins to load meanwhile,
//! on another thread, is pending for ever, and the page with it. So it is found out before there is any router, and never
//! again beside one.

use std::sync::LazyLock;

use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{AxumRouteListing, generate_route_list, generate_route_list_with_exclusions};

use crate::app::App;
use crate::plain::PlainApp;

/// The addresses of all pages.
pub(super) static PAGE_ROUTES: LazyLock<PageRoutes> = LazyLock::new(PageRoutes::find);

/// The addresses of all pages, as axum writes them.
pub fn addresses() -> impl Iterator<Item = &'static str> {
    // What leptos is to leave alone is listed as well.
    let hydrated = PAGE_ROUTES.hydrated.iter().map(AxumRouteListing::path);
    let hydrated = hydrated.filter(|path| server_fn_paths().all(|(function, _)| function != *path));
    hydrated.chain(PAGE_ROUTES.plain.iter().map(String::as_str))
}

/// Addresses of pages.
pub(super) struct PageRoutes {
    /// Of pages that a client takes over, with how they are rendered.
    pub hydrated: Vec<AxumRouteListing>,
    /// Of pages without a client.
    pub plain: Vec<String>,
}

impl PageRoutes {
    fn find() -> Self {
        // leptos would answer server functions on its own as well, with bodies of any size and before anyone is asked who
        // they are.
        let functions = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
        let plain = generate_route_list(PlainApp);
        Self {
            hydrated: generate_route_list_with_exclusions(App, Some(functions)),
            plain: plain.iter().map(|listing| listing.path().to_owned()).collect(),
        }
    }
}
