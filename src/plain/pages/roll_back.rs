//! `/features/{key}/roll-back[?target=…&step=…&interval=…]`: one feature off at once, or down in steps, which are shown
//! before they are confirmed.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::domain::gradual::{GradualPlan, Pace};
use crate::domain::percentage::Percentage;
use crate::plain::fields::{Hidden, Reason};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::parts::feature_head::PlainFeatureHead;
use crate::server_fns::gate::get_gate;
use crate::server_fns::rollback::{RollBackFeature, RollBackGradually};
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::components::percentages::ThreePercentages;
use crate::ui::components::state::capitalised;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::format;
use crate::views::gate::GateView;

/// How a gradual rollback is wanted, as the address has it.
#[derive(Clone)]
struct Wanted {
    target: String,
    step: String,
    /// In minutes.
    interval: String,
}

/// The page.
#[component]
pub fn RollBackPage() -> impl IntoView {
    let key = use_params_map().read_untracked().get("key").unwrap_or_default();
    let query = use_query_map().get_untracked();
    let part = |name: &str, default: &str| query.get(name).unwrap_or_else(|| default.to_owned());
    let wanted = Wanted { target: part("target", "0"), step: part("step", "10"), interval: part("interval", "5") };
    view! {
        <Title text=format!("Roll back {key}") />
        {loaded(get_gate(key), |view| view! { <RollBack view wanted /> }.erased())}
    }
    .erased()
}

#[component]
fn RollBack(view: GateView, wanted: Wanted) -> impl IntoView {
    let head = view! {
        <PlainFeatureHead
            key=view.key.clone()
            slug=view.migration_slug.clone()
            migration=view.migration_name.clone()
            title=format!("Roll back {}", view.key)
            words="No gate, sign-off or version stands in the way of a rollback."
        />
    };
    if !may("operate") {
        return view! {
            {head}
            <p class="card none">"Rolling back is for engineers and admins."</p>
        }
        .erased();
    }
    let key = view.key.clone();
    let of_form = key.clone();
    view! {
        {head}
        <section class="card rollout" aria-label="Rollout">
            <div class="rollout-words">
                <ThreePercentages percentages=view.percentages.clone() />
            </div>
        </section>
        <div class="form-grid">
            <PostForm id="Feature" call=RollBackFeature::PATH class="card form form-danger">
                <h2>"At once"</h2>
                <Hidden name="key" value=of_form.clone() />
                <p><b>{of_form.clone()}</b> " is switched off and goes to " <b>"0 %"</b> " now."</p>
                <Reason />
                <p class="actions">
                    <button class="button-danger">"Roll " {of_form.clone()} " back to 0 %"</button>
                </p>
            </PostForm>
            <section class="card form" aria-labelledby="Gradually">
                <h2 id="Gradually">"In steps"</h2>
                <Gradual view wanted />
            </section>
        </div>
    }
    .erased()
}

#[component]
fn Gradual(view: GateView, wanted: Wanted) -> impl IntoView {
    let from = view.percentages.configured;
    if from == Percentage::ZERO {
        return view! { <p>"The feature is at 0 % already: there are no steps to go down."</p> }.erased();
    }
    let number = |name: &'static str, label: &'static str, value: String, min: &'static str, max: String| {
        view! {
            <div class="field">
                <label for=format!("Steps-{name}")>{label}</label>
                <input id=format!("Steps-{name}") type="number" name=name value=value min=min max=max step="0.01" required=true />
            </div>
        }
    };
    let preview = match plan(&view, &wanted) {
        Ok(plan) => view! { <Preview key=view.key.clone() plan /> }.erased(),
        Err(why) => view! {
            <p class="warn" role="alert">
                <Sign icon=Icon::Warning />
                <span>{capitalised(&why)}</span>
            </p>
        }
        .erased(),
    };
    view! {
        <form class="steps-form" method="get">
            {number("target", "Down to, %", wanted.target, "0", from.percent().to_string())}
            {number("step", "By, points", wanted.step, "0.01", "100".to_owned())}
            {number("interval", "Every, minutes", wanted.interval, "1", "1440".to_owned())}
            <button>"Show the steps"</button>
        </form>
        {preview}
    }
    .erased()
}

/// The plan that would be made now, or why there is none.
fn plan(view: &GateView, wanted: &Wanted) -> Result<GradualPlan, String> {
    let number = |text: &str, what: &str| text.trim().parse::<f64>().map_err(|_| format!("{what} must be a number"));
    let target = Percentage::from_percent(number(&wanted.target, "the target")?).map_err(|error| error.to_string())?;
    let minutes = number(&wanted.interval, "the interval")?;
    #[expect(clippy::cast_possible_truncation, reason = "checked by what parses it")]
    let pace = Pace::parse(Some(number(&wanted.step, "the step")?), Some((minutes * 60.0) as i64));
    let pace = pace.map_err(|errors| {
        errors
            .iter()
            .map(|it| format!("{} {}", it.pointer.trim_start_matches('/'), it.detail))
            .collect::<Vec<_>>()
            .join("; ")
    })?;
    if target >= view.percentages.configured {
        return Err(format!("a rollback leads down: {target} is not below {}", view.percentages.configured));
    }
    Ok(GradualPlan::new(view.percentages.configured, target, pace, view.at))
}

/// The steps, and what confirms them.
#[component]
fn Preview(key: String, plan: GradualPlan) -> impl IntoView {
    const SHOWN: usize = 24;
    let steps = plan.steps();
    let more = steps.len().saturating_sub(SHOWN);
    let rows = steps.iter().take(SHOWN).map(|(at, to)| {
        let after = *at - plan.started_at;
        let when = if after.is_zero() { "at once".to_owned() } else { format!("after {}", format::duration(after)) };
        view! {
            <li>
                <b>{to.to_string()}</b>
                " "
                <span class="small">{when}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    let more = (more > 0).then(|| view! { <li class="small">{format!("and {more} more")}</li> });
    let (target, step, interval) = (plan.target, plan.step, plan.interval_seconds);
    view! {
        <ol class="steps" aria-label="Steps">{rows} {more}</ol>
        <PostForm id="Gradual" call=RollBackGradually::PATH class="form-inner">
            <Hidden name="key" value=key.clone() />
            <Hidden name="target" value=target.percent().to_string() />
            <Hidden name="step" value=step.percent().to_string() />
            <Hidden name="interval_seconds" value=interval.to_string() />
            <Reason />
            <p class="actions">
                <button class="button-quiet-danger">"Roll " {key.clone()} " back to " {target.to_string()} " in steps"</button>
            </p>
        </PostForm>
    }
    .erased()
}
