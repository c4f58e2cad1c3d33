//! How far a rollback has come, and the proof of its effect.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use super::chips::{Chip, Tone};
use super::icon::Icon;
use crate::domain::rollback::Proof;
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::rollback::RollbackView;

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
