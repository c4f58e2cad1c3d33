//! `/features/{key}/gate`: the whole report of the gate, the sign-offs with what each reviewer saw, and the forms to review
//! and to advance.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::plain::loaded::loaded;
use crate::plain::parts::advance::AdvanceForm;
use crate::plain::parts::feature_head::PlainFeatureHead;
use crate::plain::parts::review::ReviewForm;
use crate::plain::parts::sign_offs::SignOffs;
use crate::server_fns::gate::get_gate;
use crate::ui::components::driver_banner::DriverBanner;
use crate::ui::components::gate_card::{GateCard, GateOffers};
use crate::ui::components::percentages::ThreePercentages;
use crate::ui::erased::Erase;
use crate::views::gate::GateView;
use crate::views::gate_card::GateCardView;
use crate::views::rail::stage_label;

/// The page.
#[component]
pub fn GatePage() -> impl IntoView {
    let key = use_params_map().read_untracked().get("key").unwrap_or_default();
    view! {
        <Title text=format!("Gate of {key}") />
        {loaded(get_gate(key), |view| view! { <Gate view /> }.erased())}
    }
    .erased()
}

#[component]
fn Gate(view: GateView) -> impl IntoView {
    let card = view.gate.as_ref().map(|gate| GateCardView::new(gate, view.at));
    let card = card.map(|gate| view! { <GateCard gate offers=GateOffers::None /> });
    let key = view.key.clone();
    let pack = view.gate.is_some().then(|| {
        view! { <a href=format!("/api/v1/features/{key}/evidence.zip")>"Evidence pack of this gate (ZIP)"</a> " · " }
    });
    let pack = view! {
        <p class="small note">{pack} <a href=format!("/features/{key}/hand-over")>"Hand-over report"</a></p>
    };
    view! {
        <PlainFeatureHead
            key=view.key.clone()
            slug=view.migration_slug.clone()
            migration=view.migration_name.clone()
            title=format!("Gate of {}", view.key)
            words=format!("What {} must show to leave stage {}", view.key, stage_label(&view.stage))
        />
        <section class="card rollout" aria-label="Rollout">
            <div class="rollout-words">
                <ThreePercentages percentages=view.percentages.clone() />
            </div>
        </section>
        <DriverBanner note=view.driver.clone() />
        {card}
        {pack}
        <div class="form-grid">
            <ReviewForm view=view.clone() />
            <AdvanceForm view=view.clone() />
        </div>
        <SignOffs view />
    }
    .erased()
}
