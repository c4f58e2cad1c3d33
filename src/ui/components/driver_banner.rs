//! That what is seen below is not of callers alone.

use leptos::prelude::*;

use super::banner::{Banner, Weight};
use crate::ui::erased::Erase;
use crate::views::driver::DriverNote;

/// Nothing, as long as there is nothing to say.
#[component]
pub fn DriverBanner(note: Option<DriverNote>) -> impl IntoView {
    note.map(|note| {
        let weight = if note.injected { Weight::Warning } else { Weight::Notice };
        view! { <Banner weight><p>{note.words}</p></Banner> }
    })
    .erased()
}
