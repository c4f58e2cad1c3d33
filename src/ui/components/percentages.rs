//! Configured, effective and observed in words, each with its part of the crossfader as a sign, and where they disagree.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::summary::Percentages;

/// The three percentages, always together.
#[component]
pub fn ThreePercentages(percentages: Percentages) -> impl IntoView {
    let served = (percentages.served > 0).then(|| {
        view! { <span class="of">" of " {format::count(percentages.served)}</span> }
    });
    let disagreement = percentages.disagreement.clone().map(|words| {
        view! {
            <p class="warn">
                <Sign icon=Icon::Warning />
                <span>{words}</span>
            </p>
        }
    });
    view! {
        <dl class="three">
            <div>
                <dt>
                    <svg class="sample" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
                        <rect class="sample-knob" x="2.5" y="1" width="7" height="10" rx="2" />
                    </svg>
                    "configured"
                </dt>
                <dd>{percentages.configured.to_string()}</dd>
            </div>
            <div>
                <dt>
                    <svg class="sample" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
                        <rect class="sample-fill" x="0" y="4" width="12" height="5" rx="2.5" />
                    </svg>
                    "effective"
                </dt>
                <dd>{percentages.effective.to_string()}</dd>
            </div>
            <div>
                <dt>
                    <svg class="sample" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
                        <path class="sample-pointer" d="M6 10 1.5 2.8h9z" />
                    </svg>
                    "observed"
                </dt>
                <dd class:no-data=percentages.observed.is_none()>{percentages.observed_in_words()}{served}</dd>
            </div>
        </dl>
        {disagreement}
    }
    .erased()
}
