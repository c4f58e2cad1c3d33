//! A drawing of a chart, and what points at its steps: pointer, finger or arrow keys. All charts of a page share the step
//! pointed at, so that one moment can be read in all of them.

use leptos::prelude::*;
use leptos::{ev, web_sys};

use crate::ui::erased::Erase;
use crate::ui::live::use_live;
use crate::views::chart::Drawing;

/// The step that is pointed at on a page, in every chart of it.
#[derive(Clone, Copy)]
pub struct PointedStep(RwSignal<Option<u32>>);

impl PointedStep {
    /// For the charts of the page that is being built.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// That of the page around.
    pub fn of_page() -> Self {
        expect_context()
    }

    /// The step; `None` when nothing points, or at something that a chart of so many steps does not have.
    pub fn get(self, steps: u32) -> Option<u32> {
        self.0.get().filter(|step| *step < steps)
    }
}

/// How far Page Up and Page Down go.
const PAGE: u32 = 10;

/// A drawing with its rule. `reading` says what stands at a step.
#[component]
pub fn Plot(
    drawing: Drawing,
    class: &'static str,
    title: &'static str,
    steps: u32,
    reading: Callback<u32, String>,
) -> impl IntoView {
    let live = use_live();
    let pointed = PointedStep::of_page();
    let svg = drawing.svg.clone();
    let last = steps.saturating_sub(1);
    let at = move || pointed.get(steps);
    let probe = move || {
        let drawing = drawing.clone();
        let place = Memo::new({
            let drawing = drawing.clone();
            move |_| at().map(|step| format!("{:.3}%", drawing.centre_of(step, steps) * 100.0))
        });
        let point = move |event: ev::PointerEvent| {
            let width = event_target::<web_sys::Element>(&event).client_width();
            let step = drawing.step_at(f64::from(event.offset_x()) / f64::from(width.max(1)), steps);
            pointed.0.set(step);
        };
        view! {
            <div
                class="probe"
                tabindex="0"
                role="slider"
                aria-label=format!("Values of {title}")
                aria-valuemin="0"
                aria-valuemax=last
                aria-valuenow=move || at().unwrap_or(last)
                aria-valuetext=move || reading.run(at().unwrap_or(last))
                on:pointerdown=point.clone()
                on:pointermove=point
                on:pointerleave=move |event| {
                    // A finger that is lifted leaves; what it pointed at may still be read.
                    if event.pointer_type() != "touch" {
                        pointed.0.set(None);
                    }
                }
                on:focus=move |_| pointed.0.update(|step| *step = step.or(Some(last)))
                on:blur=move |_| pointed.0.set(None)
                on:keydown=move |event| {
                    if let Some(lead) = lead_of(&event.key(), at(), last) {
                        event.prevent_default();
                        pointed.0.set(match lead {
                            Lead::To(step) => Some(step),
                            Lead::Nowhere => None,
                        });
                    }
                }
            >
                {move || {
                    place
                        .get()
                        .map(|x| {
                            view! {
                                <svg class="rule" width="100%" height="100%" aria-hidden="true">
                                    <line x1=x.clone() x2=x y1="0" y2="100%" />
                                </svg>
                            }
                        })
                }}
            </div>
        }
    };
    view! {
        <div class=class>
            <div class="drawing" inner_html=svg></div>
            {move || (live.hydrated.get() && steps > 0).then(probe.clone())}
        </div>
    }
    .erased()
}

/// Where a key leads.
enum Lead {
    /// To a step.
    To(u32),
    /// Away from the chart.
    Nowhere,
}

/// `None` when the key has no meaning here.
fn lead_of(key: &str, at: Option<u32>, last: u32) -> Option<Lead> {
    let here = at.unwrap_or(last);
    Some(match key {
        "ArrowLeft" | "ArrowDown" => Lead::To(here.saturating_sub(1)),
        "ArrowRight" | "ArrowUp" => Lead::To((here + 1).min(last)),
        "PageDown" => Lead::To(here.saturating_sub(PAGE)),
        "PageUp" => Lead::To((here + PAGE).min(last)),
        "Home" => Lead::To(0),
        "End" => Lead::To(last),
        "Escape" => Lead::Nowhere,
        _ => return None,
    })
}
