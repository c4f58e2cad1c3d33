//! The forms that silence alerts: any, or the one that somebody looks at.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::plain::fields::{Hidden, Reason, Select};
use crate::plain::form::PostForm;
use crate::server_fns::alert::BeginSilence;
use crate::ui::erased::Erase;
use crate::views::alert::AlertView;

/// How long a silence may last, in minutes, and the words for it.
const LASTS: [(&str, &str); 6] = [
    ("30", "30 minutes"),
    ("120", "2 hours"),
    ("480", "8 hours"),
    ("1440", "a day"),
    ("4320", "3 days"),
    ("10080", "a week"),
];

/// For alerts of a migration, of a feature, of a rule.
#[component]
pub fn SilenceForm(migrations: Vec<String>, features: Vec<String>, rules: Vec<String>) -> impl IntoView {
    let words = |all: Vec<String>| all.into_iter().map(|word| (word.clone(), word));
    let or_every = |every: &str, all: Vec<String>| -> Vec<(String, String)> {
        std::iter::once((String::new(), every.to_owned())).chain(words(all)).collect()
    };
    let of: Vec<_> = words(migrations).collect();
    let (keys, rules) = (or_every("every feature", features), or_every("every rule", rules));
    view! {
        <PostForm id="Silence" call=BeginSilence::PATH so="Nothing was silenced">
            <h2>"Silence"</h2>
            <p class="small">
                "Nobody is told of these alerts until it ends. They fire all the same, and what a rule does by itself, a hold \
                 or a rollback, is done all the same."
            </p>
            <Select name="migration" label="Migration" options=of.clone() />
            <Select name="feature" label="Feature" options=keys.clone() />
            <Select name="rule" label="Rule" options=rules.clone() />
            <Lasts />
            <Reason />
            <p class="actions"><button class="button-primary">"Silence"</button></p>
        </PostForm>
    }
    .erased()
}

/// For one alert: its rule and its feature, or the machine.
#[component]
pub fn SilenceThis(alert: AlertView) -> impl IntoView {
    let feature = alert.feature.clone().unwrap_or_default();
    let (migration, rule, of) = (alert.migration.clone(), alert.rule.clone(), alert.subject());
    view! {
        <PostForm id="Silence" call=BeginSilence::PATH so="Nothing was silenced">
            <h2>"Silence it"</h2>
            <Hidden name="migration" value=migration.clone() />
            <Hidden name="feature" value=feature.clone() />
            <Hidden name="rule" value=rule.clone() />
            <p class="small">
                "Nobody is told of " <b>{rule.clone()}</b> " of " {of.clone()}
                " until it ends. What the rule does by itself is done all the same."
            </p>
            <Lasts />
            <Reason />
            <p class="actions"><button class="button-primary">"Silence"</button></p>
        </PostForm>
    }
    .erased()
}

#[component]
fn Lasts() -> impl IntoView {
    let lasts: Vec<_> = LASTS.iter().map(|(minutes, words)| ((*minutes).to_owned(), (*words).to_owned())).collect();
    view! { <Select name="minutes" label="For" options=lasts initial="120" /> }.erased()
}
