//! The form that takes a feature to its next stage, with what still stands in the way, and for admins the way past it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::domain::policy::COMPLETE;
use crate::plain::fields::{Hidden, Reason, Tick};
use crate::plain::form::PostForm;
use crate::server_fns::gate::Advance;
use crate::ui::components::demands::Demands;
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::gate::GateView;
use crate::views::rail::{stage_in_words, stage_label};

/// For those who may; for all others a word on who does.
#[component]
pub fn AdvanceForm(view: GateView) -> impl IntoView {
    let Some(gate) = view.gate else {
        return view! {
            <section class="card form" aria-labelledby="AdvanceTitle">
                <h2 id="AdvanceTitle">"Advance"</h2>
                <p>"The feature is complete: there is no further stage."</p>
            </section>
        }
        .erased();
    };
    let to = match gate.next.name.as_str() {
        COMPLETE => "complete".to_owned(),
        stage => stage_in_words(stage, gate.next.percentage),
    };
    if !may("operate") {
        return view! {
            <section class="card form" aria-labelledby="AdvanceTitle">
                <h2 id="AdvanceTitle">"Advance to " {to}</h2>
                <p>"Engineers and admins advance a feature once its gate has passed and is signed off."</p>
            </section>
        }
        .erased();
    }
    let ready = gate.refusals.is_empty();
    let words = if ready {
        "The gate has passed and is signed off."
    } else {
        "Not yet: the server refuses as long as anything stands in the way."
    };
    let refusals = gate.refusals.clone();
    let (goes_past, stage) = (may("override") && !ready, stage_label(&view.stage));
    let (key, version) = (view.key.clone(), view.version.to_string());
    view! {
        <PostForm id="Advance" call=Advance::PATH>
            <h2>"Advance to " {to.clone()}</h2>
            <Hidden name="key" value=key.clone() />
            <Hidden name="version" value=version.clone() />
            <p>{words}</p>
            <Demands demands=refusals.clone() />
            <Reason />
            {goes_past.then(|| view! { <Override stage /> })}
            <p class="actions">
                <button class=if ready { "button-primary" } else { "" }>
                    "Advance " {key.clone()} " to " {to.clone()}
                </button>
            </p>
        </PostForm>
    }
    .erased()
}

/// The way past a gate, for admins, with what it means.
#[component]
fn Override(stage: String) -> impl IntoView {
    view! {
        <div class="override">
            <p class="warn">
                <Sign icon=Icon::Warning />
                <span>
                    "An override goes past everything listed above. It is recorded with your name and reason and shown \
                     in the history for good."
                </span>
            </p>
            <Tick name="override_gate" label=format!("Override the gate of stage {stage}") />
        </div>
    }
    .erased()
}
