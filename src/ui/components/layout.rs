//! What stands around every page.

use leptos::prelude::*;
use leptos_router::components::A;

use super::icon::{Icon, Sign};
use super::mark::Logo;
use crate::ui::erased::Erase;
use crate::ui::live::use_live;
use crate::ui::session::use_session;
use crate::views::session::Session;

/// The bar at the top, with what leads past it.
///
/// Links to pages without a client have `rel="external"`: the client's router must not take them for its own.
#[component]
pub fn Header() -> impl IntoView {
    let session = use_session();
    let administers = session.as_ref().is_some_and(|session| session.may("administer"));
    let operates = session.as_ref().is_some_and(|session| session.may("operate"));
    let links = session.as_ref().map(|session| {
        let (live, at_first) = (use_live(), session.firing);
        let firing = move || {
            let firing = live.firing(at_first);
            (firing > 0).then(|| view! { <span class="nav-count">{firing}<span class="unseen">" firing"</span></span> })
        };
        let admin = administers.then(|| {
            view! {
                <A href="/users" attr:rel="external">"Users"</A>
                <A href="/tokens" attr:rel="external">"Tokens"</A>
            }
        });
        view! {
            <nav class="nav" aria-label="Main">
                <A href="/" exact=true>"Overview"</A>
                <A href="/sign-offs" attr:rel="external">"Sign-offs"</A>
                <A href="/rollbacks" attr:rel="external">"Rollbacks"</A>
                <A href="/alerts" attr:rel="external">"Alerts" {firing}</A>
                <A href="/files" attr:rel="external">"Files"</A>
                <A href="/notifications" attr:rel="external">"Notifications"</A>
                <A href="/audit" attr:rel="external">"Audit"</A>
                {admin}
            </nav>
        }
    });
    let emergency = operates.then(|| {
        view! {
            <a class="button button-danger emergency" href="/rollback" rel="external">
                <Sign icon=Icon::Back />
                <span class="wide-only">"Emergency rollback"</span>
                <span class="narrow-only">"Rollback"</span>
            </a>
        }
    });
    view! {
        <a class="skip" href="#Content" rel="external">"Skip to the content"</a>
        <header class="top">
            <a class="brand" href="/">
                <Logo />
                "Crossfade"
            </a>
            {links}
            <div class="top-end">
                {session.map(|session| view! { <Who session /> })}
                {emergency}
            </div>
        </header>
    }
    .erased()
}

/// Who is signed in, and how they leave.
#[component]
fn Who(session: Session) -> impl IntoView {
    view! {
        <details class="who">
            <summary>
                <span class="unseen">"Signed in as "</span>
                <span class="who-name">{session.login}</span>
            </summary>
            <div class="who-menu card">
                <p class="small">"role " <b>{session.role}</b></p>
                <a href="/account" rel="external">"Account"</a>
                <form method="post" action="/panel/log-out">
                    <button class="button-link">"Log out"</button>
                </form>
            </div>
        </details>
    }
    .erased()
}

/// The line at the bottom.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="bottom">
            <p>"Crossfade "{env!("CARGO_PKG_VERSION")}</p>
            <noscript>
                <p>"Without JavaScript, this page stays as it was: " <a href="" rel="external">"Reload"</a></p>
            </noscript>
            <p>
                <a href="/system" rel="external">"System"</a>
                " · all times are UTC"
            </p>
        </footer>
    }
    .erased()
}
