//! The pages without a client: their document and their routes. They are rendered on the server only, so what they hold
//! costs the browser's download nothing; a small script, `public/live.js`, fetches them again when something was changed,
//! and all they do works without it. Pages that are about figures are in [`crate::ui::pages`].
//!
//! Their forms are sent to the page that holds them (see [`form`]), and what came of one is there when that page is
//! rendered as the answer ([`outcome`]).

pub mod fields;
pub mod form;
pub mod loaded;
mod markdown;
pub mod outcome;
pub mod pages;
pub mod parts;
mod send_again;

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use self::outcome::Outcome;
use self::send_again::SendAgain;
use crate::app::HeadLinks;
use crate::server_fns::error::PanelError;
use crate::ui::components::banner::{Banner, Weight};
use crate::ui::components::layout::{Footer, Header};
use crate::ui::erased::Erase;
use crate::ui::live::{self, provide_live};
use crate::ui::pages::not_found::NotFoundPage;

/// The HTML document around [`PlainApp`]. `data-static` tells the end-to-end tests that nothing will take it over, and
/// `data-seen` the script what the page shows already.
pub fn shell() -> AnyView {
    let follows = live::session().is_some().then(|| view! { <script src="/live.js" defer=true></script> });
    view! {
        <!DOCTYPE html>
        <html lang="en" data-static="" data-seen=live::last_change()>
            <head>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#151c26" />
                <HeadLinks />
                {follows}
                <MetaTags />
            </head>
            <body>
                <PlainApp />
            </body>
        </html>
    }
    .erased()
}

/// All pages without a client.
#[component]
pub fn PlainApp() -> impl IntoView {
    provide_meta_context();
    provide_live();
    view! {
        <Title formatter=|title: String| format!("{title} · Crossfade") />
        <Router>
            <Header />
            <main id="Content" tabindex="-1">
                {live::session().is_some().then(|| view! { <StandsStill /> })}
                <Page />
            </main>
            <Footer />
        </Router>
    }
    .erased()
}

/// Why the page may stand still: hidden until `public/live.js` finds that it does.
#[component]
fn StandsStill() -> impl IntoView {
    view! {
        <div id="Late" role="status" hidden>
            <Banner weight=Weight::Warning>
                <p>"Crossfade, or its database, does not answer. This page shows what was so at " <time></time> "."</p>
            </Banner>
        </div>
        <div id="Ended" role="status" hidden>
            <Banner weight=Weight::Warning>
                <p>"Your session has ended, and this page follows no longer. " <a href="/login">"Sign in"</a></p>
            </Banner>
        </div>
    }
    .erased()
}

/// The page at the address or, when a form was sent to it too late, the way to send it again.
#[component]
fn Page() -> impl IntoView {
    let is_late = |outcome: &Outcome| outcome.error() == Some(&PanelError::NotSignedIn);
    if let Some(outcome) = use_context::<Outcome>().filter(is_late) {
        return view! { <SendAgain outcome /> }.erased();
    }
    view! {
        <Routes fallback=NotFoundPage>
            <Route path=path!("/login") view=pages::log_in::LogInPage />
            <Route path=path!("/set-up") view=pages::set_up::SetUpPage />
            <Route path=path!("/account") view=pages::account::AccountPage />
            <Route path=path!("/users") view=pages::users::UsersPage />
            <Route path=path!("/tokens") view=pages::tokens::TokensPage />
            <Route path=path!("/system") view=pages::system::SystemPage />
            <Route path=path!("/system/schema") view=pages::schema::SchemaPage />
            <Route path=path!("/sign-offs") view=pages::queue::QueuePage />
            <Route path=path!("/rollback") view=pages::emergency::EmergencyPage />
            <Route path=path!("/rollbacks") view=pages::rollbacks::RollbacksPage />
            <Route path=path!("/notifications") view=pages::notifications::NotificationsPage />
            <Route path=path!("/alerts") view=pages::alerts::AlertsPage />
            <Route path=path!("/alerts/:id") view=pages::alert::AlertPage />
            <Route path=path!("/files") view=pages::files::FilesPage />
            <Route path=path!("/files/consistency") view=pages::consistency::ConsistencyPage />
            <Route path=path!("/files/:id") view=pages::file::FilePage />
            <Route path=path!("/audit") view=pages::audit::AuditPage />
            <Route path=path!("/features/:key/gate") view=pages::gate::GatePage />
            <Route path=path!("/features/:key/evidence/:id") view=pages::frozen_gate::FrozenGatePage />
            <Route path=path!("/features/:key/discrepancies") view=pages::discrepancies::DiscrepanciesPage />
            <Route path=path!("/features/:key/change") view=pages::change::ChangePage />
            <Route path=path!("/features/:key/roll-back") view=pages::roll_back::RollBackPage />
            <Route path=path!("/migrations/new") view=pages::new_migration::NewMigrationPage />
            <Route path=path!("/features/new") view=pages::new_feature::NewFeaturePage />
            <Route path=path!("/migrations/:slug") view=pages::migration::MigrationPage />
            <Route path=path!("/migrations/:slug/policy") view=pages::policy::PolicyPage />
            <Route path=path!("/migrations/:slug/runbook") view=pages::runbook::RunbookPage />
            <Route path=path!("/migrations/:slug/comparison-rules") view=pages::comparison_rules::RulesPage />
        </Routes>
    }
    .erased()
}
