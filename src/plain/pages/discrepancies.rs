//! `/features/{key}/discrepancies[?days=…]`: the fields that differed, over time, with both sides next to each other.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::plain::loaded::loaded;
use crate::plain::parts::differing_field::DifferingField;
use crate::plain::parts::feature_head::PlainFeatureHead;
use crate::server_fns::discrepancies::get_discrepancies;
use crate::ui::erased::Erase;
use crate::views::discrepancies::{DAYS, DiscrepanciesView, Nothing, days};
use crate::views::format;

/// The page.
#[component]
pub fn DiscrepanciesPage() -> impl IntoView {
    let key = use_params_map().read_untracked().get("key").unwrap_or_default();
    let asked = use_query_map().read_untracked().get("days").unwrap_or_default();
    view! {
        <Title text=format!("Discrepancies of {key}") />
        {loaded(get_discrepancies(key, asked.clone()), move |view| view! { <Discrepancies view asked /> }.erased())}
    }
    .erased()
}

#[component]
fn Discrepancies(view: DiscrepanciesView, asked: String) -> impl IntoView {
    let key = view.feature.clone();
    let words = format!(
        "{} of {} comparisons were mismatches, {} to {}",
        format::count(view.mismatches),
        format::count(view.comparisons),
        format::minute(view.from),
        format::minute(view.to),
    );
    let rules = format!("/migrations/{}/comparison-rules", view.migration);
    let nothing = view.nothing().map(|nothing| view! { <NoFields nothing view=view.clone() /> });
    let listed = view.fields.len() as u64;
    let more = view.fields_in_all.saturating_sub(listed);
    let more = (more > 0).then(|| {
        let words = format!(
            "{} more fields differed less often. So many are often names that vary: ignore them together, as in $.by_id.*",
            format::count(more)
        );
        view! { <p class="small note">{words}</p> }
    });
    let (from, to) = (view.from, view.to);
    let fields = view.fields.into_iter().enumerate().map(|(index, field)| {
        view! { <DifferingField key=key.clone() field index from to /> }
    });
    let fields = fields.collect_view();
    view! {
        <PlainFeatureHead
            key=key.clone()
            slug=view.migration
            migration=view.migration_name
            title=format!("Discrepancies of {key}")
            words
        />
        <section class="over-range" aria-labelledby="Fields">
            <header class="toolbar">
                <div class="head-title">
                    <h2 id="Fields">"By field"</h2>
                    <p class="small">
                        "Compared by " <a href=rules>"version " {view.rules_version} " of the rules"</a>
                    </p>
                </div>
                <Days key asked />
            </header>
            {nothing}
            {fields}
            {more}
        </section>
    }
    .erased()
}

/// The spans that can be shown.
#[component]
fn Days(key: String, asked: String) -> impl IntoView {
    let shown = days(&asked).num_days();
    let links = DAYS.map(|(days, words)| {
        let current = (days == shown).then_some("true");
        view! { <a href=format!("/features/{key}/discrepancies?days={days}") aria-current=current>{words}</a> }
    });
    view! { <nav class="range" aria-label="Time range">{links.into_iter().collect_view()}</nav> }.erased()
}

/// What stands in the place of fields.
#[component]
fn NoFields(nothing: Nothing, view: DiscrepanciesView) -> impl IntoView {
    let (title, words) = match nothing {
        Nothing::NeverCompared => (
            "Nothing was compared yet".to_owned(),
            "Comparisons come from shadow runs: switch shadow on, or send them to /api/v1/comparisons.".to_owned(),
        ),
        Nothing::TooOld(at) => (
            "Nothing was compared in this time".to_owned(),
            format!("The last comparison was {}, {}.", format::ago(at, view.at), format::minute(at)),
        ),
        Nothing::AllAgree => (
            "No field differed".to_owned(),
            format!("All {} comparisons that both sides answered agree.", format::count(view.comparisons)),
        ),
        Nothing::NoneSaysWhere => (
            "No comparison said where".to_owned(),
            format!("{} were mismatches, sent with a verdict and without differences.", format::count(view.mismatches)),
        ),
    };
    view! {
        <section class="card blank">
            <h3>{title}</h3>
            <p>{words}</p>
        </section>
    }
    .erased()
}
