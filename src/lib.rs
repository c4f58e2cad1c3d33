//! Crossfade moves live traffic from a legacy implementation to its replacement, with proof at every step.
//!
//! The crate map, from the inside out. An arrow may only point upwards in this list, and `tests/tidy.rs` checks it:
//!
//! - [`domain`]: the words and rules, pure, shared by server and browser.
//! - [`facade`]: in front of one's own two implementations: decides, runs, compares and reports. For any program.
//! - [`views`]: read models, one per page or API document.
//! - [`server`]: commands, queries, store, ingest, HTTP and charts; on the server only.
//! - [`server_fns`]: what the browser calls, thin.
//! - [`ui`]: pages and components, rendered on the server and hydrated in the browser.
//! - [`app`]: the document shell and the routes.
//! - [`plain`]: the pages without a client; on the server only.
//!
//! This file holds the only `cfg` on features that chooses modules. `ARCHITECTURE.md` tells the rest.

#![recursion_limit = "256"]

pub mod domain;
pub mod views;

#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub mod app;
#[cfg(feature = "facade")]
pub mod facade;
#[cfg(feature = "ssr")]
pub mod plain;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub mod server_fns;
#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub mod ui;

/// Attaches the application to the page that the server rendered. The browser calls it once.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
    // For the end-to-end tests, which must not click before anyone listens.
    if let Some(html) = leptos::prelude::document().document_element() {
        let _ = html.set_attribute("data-hydrated", "");
    }
}
