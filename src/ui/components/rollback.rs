//! How far a rollback has come, and the proof of its effect.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use super::banner::{Banner, Weight};
use super::chips::{Chip, Tone};
use super::icon::Icon;
use crate::domain::rollback::Proof;
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::rollback::RollbackView;

/// A rollback that is under way or not long ago, where everybody sees it.
#[component]
pub fn RollbackBanner(rollback: RollbackView, now: DateTime<Utc>) -> impl IntoView {
    let ongoing = matches!(rollback.progress.as_str(), "stepping" | "in_effect");
    let weight = if ongoing { Weight::Warning } else { Weight::Notice };
    let alert = rollback.alert.clone().map(|alert| view! { <AlertLink alert /> });
    view! {
        <Banner weight>
            <div class="rollback-line">
                <p>
                    <b>{rollback.scope_in_words()}</b>
                    " "
                    {rollback.kind.clone()}
                    " rollback to "
                    <b>{rollback.target.to_string()}</b>
                    ", "
                    {format::ago(rollback.at, now)}
                    " by "
                    {rollback.actor.clone()}
                </p>
                <RollbackState rollback now />
                {alert}
                <a href="/rollbacks" rel="external">"All rollbacks"</a>
            </div>
        </Banner>
    }
    .erased()
}

/// The way to the alert that made a rollback.
#[component]
pub fn AlertLink(alert: String) -> impl IntoView {
    view! { <a href=format!("/alerts/{alert}") rel="external">"The alert that made it"</a> }.erased()
}

/// The state as a chip, and more of it in words.
#[component]
pub fn RollbackState(rollback: RollbackView, now: DateTime<Utc>) -> impl IntoView {
    let (tone, icon, word) = match (rollback.progress.as_str(), rollback.proof) {
        ("stepping", _) => (Tone::Waiting, Icon::Pulse, "under way"),
        ("cancelled", _) => (Tone::Quiet, Icon::Off, "cancelled"),
        ("pre_empted", _) => (Tone::Quiet, Icon::Off, "replaced by another"),
        (_, Some(Proof::Verified { .. })) => (Tone::Good, Icon::Check, "verified"),
        (_, Some(Proof::NoTraffic)) => (Tone::Hollow, Icon::Dash, "in effect, no traffic since"),
        (_, Some(Proof::NotYetSeen) | None) => (Tone::Waiting, Icon::Half, "in effect, not yet seen"),
    };
    let detail = match (rollback.next_step, rollback.proof) {
        (Some(step), _) => {
            Some(format!("{} in {}", step.percentage, format::duration((step.at - now).max(TimeDelta::zero()))))
        }
        (None, Some(Proof::Verified { after_seconds, .. })) => {
            Some(format!("after {}", format::length(TimeDelta::seconds(after_seconds))))
        }
        (None, _) => rollback.ended_by.map(|who| format!("by {who}")),
    };
    view! {
        <p class="data-state">
            <Chip tone icon text=word />
            {detail.map(|detail| view! { <span class="small">{detail}</span> })}
        </p>
    }
    .erased()
}
