//! Small signs that stand beside a word and never instead of it.

use crate::ui::erased::Erase;
use leptos::prelude::*;

/// What a sign says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// All is as it should be.
    Check,
    /// Something is wrong.
    Warning,
    /// There is nothing.
    Dash,
    /// It is long ago.
    Clock,
    /// It goes on now.
    Pulse,
    /// It runs beside.
    Shadow,
    /// It is switched off.
    Off,
    /// More.
    Plus,
    /// Back to where it was.
    Back,
    /// It does not hold.
    Cross,
    /// It is not known yet.
    Half,
    /// Somebody signed.
    Pen,
    /// More than before.
    Up,
    /// Less than before.
    Down,
}

/// A sign of 12 pixels. Assistive technology passes it over.
#[component]
pub fn Sign(icon: Icon) -> impl IntoView {
    let (path, class) = match icon {
        Icon::Check => ("M2 6.5 4.8 9.3 10 3", "sign"),
        Icon::Warning => ("M6 1.2 11.2 10.6H.8zM6 4.6v2.6M6 8.4v1", "sign"),
        Icon::Dash => ("M2 6h8", "sign"),
        Icon::Clock => ("M6 1.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6M6 3.2V6l2 1.4", "sign"),
        Icon::Pulse => ("M.5 6.5h2.3L4.6 2l2.6 8 1.6-3.5h2.7", "sign"),
        Icon::Shadow => ("M6 1.4a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2", "sign sign-dashed"),
        Icon::Off => ("M6 1.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6M2.6 9.4 9.4 2.6", "sign"),
        Icon::Plus => ("M6 1.5v9M1.5 6h9", "sign"),
        Icon::Back => ("M4.6 1.8 1.8 4.6l2.8 2.8M2 4.6h5a3 3 0 0 1 0 6H4", "sign"),
        Icon::Cross => ("M2.6 2.6l6.8 6.8M9.4 2.6 2.6 9.4", "sign"),
        Icon::Half => ("M6 1.4a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2M6 1.4v9.2M6 4h3.6M6 6h4.4M6 8h3.6", "sign"),
        Icon::Up => ("M6 10.5v-9M2.5 5 6 1.5 9.5 5", "sign"),
        Icon::Down => ("M6 1.5v9M2.5 7 6 10.5 9.5 7", "sign"),
        Icon::Pen => ("M1.8 10.2l.6-2.6 5.8-5.8 2 2-5.8 5.8zM6.8 3.2l2 2", "sign"),
    };
    view! {
        <svg class=class width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
            <path d=path />
        </svg>
    }
    .erased()
}
