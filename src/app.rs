//! The document shell and the routes. Pages are in [`crate::ui::pages`].

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::ui::components::layout::{Footer, Header};
use crate::ui::erased::Erase;
use crate::ui::live::{self, provide_live};
use crate::ui::pages::feature::FeaturePage;
use crate::ui::pages::not_found::NotFoundPage;
use crate::ui::pages::overview::OverviewPage;
use crate::views::session::Session;

/// The HTML document around the application, rendered on the server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let session = live::session();
    let of_session = |part: fn(Session) -> String| session.clone().map(part);
    view! {
        <!DOCTYPE html>
        <html
            lang="en"
            data-login=of_session(|session| session.login)
            data-role=of_session(|session| session.role)
            data-may=of_session(|session| session.permissions)
            data-seen=live::last_change()
            data-firing=of_session(|session| session.firing.to_string())
            data-decided-at=live::decided_at()
        >
            <head>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#151c26" />
                <HeadLinks />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// What the head of every document holds, on the server only.
#[component]
pub fn HeadLinks() -> impl IntoView {
    view! {
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/pkg/crossfade.css" />
    }
}

/// The whole application: what the server renders and the browser hydrates.
///
/// Pages are sent whole ([`SsrMode::Async`]): a page that is streamed shows nothing without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_live();
    view! {
        <Title formatter=|title: String| format!("{title} · Crossfade") />
        <Router>
            <Header />
            <main id="Content" tabindex="-1">
                <Routes fallback=NotFoundPage>
                    <Route path=path!("/") view=OverviewPage ssr=SsrMode::Async />
                    <Route path=path!("/features/:key") view=FeaturePage ssr=SsrMode::Async />
                </Routes>
            </main>
            <Footer />
        </Router>
    }
    .erased()
}
