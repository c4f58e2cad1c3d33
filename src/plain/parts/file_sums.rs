//! How many files each feature has on each side, and how far its backfill has come.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::domain::backfill::BackfillState;
use crate::plain::fields::Hidden;
use crate::plain::form::PostForm;
use crate::server_fns::file::BeginBackfill;
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::components::state::capitalised;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::file::BackfillView;
use crate::views::file_pages::{FeatureFiles, FilesPage as FilesView, SideFiles};
use crate::views::format;

/// What there is.
#[component]
pub fn Sums(view: FilesView) -> impl IntoView {
    let rows = view.features.iter().cloned().map(|row| view! { <FeatureRow row /> }).collect_view();
    let shared = if view.shared_bytes == 0 {
        format!(
            "{} on the candidate, {}; no two files share one.",
            format::number_of(view.objects, "object", "objects"),
            format::bytes(view.object_bytes)
        )
    } else {
        format!(
            "{} on the candidate, {}: files with the same content share one, which saves {}.",
            format::number_of(view.objects, "object", "objects"),
            format::bytes(view.object_bytes),
            format::bytes(view.shared_bytes)
        )
    };
    view! {
        <section class="part" aria-labelledby="Sums">
            <h2 id="Sums">"What there is"</h2>
            <div class="card scroll scroll-tall" tabindex="0" role="region" aria-label="Files by feature">
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"feature"</th>
                            <th scope="col">"files"</th>
                            <th scope="col">"on legacy"</th>
                            <th scope="col">"on the candidate"</th>
                            <th scope="col">"backfill"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="small">{shared}</p>
        </section>
    }
    .erased()
}

#[component]
fn FeatureRow(row: FeatureFiles) -> impl IntoView {
    let side = |name: &'static str, side: SideFiles| {
        let behind = (side.behind > 0).then(|| {
            view! {
                <span class="warn">
                    <Sign icon=Icon::Clock />
                    <span>{format::count(side.behind)} " behind"</span>
                </span>
            }
        });
        view! {
            <span class="unseen">{name} ": "</span>
            {format::count(side.files)} " · " {format::bytes(side.bytes)} " "
            {behind}
        }
    };
    view! {
        <tr>
            <th scope="row"><a class="mono" href=format!("/features/{}", row.feature)>{row.feature.clone()}</a></th>
            <td>{format::number_of(row.files, "file", "files")} " · " {format::bytes(row.bytes)}</td>
            <td><span class="narrow-only">"legacy "</span>{side("on legacy", row.legacy)}</td>
            <td><span class="narrow-only">"candidate "</span>{side("on the candidate", row.candidate)}</td>
            <td><Backfilled feature=row.feature backfill=row.backfill /></td>
        </tr>
    }
    .erased()
}

#[component]
fn Backfilled(feature: String, backfill: Option<BackfillView>) -> impl IntoView {
    let is_open = backfill.as_ref().is_some_and(|it| it.state.is_open());
    let told = backfill.map(|it| {
        let (tone, icon, word) = match it.state {
            BackfillState::Adopting => (Tone::Waiting, Icon::Pulse, "looking through legacy"),
            BackfillState::Copying => (Tone::Waiting, Icon::Pulse, "copying"),
            BackfillState::Waiting => (Tone::Stale, Icon::Clock, "waiting: candidate off"),
            BackfillState::Complete => (Tone::Good, Icon::Check, "complete"),
            BackfillState::Stopped => (Tone::Bad, Icon::Off, "stopped"),
        };
        let failed = (it.failed > 0).then(|| format!(", {} failed", format::count(it.failed)));
        let error = it.last_error.map(|error| view! { <p class="small">{capitalised(&error)}</p> });
        view! {
            <Chip tone icon text=word />
            <p class="small">
                {format::count(it.adopted)} " adopted, " {format::count(it.copied)} " copied ("
                {format::bytes(it.copied_bytes)} ")" {failed}
            </p>
            {error}
        }
    });
    let begin = (!is_open && may("operate")).then(|| {
        view! {
            <PostForm id=format!("Backfill-{feature}") call=BeginBackfill::PATH class="row-form" so="No backfill was begun">
                <Hidden name="feature" value=feature.clone() />
                <p class="actions">
                    <button>"Start a backfill"<span class="unseen">" of " {feature.clone()}</span></button>
                </p>
            </PostForm>
        }
    });
    view! {
        {told}
        {begin}
    }
    .erased()
}
