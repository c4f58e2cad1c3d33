//! `/features/{key}/evidence/{id}`: the gate as it was when somebody took the feature through it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::plain::loaded::loaded;
use crate::plain::parts::feature_head::PlainFeatureHead;
use crate::server_fns::gate::get_frozen_gate;
use crate::ui::components::chips::GateChip;
use crate::ui::components::criteria::Criteria;
use crate::ui::components::history::History;
use crate::ui::erased::Erase;
use crate::views::criterion::CriterionRow;
use crate::views::format;
use crate::views::gate::FrozenGateView;
use crate::views::gate_card::SignOffLine;
use crate::views::rail::stage_label;
use crate::views::timeline::timeline;

/// The page.
#[component]
pub fn FrozenGatePage() -> impl IntoView {
    let params = use_params_map().get_untracked();
    let (key, id) = (params.get("key").unwrap_or_default(), params.get("id").unwrap_or_default());
    view! {
        <Title text=format!("Evidence of {key}") />
        {loaded(get_frozen_gate(key, id), |view| view! { <FrozenGate view /> }.erased())}
    }
    .erased()
}

#[component]
fn FrozenGate(view: FrozenGateView) -> impl IntoView {
    let report = view.report;
    let criteria = report.criteria.iter().map(CriterionRow::new).collect();
    let now = view.change.at;
    let pack = format!("/api/v1/features/{}/evidence.zip?change={}", view.key, view.change.id);
    let rows = timeline(vec![view.change], view.sign_offs.iter().map(SignOffLine::new).collect());
    view! {
        <PlainFeatureHead
            key=view.key.clone()
            slug=view.migration_slug
            migration=view.migration_name
            title=format!("Evidence of {}", view.key)
            words=format!("Frozen {}: what the gate of stage {} said then", format::second(report.as_of), stage_label(&report.stage))
        />
        <section class="card gate" aria-labelledby="Gate">
            <header class="gate-head">
                <h2 id="Gate">"Gate of stage " {stage_label(&report.stage)}</h2>
                <GateChip state=report.state />
                <p class="small">
                    "policy version " <b>{report.policy_version}</b> ", stage entered " {format::minute(report.entered_at)}
                </p>
            </header>
            <Criteria rows=criteria />
            <p class="small note">
                "evidence " <span class="mono digest">{report.evidence_digest}</span> " · "
                <a href=pack>"Evidence pack (ZIP)"</a>
            </p>
        </section>
        <History key=view.key rows now />
    }
    .erased()
}
