//! One field that differed: how often, since when, whether it is noise, both sides, and the way to ignore it.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::domain::noise::NoiseVerdict;
use crate::domain::path::Path;
use crate::plain::fields::{Hidden, Reason};
use crate::plain::form::PostForm;
use crate::plain::outcome::Outcome;
use crate::server_fns::discrepancies::IgnoreField;
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::components::mark::MarkShape;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::discrepancies::{ExampleView, FieldView, HourCount, Standing, bars, noise_in_words, noise_word};
use crate::views::format;
use crate::views::sparkline::HEIGHT;

/// The field with the place `index` on the page.
#[component]
pub fn DifferingField(
    /// The feature's key.
    key: String,
    field: FieldView,
    index: usize,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> impl IntoView {
    let kinds = field.kinds.iter().map(|it| format!("{} {}", format::count(it.count), it.kind.as_str()));
    let kinds = kinds.collect::<Vec<_>>().join(" · ");
    let seen = format!("{} to {}", format::minute(field.first_seen), format::minute(field.last_seen));
    let (title, named) = (format!("Field-{index}"), format!("Field-{index}"));
    let redacted = (field.standing == Standing::Redacted).then(|| {
        view! { <p class="small">"Redacted: its values are compared and never kept. Only their type is known, and whether they are the same."</p> }
    });
    let none = field.examples.is_empty().then(|| {
        view! { <p class="small">"No example is kept: none was sent with values, or a new redaction forgot it."</p> }
    });
    let mut examples = field.examples.into_iter().map(|example| view! { <BothSides example /> });
    let newest = examples.next();
    let older: Vec<_> = examples.collect();
    let older = (!older.is_empty()).then(|| {
        let words =
            if older.len() == 1 { "1 older example".to_owned() } else { format!("{} older examples", older.len()) };
        view! {
            <details class="fold">
                <summary>{words}</summary>
                <div class="older">{older}</div>
            </details>
        }
    });
    view! {
        <article class="card differing" aria-labelledby=named>
            <header class="differing-head">
                <div class="differing-name">
                    <h3 id=title class="mono field-path">{field.field.clone()}</h3>
                    <p class="small">{kinds} " · seen " {seen}</p>
                </div>
                <Noise verdict=field.noise.verdict />
            </header>
            <OverTime field=field.field.clone() series=field.series.clone() from to />
            <p class="small">{noise_in_words(&field.noise)}</p>
            {redacted}
            {none}
            {newest}
            {older}
            <Ignoring key field=field.field standing=field.standing index />
        </article>
    }
    .erased()
}

#[component]
fn Noise(verdict: NoiseVerdict) -> impl IntoView {
    let (class, icon) = match verdict {
        NoiseVerdict::Real => ("chip chip-bad", Icon::Warning),
        NoiseVerdict::Noise => ("chip chip-hollow", Icon::Pulse),
        NoiseVerdict::Undecided => ("chip chip-waiting", Icon::Half),
        NoiseVerdict::NoSecondRun => ("chip", Icon::Dash),
    };
    view! { <span class=class><Sign icon />{noise_word(verdict)}</span> }.erased()
}

/// How often it differed: one bar an hour, or a few of them.
#[component]
fn OverTime(field: String, series: Vec<HourCount>, from: DateTime<Utc>, to: DateTime<Utc>) -> impl IntoView {
    let total: u64 = series.iter().map(|hour| hour.count).sum();
    let label = format!(
        "How often {field} differed from {} to {}: {} times in {} hours",
        format::minute(from),
        format::minute(to),
        format::count(total),
        format::count(series.len() as u64),
    );
    let drawn = bars(&series, from, to);
    let rects = drawn.bars.iter().map(|(slot, height)| {
        let (x, y) = (format!("{slot}.1"), format!("{:.2}", HEIGHT - height));
        view! { <rect class="spark-discrepancy" x=x y=y width="0.8" height=format!("{height:.2}") /> }
    });
    view! {
        <svg
            class="spark spark-wide"
            viewBox=format!("0 0 {} {HEIGHT}", drawn.slots)
            preserveAspectRatio="none"
            role="img"
            aria-label=label
        >
            {rects.collect_view()}
        </svg>
    }
    .erased()
}

/// One comparison: legacy's side and the candidate's, next to each other.
#[component]
fn BothSides(example: ExampleView) -> impl IntoView {
    let whole = (example.legacy_result.is_some() || example.candidate_result.is_some()).then(|| {
        let sides = [(Path::Legacy, example.legacy_result), (Path::Candidate, example.candidate_result)];
        let sides = sides.map(|(path, text)| view! { <Side path text="whole result" value=text /> });
        view! {
            <details class="fold">
                <summary>"Whole results"</summary>
                <div class="sides">{sides.into_iter().collect_view()}</div>
            </details>
        }
    });
    let sides = [(Path::Legacy, example.legacy), (Path::Candidate, example.candidate)];
    let sides = sides.map(|(path, text)| view! { <Side path text="value" value=text /> });
    view! {
        <div class="example">
            <p class="small">
                <time datetime=example.at.to_rfc3339()>{format::second(example.at)}</time>
                " · " {example.operation} " · " {example.kind.as_str()}
            </p>
            <div class="sides">{sides.into_iter().collect_view()}</div>
            {whole}
        </div>
    }
    .erased()
}

#[component]
fn Side(path: Path, text: &'static str, value: Option<String>) -> impl IntoView {
    let shown = match value {
        Some(value) => view! { <pre class="excerpt">{value}</pre> }.erased(),
        None => view! { <p class="excerpt excerpt-none">"nothing"</p> }.erased(),
    };
    view! {
        <figure class="side">
            <figcaption class="label"><MarkShape path />{path.as_str()}<span class="unseen">" " {text}</span></figcaption>
            {shown}
        </figure>
    }
    .erased()
}

/// The form that ignores the field, or why there is none.
#[component]
fn Ignoring(key: String, field: String, standing: Standing, index: usize) -> impl IntoView {
    let id = format!("Ignore-{index}");
    let answered = Outcome::of(&id).is_some();
    let words = match standing {
        Standing::Compared | Standing::Redacted if may("operate") => None,
        Standing::Compared | Standing::Redacted => Some("Ignoring a field is for engineers and admins."),
        Standing::Ignored => Some("Ignored by the rules in force: this is from before."),
        Standing::Unnamed => Some("No rule can name this field as it is: a pattern around it can."),
    };
    let note = words.map(|words| view! { <p class="small note">{words}</p> });
    // An answer is told where it was asked, also when somebody else was quicker.
    if note.is_some() && !answered {
        return note.erased();
    }
    let shown = field.clone();
    view! {
        {note}
        <details class="fold" open=answered>
            <summary>"Ignore this field"</summary>
            <PostForm id call=IgnoreField::PATH class="form-inner">
                <Hidden name="key" value=key.clone() />
                <Hidden name="field" value=field.clone() />
                <p class="small">
                    "From now on it is not compared in any feature of the migration, nor what lies below it. What was "
                    "counted stays, and the rule can be taken back."
                </p>
                <Reason />
                <p class="actions">
                    <button>"Ignore " <span class="mono">{shown.clone()}</span></button>
                </p>
            </PostForm>
        </details>
    }
    .erased()
}
