//! `/alerts?before=…`: what fires, what every rule reads now, what is over, and silences.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::plain::fields::Hidden;
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::parts::alert_row::{AlertRow, ConditionChip};
use crate::plain::parts::silence_form::SilenceForm;
use crate::server_fns::alert::{EndSilence, get_alerts};
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::alert::{AlertView, AlertsView, ReadingRow, SilenceView};
use crate::views::format;

/// The page.
#[component]
pub fn AlertsPage() -> impl IntoView {
    let before = use_query_map().get_untracked().get("before").unwrap_or_default();
    view! {
        <Title text="Alerts" />
        <header class="head">
            <div class="head-title">
                <h1>"Alerts"</h1>
                <p class="small">"What the policy watches for, and what is done about it without anyone"</p>
            </div>
        </header>
        {loaded(get_alerts(before), |view| view! { <Alerts view /> }.erased())}
    }
    .erased()
}

#[component]
fn Alerts(view: AlertsView) -> impl IntoView {
    let now = view.at;
    let silence = (may("operate") && !view.migrations.is_empty()).then(|| {
        let mut rules: Vec<String> = view.rules.iter().map(|row| row.rule.clone()).collect();
        rules.sort_unstable();
        rules.dedup();
        view! { <SilenceForm migrations=view.migrations.clone() features=view.features.clone() rules /> }
    });
    let older = view.next.clone().map(|next| {
        view! {
            <nav class="paging" aria-label="Pages">
                <a class="button" href="/alerts">"Newest"</a>
                <a class="button" href=format!("/alerts?before={next}")>"Older"</a>
            </nav>
        }
    });
    view! {
        <div class="page-columns">
            <div class="stack">
                <Listed id="Firing" title="Firing" alerts=view.firing none="Nothing fires." now />
                {(!view.pending.is_empty()).then(|| view! { <Listed id="Pending" title="Pending" alerts=view.pending none="" now /> })}
                <Rules rows=view.rules />
                <Listed id="Past" title="Past" alerts=view.past none="Nothing ever fired and ended." now />
                {older}
            </div>
            <div class="stack">
                {silence}
                <Silences silences=view.silences now />
            </div>
        </div>
    }
    .erased()
}

#[component]
fn Listed(
    id: &'static str,
    title: &'static str,
    alerts: Vec<AlertView>,
    none: &'static str,
    now: DateTime<Utc>,
) -> impl IntoView {
    let is_none = alerts.is_empty();
    let rows = alerts.into_iter().map(|alert| view! { <AlertRow alert now /> }).collect_view();
    let list = if is_none {
        view! { <p class="card none">{none}</p> }.erased()
    } else {
        view! { <ol class="card rows">{rows}</ol> }.erased()
    };
    view! {
        <section class="part" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {list}
        </section>
    }
    .erased()
}

#[component]
fn Rules(rows: Vec<ReadingRow>) -> impl IntoView {
    let is_none = rows.is_empty();
    let rows = rows.into_iter().map(|row| view! { <RuleRow row /> }).collect_view();
    let table = if is_none {
        view! { <p class="card none">"No policy names a rule, or there is no feature to watch."</p> }.erased()
    } else {
        view! {
            <div class="card scroll scroll-tall" tabindex="0" role="region" aria-label="Table of rules">
                <table class="table-left table-stack table-rules">
                    <thead>
                        <tr>
                            <th scope="col">"of"</th>
                            <th scope="col">"rule"</th>
                            <th scope="col">"now"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .erased()
    };
    view! {
        <section class="part" aria-labelledby="Rules">
            <h2 id="Rules">"Rules"</h2>
            {table}
        </section>
    }
    .erased()
}

#[component]
fn RuleRow(row: ReadingRow) -> impl IntoView {
    let of = match &row.feature {
        Some(key) => view! { <a href=format!("/features/{key}")>{key.clone()}</a> }.erased(),
        None => view! { "the machine" }.into_any(),
    };
    let state = row.state.zip(row.alert.clone()).map(|(state, alert)| {
        view! { <a class="small" href=format!("/alerts/{alert}")>{state.as_str()}" alert"</a> }
    });
    view! {
        <tr>
            <th scope="row">{of} <p class="small">{row.migration}</p></th>
            <td>
                <b>{row.rule}</b>
                <p class="small">{row.demand}</p>
            </td>
            <td>
                <p><ConditionChip condition=row.condition /> " " {state}</p>
                <p class="small">{row.words}</p>
            </td>
        </tr>
    }
    .erased()
}

#[component]
fn Silences(silences: Vec<SilenceView>, now: DateTime<Utc>) -> impl IntoView {
    let is_none = silences.is_empty();
    let rows = silences.into_iter().map(|silence| view! { <SilenceRow silence now /> }).collect_view();
    let none = is_none.then(|| view! { <p class="none">"Nothing was ever silenced."</p> });
    view! {
        <section class="card finding" aria-labelledby="Silences">
            <h3 id="Silences">"Silences"</h3>
            <ol class="trail">{rows}</ol>
            {none}
        </section>
    }
    .erased()
}

#[component]
fn SilenceRow(silence: SilenceView, now: DateTime<Utc>) -> impl IntoView {
    let words = silence.in_words();
    let standing = match (&silence.ended_at, &silence.ended_by) {
        (Some(at), Some(by)) => format!("ended {} by {by}", format::minute(*at)),
        _ if silence.in_effect => format!("until {}", format::minute(silence.until)),
        _ if now < silence.from => format!("from {}", format::minute(silence.from)),
        _ => format!("over since {}", format::minute(silence.until)),
    };
    let end = (silence.in_effect && may("operate")).then(|| {
        let id = silence.id.clone();
        view! {
            <PostForm id=format!("End-{id}") call=EndSilence::PATH class="form-inner" so="The silence goes on">
                <Hidden name="id" value=id />
                <p class="actions"><button>"End"<span class="unseen">" the silence of " {words.clone()}</span></button></p>
            </PostForm>
        }
    });
    let sign = if silence.in_effect { Icon::Off } else { Icon::Dash };
    view! {
        <li>
            <p class="trail-time"><time datetime=silence.from.to_rfc3339()>{format::minute(silence.from)}</time></p>
            <div>
                <p><Sign icon=sign /> " " <b>{silence.in_words()}</b> ", " {standing}</p>
                <p class="small">"by " {silence.actor} ": " {silence.reason}</p>
                {end}
            </div>
        </li>
    }
    .erased()
}
