//! `/alerts?before=…`: what fires, what every rule reads now, what is over, and silences.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::plain::fields::{Field, Hidden, Reason, Select};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::parts::alert_row::{AlertRow, ConditionChip};
use crate::server_fns::alert::{BeginSilence, EndSilence, get_alerts};
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::alert::{AlertView, AlertsView, ReadingRow, SilenceView};
use crate::views::format;

/// How long a silence may last, in minutes, and the words for it.
const LASTS: [(&str, &str); 6] = [
    ("30", "30 minutes"),
    ("120", "2 hours"),
    ("480", "8 hours"),
    ("1440", "a day"),
    ("4320", "3 days"),
    ("10080", "a week"),
];

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
    let silence = may("operate").then(|| {
        let (migrations, features) = (view.migrations.clone(), view.features.clone());
        view! { <SilenceForm migrations features /> }
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
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"of"</th>
                            <th scope="col">"rule"</th>
                            <th scope="col">"now"</th>
                            <th scope="col">"read"</th>
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
        view! { <a class="small" href=format!("/alerts/{alert}")>{state.as_str()}</a> }
    });
    view! {
        <tr>
            <th scope="row">{of} <span class="small">" " {row.migration}</span></th>
            <td>
                <b>{row.rule}</b>
                <p class="small">{row.demand}</p>
            </td>
            <td><ConditionChip condition=row.condition /> " " {state}</td>
            <td class="small">{row.words}</td>
        </tr>
    }
    .erased()
}

#[component]
fn SilenceForm(migrations: Vec<String>, features: Vec<String>) -> impl IntoView {
    let word = |value: &str, words: &str| (value.to_owned(), words.to_owned());
    let of: Vec<_> = migrations.iter().map(|slug| word(slug, slug)).collect();
    let mut keys = vec![word("", "every feature")];
    keys.extend(features.iter().map(|key| word(key, key)));
    let lasts: Vec<_> = LASTS.iter().map(|(minutes, words)| word(minutes, words)).collect();
    view! {
        <PostForm id="Silence" call=BeginSilence::PATH so="Nothing was silenced">
            <h2>"Silence"</h2>
            <p class="small">
                "Nobody is told of these alerts until it ends. They fire all the same, and what a rule does by itself, a hold \
                 or a rollback, is done all the same."
            </p>
            <Select name="migration" label="Migration" options=of.clone() />
            <Select name="feature" label="Feature" options=keys.clone() />
            <Field name="rule" label="Rule" hint="Its name; every rule when it is empty." required=false />
            <Select name="minutes" label="For" options=lasts.clone() initial="120" />
            <Reason />
            <p class="actions"><button class="button-primary">"Silence"</button></p>
        </PostForm>
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
