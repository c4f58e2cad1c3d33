//! `/features/{key}`: one feature, now and over a range of time.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::domain::field_error::FieldError;
use crate::server_fns::answer::Answer;
use crate::server_fns::error::PanelError;
use crate::server_fns::feature::get_feature;
use crate::ui::components::alert_banner::AlertBanner;
use crate::ui::components::chart_card::ChartCard;
use crate::ui::components::data_banner::DataBanner;
use crate::ui::components::driver_banner::DriverBanner;
use crate::ui::components::feature_head::FeatureHead;
use crate::ui::components::findings::{Discrepancies, ErrorKinds};
use crate::ui::components::gate_card::{GateCard, GateOffers};
use crate::ui::components::history::History;
use crate::ui::components::operation_filter::OperationFilter;
use crate::ui::components::path_tables::PathTables;
use crate::ui::components::plot::PointedStep;
use crate::ui::components::range_picker::RangePicker;
use crate::ui::components::rollback::RollbackBanner;
use crate::ui::components::rollout_card::RolloutCard;
use crate::ui::components::state::{Failed, Loading, capitalised};
use crate::ui::erased::Erase;
use crate::ui::live::{Kept, Received, use_live};
use crate::views::address::{self, FeatureAddress};
use crate::views::feature::FeatureView;
use crate::views::format;
use crate::views::timeline::timeline;

/// The page.
#[component]
pub fn FeaturePage() -> impl IntoView {
    PointedStep::provide();
    let revision = use_live().revision;
    let (params, query) = (use_params_map(), use_query_map());
    let asked = Memo::new(move |_| {
        let query = query.read();
        let part = |name: &str| query.get(name).unwrap_or_default();
        let address = FeatureAddress::new(part("range"), part("from"), part("to"), part("operation"));
        (params.read().get("key").unwrap_or_default(), address)
    });
    let feature = Resource::new_str(
        move || (asked.get(), revision.get()),
        |((key, address), _)| async move {
            let range = address.range().to_owned();
            Answer(get_feature(key, range, address.from, address.to, address.operation).await)
        },
    );
    let kept = Kept::default();
    let shown = move || {
        feature.get().map(|answer| {
            let asked = asked.get_untracked();
            let (key, address) = asked.clone();
            match answer.0 {
                Ok(view) => {
                    use_live().note_firing(view.firing);
                    let received = kept.keep(asked, &view);
                    view! { <Feature view address received failure=None /> }.erased()
                }
                Err(PanelError::Invalid { errors, .. }) => view! { <BadRange key address errors /> }.erased(),
                Err(error) => match kept.last(&asked).filter(|_| error.may_pass()) {
                    Some((view, received)) => view! { <Feature view address received failure=Some(error) /> }.erased(),
                    None => view! { <Failed error retry=address.of_feature(&key) /> }.erased(),
                },
            }
        })
    };
    view! {
        <Title text=move || asked.read().0.clone() />
        <Transition fallback=Loading>{shown}</Transition>
    }
    .erased()
}

#[component]
fn Feature(
    view: FeatureView,
    address: FeatureAddress,
    received: Received,
    failure: Option<PanelError>,
) -> impl IntoView {
    let metrics = Arc::new(view.metrics.clone());
    let history = Arc::new(view.history.clone());
    let rollback = view.rollback.clone().map(|rollback| view! { <RollbackBanner rollback now=view.at /> });
    let gate = view.gate.clone().map(|gate| view! { <GateCard gate offers=GateOffers::Actions /> });
    let rows = timeline(view.history.clone(), view.sign_offs.clone());
    let charts = view.charts.iter().cloned().map(|chart| {
        view! { <ChartCard chart metrics=metrics.clone() history=history.clone() /> }
    });
    let charts = charts.collect_view();
    let (from, to) = (address::field(metrics.from), address::field(metrics.to));
    let (no_discrepancies, no_error_kinds) = (view.no_discrepancies(), view.no_error_kinds());
    view! {
        <FeatureHead feature=view.clone() received failure />
        <AlertBanner alerts=view.alerts.clone() />
        {rollback}
        <DriverBanner note=view.driver.clone() />
        <RolloutCard feature=view.clone() />
        {gate}
        <section class="over-range" aria-labelledby="OverRange">
            <header class="toolbar">
                <div class="head-title">
                    <h2 id="OverRange">"Measured"</h2>
                    <p class="small">{range_in_words(&view)}</p>
                </div>
                <RangePicker key=view.key.clone() address=address.clone() from to />
                <OperationFilter key=view.key.clone() address operations=view.operations.clone() />
            </header>
            <DataBanner feature=view.clone() />
            <PathTables legacy=view.legacy candidate=view.candidate shadow=view.shadow />
            <div class="charts">{charts}</div>
            <div class="findings">
                <Discrepancies key=view.key.clone() rows=view.discrepancies none=no_discrepancies />
                <ErrorKinds rows=view.error_kinds none=no_error_kinds />
                <History key=view.key rows now=view.at />
            </div>
        </section>
    }
    .erased()
}

fn range_in_words(view: &FeatureView) -> String {
    let range = format!("{} to {}", format::minute(view.metrics.from), format::minute(view.metrics.to));
    match &view.metrics.operation {
        Some(operation) => format!("{range}, operation {operation}"),
        None => format!("{range}, all operations"),
    }
}

/// The range in the address makes no sense; the form says where.
#[component]
fn BadRange(key: String, address: FeatureAddress, errors: Vec<FieldError>) -> impl IntoView {
    let (from, to) = address.fields();
    let others = errors.iter().filter(|error| !["/from", "/to"].contains(&error.pointer.as_str()));
    let others = others.map(|FieldError { pointer, detail }| {
        let words = format!("{} {detail}", pointer.trim_start_matches('/'));
        view! { <p class="warn">{capitalised(&words)}</p> }
    });
    let others = others.collect_view();
    view! {
        <header class="head">
            <div class="head-title">
                <h1>{key.clone()}</h1>
                <p class="small">"This range cannot be shown"</p>
            </div>
        </header>
        <section class="card blank" role="alert">
            {others}
            <RangePicker key address from to errors />
        </section>
    }
    .erased()
}
