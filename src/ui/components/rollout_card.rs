//! Where a feature stands in its rollout.

use leptos::prelude::*;

use super::crossfader::Crossfader;
use super::percentages::ThreePercentages;
use crate::ui::erased::Erase;
use crate::views::feature::FeatureView;
use crate::views::format;
use crate::views::rail::stage_label;

/// The crossfader at full width, the three percentages, and since when.
#[component]
pub fn RolloutCard(feature: FeatureView) -> impl IntoView {
    view! {
        <section class="card rollout" aria-label="Rollout">
            <Crossfader percentages=feature.percentages.clone() stages=feature.stages.clone() stage=feature.stage.clone() />
            <div class="rollout-words">
                <ThreePercentages percentages=feature.percentages />
                <p class="small">
                    "stage " <b>{stage_label(&feature.stage)}</b> ", entered "
                    <time datetime=feature.entered_at.to_rfc3339() title=format::minute(feature.entered_at)>
                        {format::ago(feature.entered_at, feature.at)}
                    </time>
                </p>
            </div>
        </section>
    }
    .erased()
}
