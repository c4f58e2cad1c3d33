//! The crossfader: the one picture that stands for a rollout. The knob is what was configured, the fill what is in effect,
//! the small pointer what was observed. Positions are per cents of the width, so that it never scales its text.

use leptos::prelude::*;

use crate::ui::erased::Erase;
use crate::views::feature::StageMark;
use crate::views::rail::{Notch, Rail, notches};
use crate::views::summary::Percentages;

/// One track from shadow to 100 %.
#[component]
pub fn Crossfader(percentages: Percentages, stages: Vec<StageMark>, stage: String) -> impl IntoView {
    let Rail { knob, fill, pointer } = Rail::new(&stages, &percentages);
    let gap = (knob > fill).then(|| {
        view! { <line class="fader-gap" x1=share(fill) x2=share(knob) y1="24" y2="24" /> }
    });
    let pointer = pointer.map(|pointer| {
        view! {
            <svg class="fader-part" x=share(pointer) y="0">
                <path class="fader-pointer" d="M0 12l-5-8h10z" />
            </svg>
        }
    });
    view! {
        <div class="fader">
            <svg class="fader-part" width="100%" height="54" role="img" aria-label=percentages.in_words()>
                <rect class="fader-track" x="0" y="20" width="100%" height="8" rx="4" />
                {gap}
                <rect class="fader-fill" x="0" y="20" width=share(fill) height="8" rx="4" />
                {notches(&stages, &stage).into_iter().map(notch).collect_view()}
                {pointer}
                <svg class="fader-part" x=share(knob) y="0">
                    <rect class="fader-knob" x="-7" y="14" width="14" height="20" rx="4" />
                    <line class="fader-grip" x1="0" x2="0" y1="19" y2="29" />
                </svg>
            </svg>
        </div>
    }
    .erased()
}

fn notch(Notch { x, label, here }: Notch) -> impl IntoView {
    let (anchor, shift) = match x {
        x if x <= 0.0 => ("start", "-8"),
        x if x >= 100.0 => ("end", "8"),
        _ => ("middle", "0"),
    };
    view! {
        <line class="fader-notch" x1=share(x) x2=share(x) y1="34" y2="38" />
        <text class=if here { "fader-label fader-here" } else { "fader-label" } x=share(x) dx=shift y="51" text-anchor=anchor>
            {label}
        </text>
    }
}

fn share(percent: f64) -> String {
    format!("{percent:.2}%")
}
