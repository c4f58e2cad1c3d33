//! The field with which a file is chosen. What is done with its content is the form's to say.

use leptos::prelude::*;

use super::{Below, Filled, Optional};
use crate::ui::erased::Erase;

/// A file to choose, of a form that has one.
#[component]
pub fn File(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(into, optional)] hint: String,
    /// What browsers offer first: types and endings.
    accept: &'static str,
) -> impl IntoView {
    // Which file it was cannot be given back: browsers choose none by themselves.
    let filled = Filled::of(name, String::new());
    let described_by = filled.described_by();
    view! {
        <div class="field">
            <label for=filled.id.clone()>{label} <Optional /></label>
            <input
                id=filled.id.clone()
                name=name
                type="file"
                accept=accept
                aria-invalid=filled.fault.as_ref().map(|_| "true")
                aria-describedby=described_by
            />
            <Below id=filled.id hint fault=filled.fault />
        </div>
    }
    .erased()
}
