//! The sign-offs of a feature, each with what its reviewer saw beside what is measured now.

use leptos::prelude::*;

use crate::domain::sign_off::Standing;
use crate::ui::components::chips::{Chip, GateChip, SignOffChip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::views::criterion::CriterionRow;
use crate::views::format;
use crate::views::gate::{GateView, SignOffDocument, SignOffRow};
use crate::views::rail::stage_label;

/// All sign-offs, newest first.
#[component]
pub fn SignOffs(view: GateView) -> impl IntoView {
    let now: Vec<CriterionRow> =
        view.gate.iter().flat_map(|gate| gate.report.criteria.iter().map(CriterionRow::new)).collect();
    let given = if view.seen.is_empty() {
        view! { <p class="card none">"Nobody has reviewed this stage yet."</p> }.erased()
    } else {
        view.seen.into_iter().map(|given| view! { <Given given now=now.clone() /> }).collect_view().erased()
    };
    let earlier = (!view.earlier.is_empty()).then(|| {
        let rows = view.earlier.into_iter().map(|row| view! { <Earlier row /> });
        view! {
            <section class="part" aria-labelledby="Earlier">
                <h2 id="Earlier">"Sign-offs of earlier stages"</h2>
                <ul class="card rows">{rows.collect_view()}</ul>
            </section>
        }
    });
    view! {
        <section class="part" aria-labelledby="SignOffs">
            <h2 id="SignOffs">"Sign-offs of this stage"</h2>
            {given}
        </section>
        {earlier}
    }
    .erased()
}

#[component]
fn Earlier(row: SignOffRow) -> impl IntoView {
    let comment = (!row.comment.is_empty()).then(|| format!(": {}", row.comment));
    view! {
        <li class="row">
            <div class="row-main">
                <p><b>{row.reviewer}</b> " on stage " {stage_label(&row.stage)} {comment}</p>
                <p class="small">{format::minute(row.at)} " · policy version " {row.policy_version}</p>
            </div>
            <Chip tone=Tone::Quiet icon=Icon::Pen text=row.decision.as_str() />
        </li>
    }
    .erased()
}

#[component]
fn Given(given: SignOffDocument, now: Vec<CriterionRow>) -> impl IntoView {
    let SignOffDocument { feature, row: sign_off, report } = given;
    let pack = format!("/api/v1/features/{feature}/evidence.zip?sign_off={}", sign_off.id);
    let standing = sign_off.standing.clone().unwrap_or(Standing::Superseded);
    let void = match &standing {
        Standing::Void(why) => Some(view! { <p class="warn">"Void: " {why.clone()}</p> }),
        Standing::Counts | Standing::Superseded => None,
    };
    let tool = sign_off.tool.clone().map(|tool| {
        let more = [tool.reference, tool.remaining.map(|left| format!("{left} exchanges remain"))];
        let more: Vec<String> = more.into_iter().flatten().collect();
        view! { <p class="small">"by the tool " <b>{tool.name}</b> " " {more.join(" · ")}</p> }
    });
    let comment = (!sign_off.comment.is_empty()).then(|| view! { <blockquote>{sign_off.comment.clone()}</blockquote> });
    let rows = report.criteria.iter().map(CriterionRow::new).map(|seen| {
        let present = now.iter().find(|row| row.title == seen.title && row.detail == seen.detail);
        let present = present.map_or_else(
            || view! { <span class="no-data">"not asked for any more"</span> }.erased(),
            |row| view! { <Measured row=row.clone() /> }.erased(),
        );
        let (title, detail) = (seen.title.clone(), seen.detail.clone());
        view! {
            <tr>
                <th scope="row">{title} " " <span class="small">{detail}</span></th>
                <td><Measured row=seen /></td>
                <td>{present}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let label = format!("What {} saw, and what is measured now", sign_off.reviewer);
    view! {
        <article class="card given">
            <header class="gate-head">
                <SignOffChip decision=sign_off.decision standing />
                <p>
                    <b>{sign_off.reviewer.clone()}</b> " on stage " {stage_label(&sign_off.stage)} ", "
                    <time datetime=sign_off.at.to_rfc3339()>{format::minute(sign_off.at)}</time>
                    <span class="small">" · policy version " {sign_off.policy_version}</span>
                </p>
            </header>
            <div class="given-words">{void} {tool} {comment}</div>
            <div class="scroll" tabindex="0" role="region" aria-label=label>
                <table class="compare">
                    <thead>
                        <tr>
                            <th scope="col">"criterion"</th>
                            <th scope="col">"seen by the reviewer"</th>
                            <th scope="col">"measured now"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="small note">
                "report " <span class="mono digest">{sign_off.report_digest}</span> " · "
                <a href=pack>"Evidence pack (ZIP)"</a>
            </p>
        </article>
    }
    .erased()
}

#[component]
fn Measured(row: CriterionRow) -> impl IntoView {
    view! {
        <span class="measured">
            <span>
                <b>{row.measured}</b>
                <span class="small">" (" {row.limit} ")"</span>
            </span>
            <GateChip state=row.state />
        </span>
    }
    .erased()
}
