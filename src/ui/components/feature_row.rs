//! One feature on the overview.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::chips::{DataChip, FiringChip, GateChip};
use super::command::SendObservation;
use super::crossfader::Crossfader;
use super::figures::{Figure, PathPair};
use super::percentages::ThreePercentages;
use super::sparkline::Sparkline;
use crate::domain::data_state::DataState;
use crate::ui::erased::Erase;
use crate::views::overview::FeatureRow;
use crate::views::rail::stage_label;
use crate::views::{format, sparkline};

/// The headings above the rows. Each row has them again, for where it is shown by itself.
#[component]
pub fn FeatureHeadings() -> impl IntoView {
    let headings = ["Feature", "Rollout", "Error rate", "p95 latency", "Comparisons", "Requests", "Data and gate"];
    view! {
        <div class="feature-grid feature-headings" aria-hidden="true">
            {headings.into_iter().map(|heading| view! { <span class="label">{heading}</span> }).collect_view()}
        </div>
    }
    .erased()
}

/// One feature: where it stands, and its figures of the last 24 hours.
#[component]
pub fn FeatureRowView(row: FeatureRow, now: DateTime<Utc>) -> impl IntoView {
    let figures = match row.data {
        DataState::NoData => view! { <NoFigures feature=row.key.clone() /> }.erased(),
        DataState::Stale { .. } | DataState::Fresh { .. } => view! { <Figures row=row.clone() /> }.erased(),
    };
    let gate = row.gate.map(|state| {
        view! {
            <p class="feature-gate">
                <span class="small">"gate "</span>
                <GateChip state />
            </p>
        }
    });
    view! {
        <article class="feature-grid feature" aria-labelledby=format!("Feature-{}", row.key)>
            <div class="feature-name">
                <h3 id=format!("Feature-{}", row.key)>
                    <a href=format!("/features/{}", row.key)>{row.key.clone()}</a>
                </h3>
                <p class="small">{row.name}</p>
                <p class="small">"stage " <b>{stage_label(&row.stage)}</b></p>
            </div>
            <div class="feature-rollout">
                <Crossfader percentages=row.percentages.clone() stages=row.stages stage=row.stage />
                <ThreePercentages percentages=row.percentages />
            </div>
            {figures}
            <div class="feature-data">
                <DataChip state=row.data now />
                <FiringChip firing=row.firing />
                {gate}
            </div>
        </article>
    }
    .erased()
}

#[component]
fn Figures(row: FeatureRow) -> impl IntoView {
    let (legacy, candidate) = sparkline::totals(&row.sparkline);
    let discrepancies = match row.shadow.discrepancies {
        0 => "no discrepancies".to_owned(),
        1 => "1 discrepancy".to_owned(),
        many => format!("{} discrepancies", format::count(many)),
    };
    let comparisons = match row.shadow.comparisons {
        0 => view! { <p class="no-data">"none"</p> }.erased(),
        many => view! {
            <p class="value">{format::count(many)}</p>
            <p class="small">{discrepancies}</p>
        }
        .erased(),
    };
    view! {
        <Figure label="Error rate">
            <PathPair legacy=format::rate(row.legacy.error_rate) candidate=format::rate(row.candidate.error_rate) />
        </Figure>
        <Figure label="p95 latency">
            <PathPair legacy=format::latency(row.legacy.p95_ms) candidate=format::latency(row.candidate.p95_ms) />
        </Figure>
        <Figure label="Comparisons">{comparisons}</Figure>
        <Figure label="Requests">
            <div class="requests">
                <PathPair legacy=format::count(legacy) candidate=format::count(candidate) />
                <Sparkline points=row.sparkline />
            </div>
        </Figure>
    }
    .erased()
}

/// In the place of figures, how to get the first.
#[component]
fn NoFigures(feature: String) -> impl IntoView {
    view! {
        <div class="figures-none">
            <p class="small">"Nothing has been observed yet. Send a first one, with a token of your account (scope ingest):"</p>
            <SendObservation feature />
        </div>
    }
    .erased()
}
