//! `/alerts/{id}`: one alert, the numbers that it fired on, and what was done.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::domain::alert::{FrozenAlert, StateWord};
use crate::domain::evidence::{Evidence, PathEvidence};
use crate::plain::loaded::loaded;
use crate::plain::parts::alert_row::{AlertChip, SilencedChip};
use crate::plain::parts::silence_form::SilenceThis;
use crate::server_fns::alert::get_alert;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::alert::{AlertDocument, AlertView, rule_in_words};
use crate::views::format;

/// The page.
#[component]
pub fn AlertPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    view! {
        <Title text="Alert" />
        {loaded(get_alert(id), |view| view! { <Alert view /> }.erased())}
    }
    .erased()
}

#[component]
fn Alert(view: AlertDocument) -> impl IntoView {
    let AlertDocument { alert, frozen } = view;
    let of = alert.feature.clone().map(|key| {
        let href = format!("/features/{key}");
        view! {
            <p class="actions">
                <a class="button" href=href>"To " {key}</a>
            </p>
        }
    });
    let is_open = alert.state != StateWord::Resolved;
    let silence = (is_open && !alert.silenced && may("operate")).then(|| view! { <SilenceThis alert=alert.clone() /> });
    view! {
        <header class="head">
            <div class="head-title">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href="/alerts">"Alerts"</a>
                    <span aria-hidden="true">"/"</span>
                </nav>
                <h1>{alert.rule.clone()} " of " {alert.subject()}</h1>
                <p class="small">
                    <AlertChip alert=alert.clone() /> " " <SilencedChip alert=alert.clone() /> " policy version "
                    <b>{alert.policy_version}</b>
                </p>
            </div>
            {of}
        </header>
        <div class="page-columns">
            <div class="stack">
                <section class="card told" aria-labelledby="Read">
                    <h2 id="Read">"Read last"</h2>
                    <p>{alert.reading.reason.clone()}</p>
                    <p class="small">"At " {format::second(alert.seen_at)}</p>
                </section>
                {frozen.map(|frozen| view! { <Frozen frozen digest=alert.frozen_digest.clone() /> })}
            </div>
            <div class="stack">
                <Timeline alert=alert.clone() />
                {silence}
            </div>
        </div>
    }
    .erased()
}

/// What it fired on.
#[component]
fn Frozen(frozen: FrozenAlert, digest: Option<String>) -> impl IntoView {
    let FrozenAlert { rule, reading, evidence, .. } = frozen;
    let counted = evidence.map(|evidence| view! { <Counted evidence /> });
    let digest = digest.map(|digest| {
        view! { <p class="small">"Frozen as " <span class="mono digest">{digest}</span></p> }
    });
    view! {
        <section class="card told" aria-labelledby="Frozen">
            <h2 id="Frozen">"Fired on"</h2>
            <p><b>{reading.reason}</b></p>
            <p class="small">"Rule: " {rule_in_words(&rule)} "; then " {rule.action.in_words()}</p>
            {counted}
            {digest}
        </section>
    }
    .erased()
}

#[component]
fn Counted(evidence: Evidence) -> impl IntoView {
    let path = |name: &'static str, path: &PathEvidence| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{format::count(path.requests)}</td>
                <td>{format::count(path.errors)}</td>
                <td>{format::rate(path.error_rate())}</td>
                <td>{format::count(path.fallbacks)}</td>
                <td>{format::latency(path.latency.quantile_ms(0.95))}</td>
            </tr>
        }
    };
    let shadow = (evidence.shadow.total() > 0).then(|| {
        format!(
            "{} comparisons, {} discrepancies, {} shadow errors",
            format::count(evidence.shadow.total()),
            format::count(evidence.shadow.mismatches),
            format::count(evidence.shadow.shadow_errors()),
        )
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="What was counted">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"path"</th>
                        <th scope="col">"requests"</th>
                        <th scope="col">"errors"</th>
                        <th scope="col">"error rate"</th>
                        <th scope="col">"fallbacks"</th>
                        <th scope="col">"p95"</th>
                    </tr>
                </thead>
                <tbody>{path("legacy", &evidence.legacy)} {path("candidate", &evidence.candidate)}</tbody>
            </table>
        </div>
        {shadow.map(|words| view! { <p class="small">{words}</p> })}
        <p class="small">"As of " {format::second(evidence.as_of)} ", stage " {evidence.stage.name}</p>
    }
    .erased()
}

/// What came when.
#[component]
fn Timeline(alert: AlertView) -> impl IntoView {
    let mut steps: Vec<(DateTime<Utc>, String)> = vec![(alert.pending_since, "went wrong".to_owned())];
    if let Some(at) = alert.firing_since {
        let told = if alert.told { "; people were told" } else { "" };
        steps.push((at, format!("fired{told}")));
        steps.extend(alert.action_taken.clone().map(|done| (at, done)));
    }
    if let Some(at) = alert.resolved_at {
        steps.push((at, format!("was over: {}", alert.resolved_reason.clone().unwrap_or_default())));
    }
    let steps = steps.into_iter().map(|(at, words)| {
        view! {
            <li>
                <p class="trail-time"><time datetime=at.to_rfc3339()>{format::second(at)}</time></p>
                <div><p>{words}</p></div>
            </li>
        }
    });
    let rollback = alert.rollback.clone().map(|id| {
        view! { <p class="small">"Rollback " <a class="mono" href="/rollbacks">{id}</a></p> }
    });
    view! {
        <section class="card finding" aria-labelledby="Timeline">
            <h3 id="Timeline">"Timeline"</h3>
            <ol class="trail trail-seconds">{steps.collect_view()}</ol>
            {rollback}
        </section>
    }
    .erased()
}
