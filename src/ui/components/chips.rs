//! Short states: a word, a shape and a colour that agree. Never the colour alone.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::domain::data_state::DataState;
use crate::domain::gate::GateState;
use crate::domain::sign_off::{Decision, Standing};
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::overview::MigrationCard;

/// What a chip's colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Bad,
    Waiting,
    Quiet,
    /// There is nothing.
    Hollow,
    /// It was once.
    Stale,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "chip chip-good",
            Self::Bad => "chip chip-bad",
            Self::Waiting => "chip chip-waiting",
            Self::Quiet => "chip",
            Self::Hollow => "chip chip-hollow",
            Self::Stale => "chip chip-stale",
        }
    }
}

/// One state.
#[component]
pub fn Chip(tone: Tone, icon: Icon, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <span class=tone.class()>
            <Sign icon />
            {text}
        </span>
    }
    .erased()
}

/// How many alerts fire; nothing when none does.
#[component]
pub fn FiringChip(firing: u32) -> impl IntoView {
    (firing > 0)
        .then(|| {
            let text = if firing == 1 { "alert fires".to_owned() } else { format!("{firing} alerts fire") };
            view! {
                <p>
                    <a href="/alerts" rel="external"><Chip tone=Tone::Bad icon=Icon::Warning text /></a>
                </p>
            }
        })
        .erased()
}

/// Whether there is data, and how old the newest is.
#[component]
pub fn DataChip(state: DataState, now: DateTime<Utc>) -> impl IntoView {
    let (tone, icon) = match state {
        DataState::NoData => (Tone::Hollow, Icon::Dash),
        DataState::Stale { .. } => (Tone::Bad, Icon::Clock),
        // Data that keeps coming says nothing of how good it is.
        DataState::Fresh { .. } => (Tone::Quiet, Icon::Pulse),
    };
    let (word, detail) = format::data_state(state, now);
    view! {
        <p class="data-state">
            <Chip tone icon text=word />
            {detail.map(|detail| view! { <span class="small">{detail}</span> })}
        </p>
    }
    .erased()
}

/// What a gate or one of its criteria says: five states, each with a word, a shape and a colour of its own.
#[component]
pub fn GateChip(state: GateState) -> impl IntoView {
    let (tone, icon) = match state {
        GateState::NoData => (Tone::Hollow, Icon::Dash),
        GateState::Stale => (Tone::Stale, Icon::Clock),
        GateState::NotEnoughEvidence => (Tone::Waiting, Icon::Half),
        GateState::Passed => (Tone::Good, Icon::Check),
        GateState::Failed => (Tone::Bad, Icon::Cross),
    };
    view! { <Chip tone icon text=state.in_words() /> }.erased()
}

/// What a reviewer decided, and whether it counts.
#[component]
pub fn SignOffChip(decision: Decision, standing: Standing) -> impl IntoView {
    let (tone, icon) = match (decision, &standing) {
        (_, Standing::Void(_)) => (Tone::Hollow, Icon::Off),
        (_, Standing::Superseded) => (Tone::Quiet, Icon::Dash),
        (Decision::Approved, Standing::Counts) => (Tone::Good, Icon::Pen),
        (Decision::Rejected, Standing::Counts) => (Tone::Bad, Icon::Cross),
    };
    let word = match standing {
        Standing::Counts => decision.as_str().to_owned(),
        Standing::Void(_) => format!("{}, void", decision.as_str()),
        Standing::Superseded => format!("{}, superseded", decision.as_str()),
    };
    view! { <Chip tone icon text=word /> }.erased()
}

/// The switches of a migration.
#[component]
pub fn Switches(migration: MigrationCard) -> impl IntoView {
    let switch = |on: bool, bad_when_off: Tone, name: &str| {
        let (tone, icon, word) = if on { (Tone::Good, Icon::Check, "on") } else { (bad_when_off, Icon::Off, "off") };
        view! {
            <li>
                <Chip tone icon text=format!("{name} {word}") />
            </li>
        }
    };
    let (icon, shadow) = if migration.shadow_enabled {
        (Icon::Shadow, format!("Shadow {}", format::percent(migration.sample_rate * 100.0)))
    } else {
        (Icon::Off, "Shadow off".to_owned())
    };
    let tone = if migration.shadow_enabled { Tone::Waiting } else { Tone::Quiet };
    view! {
        <ul class="switches" aria-label="Switches">
            {switch(migration.candidate_enabled, Tone::Bad, "Candidate")}
            {switch(migration.fallback_to_legacy, Tone::Quiet, "Fallback to legacy")}
            <li>
                <Chip tone icon text=shadow />
            </li>
        </ul>
    }
    .erased()
}
