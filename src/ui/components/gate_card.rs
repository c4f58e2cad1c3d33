//! The gate of a feature: its state, every criterion, the sign-offs that count, and what still stands in the way.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::chips::{GateChip, SignOffChip};
use super::criteria::Criteria;
use super::demands::Demands;
use super::icon::{Icon, Sign};
use crate::domain::sign_off::Standing;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::format;
use crate::views::gate_card::{GateCardView, SignOffLine};
use crate::views::rail::stage_label;

/// What a gate's card leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateOffers {
    /// The pages where something is done about it.
    Actions,
    /// It stands on that page already.
    None,
}

/// The card.
#[component]
pub fn GateCard(gate: GateCardView, offers: GateOffers) -> impl IntoView {
    let now = gate.as_of;
    let next = gate.next_change.map(|next| view! { <p class="small">"Next change: " {next}</p> });
    let actions = (offers == GateOffers::Actions).then(|| view! { <Actions key=gate.feature.clone() /> });
    let way = if gate.refusals.is_empty() {
        view! {
            <p class="gate-open">
                <Sign icon=Icon::Check />
                "Nothing stands in the way of an advance."
            </p>
        }
        .erased()
    } else {
        view! { <Demands demands=gate.refusals /> }.erased()
    };
    let sign_offs = if gate.sign_offs.is_empty() {
        view! { <p class="small">"None yet for this stage."</p> }.erased()
    } else {
        let rows = gate.sign_offs.into_iter().map(|sign_off| view! { <SignOffLineView sign_off now /> });
        view! { <ul class="demands">{rows.collect_view()}</ul> }.erased()
    };
    view! {
        <section class="card gate" aria-labelledby="Gate">
            <header class="gate-head">
                <h2 id="Gate">"Gate of stage " {stage_label(&gate.stage)}</h2>
                <GateChip state=gate.state />
                <div>
                    <p class="small">
                        "policy version " <b>{gate.policy_version}</b> ", entered "
                        {format::ago(gate.entered_at, gate.as_of)}
                    </p>
                    {next}
                </div>
                {actions}
            </header>
            <Criteria rows=gate.criteria />
            <div class="gate-rest">
                <div>
                    <h3>"In the way of an advance"</h3>
                    {way}
                </div>
                <div>
                    <h3>"Sign-offs, " {gate.required}</h3>
                    {sign_offs}
                </div>
            </div>
        </section>
    }
    .erased()
}

/// The pages where something is done about a gate, for those who may.
#[component]
fn Actions(key: String) -> impl IntoView {
    let link = |page: &str, class: &'static str, words: &'static str| {
        view! {
            <a class=class href=format!("/features/{key}/{page}") rel="external">
                {words}
            </a>
        }
    };
    let review = if may("sign_off") { "Review and sign off" } else { "Gate report" };
    let operate = may("operate").then(|| {
        view! {
            {link("gate#Advance", "button", "Advance")}
            {link("change", "button", "Change percentage")}
            {link("roll-back", "button button-quiet-danger", "Roll back")}
        }
    });
    view! { <div class="actions">{link("gate", "button", review)} {operate}</div> }.erased()
}

#[component]
fn SignOffLineView(sign_off: SignOffLine, now: DateTime<Utc>) -> impl IntoView {
    let why = match &sign_off.standing {
        Standing::Void(why) => Some(format!(", void: {why}")),
        Standing::Counts | Standing::Superseded => None,
    };
    view! {
        <li class="sign-off-line">
            <SignOffChip decision=sign_off.decision standing=sign_off.standing />
            <span>
                {sign_off.reviewer} " " <span class="small">{format::ago(sign_off.at, now)} {why}</span>
            </span>
        </li>
    }
    .erased()
}
