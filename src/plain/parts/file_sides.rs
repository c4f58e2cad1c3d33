//! What a side has of a file, and what is still to be done there.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::domain::path::Path;
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::components::state::capitalised;
use crate::ui::erased::Erase;
use crate::views::file::{FileSideView, FileTaskView};
use crate::views::format;

/// Something that is still to be done on a side.
#[component]
pub fn TaskRow(task: FileTaskView, now: DateTime<Utc>) -> impl IntoView {
    let what = if task.kind == "put" { "write to " } else { "remove from " };
    let when = if task.next_at <= now {
        "due".to_owned()
    } else {
        format!("again in {}", format::duration(task.next_at - now))
    };
    let tries = match task.attempts {
        0 => "not tried yet".to_owned(),
        1 => "tried once".to_owned(),
        more => format!("tried {more} times"),
    };
    let error = task.last_error.map(|error| view! { <p class="small digest">{capitalised(&error)}</p> });
    view! {
        <li class="row">
            <div class="row-main">
                <p>{what} {task.side.as_str()} ": " <a class="mono digest" href=format!("/files/{}", task.file)>{task.file.clone()}</a></p>
                <p class="small">{when} " · " {tries}</p>
                {error}
            </div>
        </li>
    }
    .erased()
}

/// Whether a side has a file.
#[component]
pub fn SideChip(path: Path, side: FileSideView) -> impl IntoView {
    let (tone, icon) = match side.state.as_str() {
        "present" => (Tone::Good, Icon::Check),
        "pending" => (Tone::Waiting, Icon::Clock),
        "failed" => (Tone::Bad, Icon::Cross),
        _ => (Tone::Hollow, Icon::Dash),
    };
    view! { <Chip tone icon text=format!("{} {}", path.as_str(), side.state) /> }.erased()
}
