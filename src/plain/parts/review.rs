//! The form by which a reviewer approves or rejects what the page shows: it carries exactly that along, sealed.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::plain::fields::{Choices, Hidden, TextArea};
use crate::plain::form::PostForm;
use crate::server_fns::gate::SignOff;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::gate::GateView;
use crate::views::rail::stage_label;

/// For those who may sign off; for all others a word on who does.
#[component]
pub fn ReviewForm(view: GateView) -> impl IntoView {
    if !may("sign_off") || view.gate.is_none() {
        return view! {
            <section class="card form" aria-labelledby="ReviewTitle">
                <h2 id="ReviewTitle">"Review"</h2>
                <p>"Managers and admins sign a stage off, except one that they entered themselves."</p>
            </section>
        }
        .erased();
    }
    let stage = stage_label(&view.stage);
    let digest = view.gate.as_ref().map(|gate| gate.report.evidence_digest.clone()).unwrap_or_default();
    let options = vec![
        ("approved", "Approve", format!("The evidence above is good enough to leave stage {stage}.")),
        ("rejected", "Reject", "Nobody advances until you or an admin approve.".to_owned()),
    ];
    view! {
        <PostForm id="Review" call=SignOff::PATH>
            <h2>"Review stage " {stage}</h2>
            <Hidden name="key" value=view.key.clone() />
            <Hidden name="version" value=view.version.to_string() />
            <Hidden name="seen" value=view.sealed.clone() />
            <Choices name="decision" legend="Decision" options=options.clone() />
            <TextArea name="comment" label="Comment" hint="What you looked at, and why you decide so." required=false />
            <p class="actions">
                <button class="button-primary">"Sign"</button>
            </p>
            <p class="small">
                "Bound to the report that this page shows, "
                <span class="mono digest">{digest.clone()}</span>
            </p>
        </PostForm>
    }
    .erased()
}
