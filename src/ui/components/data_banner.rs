//! Why the figures of the feature page are not of the present, or why there are none.

use leptos::prelude::*;

use super::banner::{Banner, Weight};
use super::command::SendObservation;
use crate::domain::data_state::DataState;
use crate::ui::erased::Erase;
use crate::views::feature::FeatureView;
use crate::views::format;

/// Nothing, as long as there is nothing to say.
#[component]
pub fn DataBanner(feature: FeatureView) -> impl IntoView {
    match feature.data {
        DataState::NoData => view! {
            <Banner weight=Weight::Notice>
                <p>"Nothing has been observed yet. Send a first one, with a token of your account (scope ingest):"</p>
                <SendObservation feature=feature.key />
            </Banner>
        }
        .erased(),
        DataState::Stale { last_at } => view! {
            <Banner weight=Weight::Warning>
                <p>
                    <b>"Stale: "</b>
                    {format!("the last data came {}, at ", format::ago(last_at, feature.at))}
                    <time datetime=last_at.to_rfc3339()>{format::minute(last_at)}</time>
                    ". Nothing below is of the present."
                </p>
            </Banner>
        }
        .erased(),
        DataState::Fresh { .. } if feature.has_nothing_in_range() => view! {
            <Banner weight=Weight::Notice>
                <p>"No data in this range. Choose another range or operation."</p>
            </Banner>
        }
        .erased(),
        DataState::Fresh { .. } => ().erased(),
    }
}
