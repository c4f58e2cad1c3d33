//! `/features/{key}/change`: the percentage within the stage, the feature's switch, and its stage entered anew.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::domain::effective::Block;
use crate::plain::fields::{Field, Hidden, Reason};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::parts::feature_head::PlainFeatureHead;
use crate::server_fns::gate::get_gate;
use crate::server_fns::rollout::{RestartStage, SetFeatureEnabled, SetPercentage};
use crate::ui::components::percentages::ThreePercentages;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::gate::GateView;
use crate::views::rail::stage_label;

/// The page.
#[component]
pub fn ChangePage() -> impl IntoView {
    let key = use_params_map().read_untracked().get("key").unwrap_or_default();
    view! {
        <Title text=format!("Change {key}") />
        {loaded(get_gate(key), |view| view! { <Change view /> }.erased())}
    }
    .erased()
}

#[component]
fn Change(view: GateView) -> impl IntoView {
    let head = view! {
        <PlainFeatureHead
            key=view.key.clone()
            slug=view.migration_slug.clone()
            migration=view.migration_name.clone()
            title=format!("Change {}", view.key)
            words="Each change takes effect at once and stays in the history with its reason."
        />
    };
    if !may("operate") {
        return view! {
            {head}
            <p class="card none">"Changing a feature is for engineers and admins."</p>
        }
        .erased();
    }
    let stage = stage_label(&view.stage);
    let configured = view.percentages.configured;
    let limit = view.gate.as_ref().map_or(configured, |gate| gate.report.percentage).percent();
    let enabled = !view.percentages.blocked_by.contains(&Block::FeatureEnabled);
    let (switch, will, enable) = if enabled {
        ("Switch the feature off", "Every decision of this feature becomes legacy.", "false")
    } else {
        ("Switch the feature on", "Decisions follow its percentage again.", "true")
    };
    let (key, version) = (view.key.clone(), view.version.to_string());
    let (keys, versions) = ([key.clone(), key.clone(), key.clone()], [version.clone(), version.clone(), version]);
    let [of_percentage, of_switch, of_stage] = keys;
    let [at_percentage, at_switch, at_stage] = versions;
    let (percentage_hint, named) = (
        format!(
            "0 to {limit} in steps of 0.01: down is always allowed, up to the {limit} % of stage {stage}. Further is an advance."
        ),
        key.clone(),
    );
    view! {
        {head}
        <section class="card rollout" aria-label="Rollout">
            <div class="rollout-words">
                <ThreePercentages percentages=view.percentages.clone() />
            </div>
        </section>
        <div class="form-grid">
            <PostForm id="Percentage" call=SetPercentage::PATH>
                <h2>"Percentage"</h2>
                <Hidden name="key" value=of_percentage.clone() />
                <Hidden name="version" value=at_percentage.clone() />
                <Field
                    name="percentage"
                    label="Percentage"
                    hint=percentage_hint.clone()
                    kind="number"
                    initial=configured.percent().to_string()
                    range=("0", limit.to_string(), "0.01")
                />
                <Reason />
                <p class="actions">
                    <button class="button-primary">"Set the percentage of " {key.clone()}</button>
                </p>
            </PostForm>
            <PostForm id="Enabled" call=SetFeatureEnabled::PATH>
                <h2>"Switch"</h2>
                <Hidden name="key" value=of_switch.clone() />
                <Hidden name="version" value=at_switch.clone() />
                <Hidden name="enabled" value=enable />
                <p>{will}</p>
                <Reason />
                <p class="actions">
                    <button>{switch} ": " {named.clone()}</button>
                </p>
            </PostForm>
            <PostForm id="Restart" call=RestartStage::PATH>
                <h2>"Restart the stage"</h2>
                <Hidden name="key" value=of_stage.clone() />
                <Hidden name="version" value=at_stage.clone() />
                <p>
                    "Stage " <b>{stage.clone()}</b>
                    " is entered anew: its clock and its evidence begin again, and sign-offs given so far are void. "
                    "The percentage stays."
                </p>
                <Reason />
                <p class="actions">
                    <button>"Restart stage " {stage.clone()}</button>
                </p>
            </PostForm>
        </div>
    }
    .erased()
}
