//! A finding of a check, and the forms that have it mended.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::domain::consistency::Repair;
use crate::domain::path::Path;
use crate::plain::fields::{Hidden, Reason, Select};
use crate::plain::form::PostForm;
use crate::server_fns::file::RepairFinding;
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::components::mark::MarkShape;
use crate::ui::components::state::capitalised;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::consistency::FindingView;
use crate::views::format;

/// A finding, and what may be done about it.
#[component]
pub fn FindingRow(finding: FindingView, features: Vec<String>, now: DateTime<Utc>) -> impl IntoView {
    let is_open = finding.closed_at.is_none();
    let about = match (&finding.file, &finding.object) {
        (Some(file), _) => view! { <a class="mono" href=format!("/files/{file}")>{file.clone()}</a> }.erased(),
        (None, object) => view! { <span class="mono">{object.clone()}</span> }.erased(),
    };
    let side =
        finding.side.map(|path| view! { <MarkShape path /> " " <span class="small">{path.as_str()}</span> }.erased());
    let whose =
        finding.feature.clone().map_or_else(|| "counts for every feature".to_owned(), |key| format!("of {key}"));
    let failed = finding.last_error.clone().filter(|_| is_open).map(|error| {
        view! {
            <p class="warn">
                <Sign icon=Icon::Warning />
                <span>"The last repair failed: " {error}</span>
            </p>
        }
    });
    let (tone, icon, word) = match (&finding.closed_at, &finding.closed_by, finding.repair) {
        (None, ..) => (Tone::Bad, Icon::Warning, "open".to_owned()),
        (Some(_), Some(by), Some(repair)) => {
            (Tone::Good, Icon::Check, format!("{} by {by}", repair.as_str().replace('_', " ")))
        }
        (Some(_), ..) => (Tone::Quiet, Icon::Dash, "gone".to_owned()),
    };
    let repairs = (is_open && may("operate")).then(|| {
        let forms = finding.repairs.iter().copied().map(|repair| {
            view! { <RepairForm finding=finding.clone() repair features=features.clone() /> }
        });
        forms.collect_view()
    });
    let elsewhere = (is_open && finding.repairs.is_empty())
        .then(|| view! { <p class="small">"Nothing from here mends this as it is now."</p> });
    view! {
        <li class="row">
            <div class="row-main">
                <p><b>{capitalised(finding.kind.in_words())}</b> " " {side}</p>
                <p class="digest">{about}</p>
                <p class="small digest">{capitalised(&finding.detail)}</p>
                <p class="small">
                    {whose} " · found " {format::ago(finding.found_at, now)} " · last seen by check № " {finding.last_check}
                </p>
                {failed}
                {elsewhere}
            </div>
            <Chip tone icon text=word />
            <div class="row-end">{repairs}</div>
        </li>
    }
    .erased()
}

#[component]
fn RepairForm(finding: FindingView, repair: Repair, features: Vec<String>) -> impl IntoView {
    let (title, what) = in_words(&finding, repair);
    let id = finding.id.to_string();
    let subject = finding.subject().to_owned();
    let class = if repair.removes() { "button-danger" } else { "button-primary" };
    let options: Vec<(String, String)> = features.iter().map(|key| (key.clone(), key.clone())).collect();
    let is_adoption = repair == Repair::Adopt;
    view! {
        <details class="row-fold">
            <summary>{title}<span class="unseen">" " {subject.clone()}</span></summary>
            <PostForm
                id=format!("Repair-{id}-{}", repair.as_str())
                call=RepairFinding::PATH
                class="form-inner"
                so="Nothing was repaired"
            >
                <Hidden name="id" value=id.clone() />
                <Hidden name="repair" value=repair.as_str() />
                <p class="small">{what.clone()}</p>
                {is_adoption
                    .then(|| view! { <Select name="feature" label="Feature" hint="Whose file it becomes" options=options.clone() /> })}
                <Reason />
                <p class="actions"><button class=class>{title}</button></p>
            </PostForm>
        </details>
    }
    .erased()
}

/// What a repair is called, and what it will do; of one that removes something, what.
fn in_words(finding: &FindingView, repair: Repair) -> (&'static str, String) {
    let subject = finding.subject();
    let here = finding.side.map_or("both sides", Path::as_str);
    let there = finding.side.map_or("the other side", |side| side.other().as_str());
    match repair {
        Repair::RecordChecksum => {
            ("Record the checksum", "The content is read, and its checksum written to the record.".to_owned())
        }
        Repair::Copy => (
            "Copy from the other side",
            format!(
                "It is read from {there}, checked, written to {here} and read back. What {here} has now is overwritten."
            ),
        ),
        Repair::WriteAgain => ("Write again", format!("The queue writes it to {here} as soon as it can.")),
        Repair::Adopt => {
            ("Adopt as a file", "It is read and given a record, and the queue writes it to the other side.".to_owned())
        }
        Repair::RemoveObject => ("Remove the object", format!("Removes the object {subject} from {here} for good.")),
        Repair::KeepLegacy => (
            "Keep what legacy has",
            format!(
                "Takes legacy’s content of {subject} for right and writes it over what the candidate has, for good."
            ),
        ),
        Repair::KeepCandidate => (
            "Keep what the candidate has",
            format!(
                "Takes the candidate’s content of {subject} for right and writes it over what legacy has, for good."
            ),
        ),
        Repair::DeleteFile => {
            ("Delete the file", format!("Deletes the record of file {subject} for good: no side has its content."))
        }
    }
}
