//! `/`: every feature of every migration.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::server_fns::answer::Answer;
use crate::server_fns::error::PanelError;
use crate::server_fns::overview::get_overview;
use crate::ui::components::command::{Command, SendObservation};
use crate::ui::components::driver_banner::DriverBanner;
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::components::migration_card::MigrationSection;
use crate::ui::components::rollback::RollbackBanner;
use crate::ui::components::state::{Empty, Failed, Loading};
use crate::ui::components::updated::Updated;
use crate::ui::erased::Erase;
use crate::ui::live::{Kept, Received, use_live};
use crate::ui::session::may;
use crate::views::overview::OverviewView;

/// The page.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let revision = use_live().revision;
    let overview = Resource::new_str(move || revision.get(), |_| async { Answer(get_overview().await) });
    let kept = Kept::default();
    let shown = move || {
        overview.get().map(|answer| match answer.0 {
            Ok(view) => {
                use_live().note_firing(view.firing);
                let received = kept.keep((), &view);
                view! { <Overview view received failure=None /> }.erased()
            }
            Err(error) => match kept.last(&()).filter(|_| error.may_pass()) {
                Some((view, received)) => view! { <Overview view received failure=Some(error) /> }.erased(),
                None => view! { <Failed error retry="/" /> }.erased(),
            },
        })
    };
    view! {
        <Title text="Overview" />
        <Transition fallback=Loading>{shown}</Transition>
    }
    .erased()
}

#[component]
fn Overview(view: OverviewView, received: Received, failure: Option<PanelError>) -> impl IntoView {
    let at = view.at;
    let rollbacks = view.rollbacks.iter().cloned().map(|rollback| view! { <RollbackBanner rollback now=at /> });
    let rollbacks = rollbacks.collect_view();
    let waiting = (view.waiting > 0).then(|| {
        let words =
            if view.waiting == 1 { "1 stage waits".to_owned() } else { format!("{} stages wait", view.waiting) };
        view! {
            <p class="banner">
                <Sign icon=Icon::Pen />
                <span><a href="/sign-offs" rel="external">{words} " for a sign-off"</a></span>
            </p>
        }
    });
    let new = (may("operate") && !view.migrations.is_empty()).then(|| {
        view! {
            <a class="button" href="/migrations/new" rel="external">
                <Sign icon=Icon::Plus />
                "Migration"
            </a>
        }
    });
    let sections = if view.migrations.is_empty() {
        view! { <FirstSteps /> }.erased()
    } else {
        let sections = view.migrations.into_iter().map(|migration| view! { <MigrationSection migration now=at /> });
        sections.collect_view().erased()
    };
    view! {
        <header class="head page-head">
            <div class="head-title">
                <h1>"Overview"</h1>
                <p class="small">"Figures are of the last 24 hours, observed shares of the last 5 minutes"</p>
            </div>
            <Updated at received failure />
            {new}
        </header>
        {rollbacks}
        <DriverBanner note=view.driver />
        {waiting}
        {sections}
    }
    .erased()
}

/// How to begin, when there is nothing at all.
#[component]
fn FirstSteps() -> impl IntoView {
    let create = may("operate").then(|| {
        view! {
            <p class="actions"><a class="button button-primary" href="/migrations/new" rel="external">"Create a migration"</a></p>
        }
    });
    view! {
        <Empty title="No migrations yet">
            <p>"A migration moves live traffic from a legacy implementation to its replacement, feature by feature."</p>
            {create}
            <div class="ways">
                <p>"Or bring in what you have recorded, which creates what it names:"</p>
                <Command text="crossfade import observations.ndjson --migration my-migration" />
                <p>"Once there is a feature, programs send what they observe:"</p>
                <SendObservation feature="my_feature" />
            </div>
        </Empty>
    }
    .erased()
}
