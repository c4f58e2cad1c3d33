//! One line across the page that says why the figures below are not what they should be.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::ui::erased::Erase;

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Notice,
    Warning,
}

/// The line.
#[component]
pub fn Banner(weight: Weight, children: Children) -> impl IntoView {
    let (class, icon) = match weight {
        Weight::Notice => ("banner", Icon::Dash),
        Weight::Warning => ("banner banner-bad", Icon::Warning),
    };
    view! {
        <div class=class>
            <Sign icon />
            <div class="banner-text">{children()}</div>
        </div>
    }
    .erased()
}
