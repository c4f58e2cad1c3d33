//! What differed between legacy and the candidate, by field: counts over time, whether it is noise, and both sides.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::format;
use crate::domain::difference::DifferenceKind;
use crate::domain::noise::{NoiseReport, NoiseVerdict};
use crate::views::sparkline::HEIGHT;

/// `GET /api/v1/features/{key}/discrepancies`, and the page of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DiscrepanciesView {
    pub feature: String,
    /// The slug of its migration, whose rules they were compared by.
    pub migration: String,
    pub migration_name: String,
    /// When it was true.
    pub at: DateTime<Utc>,
    /// Whole hours.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Comparisons in that time, and how many of them were mismatches.
    pub comparisons: u64,
    pub mismatches: u64,
    /// When anything was last compared.
    pub last_comparison: Option<DateTime<Utc>>,
    /// The version of the comparison rules in force.
    pub rules_version: i64,
    /// How many fields differed, those that are not listed among them.
    pub fields_in_all: u64,
    /// Those that differed most often, first.
    pub fields: Vec<FieldView>,
}

/// One field that differed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldView {
    pub field: String,
    pub count: u64,
    /// By how it differed, most often first.
    pub kinds: Vec<KindCount>,
    /// Hours in which it differed.
    pub series: Vec<HourCount>,
    /// The first and last hour of the time shown in which it differed.
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
    /// What the rules in force make of it.
    pub standing: Standing,
    pub noise: NoiseReport,
    /// Newest first.
    pub examples: Vec<ExampleView>,
}

/// How often a field differed in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KindCount {
    pub kind: DifferenceKind,
    pub count: u64,
}

/// How often it differed in the hour that begins then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HourCount {
    pub at: DateTime<Utc>,
    pub count: u64,
}

/// What the rules in force make of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is compared.
    Compared,
    /// It is compared, and its values are never kept.
    Redacted,
    /// It is ignored by now, and was not when it was counted.
    Ignored,
    /// A caller named it in a way that no rule can.
    Unnamed,
}

/// One comparison's field, as indented JSON that may have been cut: then it ends in `…`. What is redacted is told by
/// `{"redacted":TYPE,"same":BOOLEAN}` in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExampleView {
    pub kind: DifferenceKind,
    pub at: DateTime<Utc>,
    pub operation: String,
    /// What legacy has at the field; absent when it has nothing there.
    pub legacy: Option<String>,
    pub candidate: Option<String>,
    /// The whole results, when they were sent.
    pub legacy_result: Option<String>,
    pub candidate_result: Option<String>,
}

/// What stands in the place of fields when there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// Nothing was ever compared.
    NeverCompared,
    /// Nothing was compared in the time shown; it was before it, last at this time.
    TooOld(DateTime<Utc>),
    /// All that was compared agrees.
    AllAgree,
    /// There were mismatches, and none said where.
    NoneSaysWhere,
}

impl DiscrepanciesView {
    /// Why there are no fields; `None` when there are.
    pub fn nothing(&self) -> Option<Nothing> {
        if !self.fields.is_empty() {
            return None;
        }
        Some(match self.last_comparison {
            _ if self.mismatches > 0 => Nothing::NoneSaysWhere,
            _ if self.comparisons > 0 => Nothing::AllAgree,
            Some(at) => Nothing::TooOld(at),
            None => Nothing::NeverCompared,
        })
    }
}

/// The most bars of a field's drawing.
const MOST_BARS: i64 = 168;

/// Bars over time: of how many, which is how high. Each stands for the same number of hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    pub slots: i64,
    /// Slot from 0, and height.
    pub bars: Vec<(i64, f64)>,
}

/// The bars of a field between `from` and `to`.
pub fn bars(series: &[HourCount], from: DateTime<Utc>, to: DateTime<Utc>) -> Bars {
    let hours = (to - from).num_hours().max(1);
    let hours_a_bar = (hours + MOST_BARS - 1) / MOST_BARS;
    let slots = (hours + hours_a_bar - 1) / hours_a_bar;
    let mut counts: Vec<(i64, u64)> = Vec::new();
    for hour in series {
        let slot = (hour.at - from).num_hours() / hours_a_bar;
        match counts.last_mut().filter(|(last, _)| *last == slot) {
            Some((_, count)) => *count += hour.count,
            None => counts.push((slot, hour.count)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1) as f64;
    // Little is still seen.
    let height = |count: u64| (count as f64 / most * HEIGHT).max(1.0);
    Bars { slots, bars: counts.into_iter().map(|(slot, count)| (slot, height(count))).collect() }
}

/// The verdict as a word.
pub const fn noise_word(verdict: NoiseVerdict) -> &'static str {
    match verdict {
        NoiseVerdict::Real => "Real",
        NoiseVerdict::Noise => "Noise",
        NoiseVerdict::Undecided => "Undecided",
        NoiseVerdict::NoSecondRun => "No second run",
    }
}

/// What the verdict rests on.
pub fn noise_in_words(report: &NoiseReport) -> String {
    let counts = report.counts;
    let odd = counts.candidate_only + counts.second_only;
    let own = counts.second_only + counts.both;
    let span = |lower: f64, upper: f64| format!("{} to {}", format::rate(Some(lower)), format::rate(Some(upper)));
    let candidate = format!(
        "of {} in which only one of the two comparisons differed, it was the candidate’s in {} ({})",
        runs(odd),
        format::count(counts.candidate_only),
        span(report.candidate_share_lower, report.candidate_share_upper),
    );
    let legacy = format!(
        "of {} in which the field differed at all, legacy differed from itself in {} ({})",
        runs(own + counts.candidate_only),
        format::count(own),
        span(report.legacy_share_lower, report.legacy_share_upper),
    );
    match report.verdict {
        NoiseVerdict::Real => format!("The candidate differs more often than legacy does from itself: {candidate}."),
        NoiseVerdict::Noise => format!("It varies whoever answers: {legacy}."),
        NoiseVerdict::Undecided if own + counts.candidate_only == 0 => {
            format!("It did not differ in the {} with a second legacy run.", runs(report.second_runs))
        }
        NoiseVerdict::Undecided => format!("It takes more runs to tell: {candidate}; {legacy}."),
        NoiseVerdict::NoSecondRun => {
            "Whether it varies by itself shows when legacy is run twice: send legacy_again with a comparison."
                .to_owned()
        }
    }
}

fn runs(count: u64) -> String {
    if count == 1 { "1 run".to_owned() } else { format!("{} runs", format::count(count)) }
}

/// A span of days that the page offers.
pub const DAYS: [(i64, &str); 3] = [(1, "24 h"), (7, "7 d"), (30, "30 d")];

/// The days that an address asks for: those of [`DAYS`], or a week.
pub fn days(asked: &str) -> TimeDelta {
    let asked = DAYS.into_iter().map(|(days, _)| days).find(|days| days.to_string() == asked);
    TimeDelta::days(asked.unwrap_or(7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::noise::{NoiseCounts, judge};

    #[test]
    fn bars_stand_where_their_hours_are() {
        let from: DateTime<Utc> = "2026-01-05T00:00:00Z".parse().unwrap();
        let at = |hour: i64, count| HourCount { at: from + TimeDelta::hours(hour), count };
        let week = bars(&[at(0, 10), at(167, 5)], from, from + TimeDelta::days(7));
        assert_eq!(week, Bars { slots: 168, bars: vec![(0, 20.0), (167, 10.0)] });
        let month = bars(&[at(0, 1), at(4, 1), at(5, 1), at(719, 400)], from, from + TimeDelta::days(30));
        assert_eq!(month, Bars { slots: 144, bars: vec![(0, 1.0), (1, 1.0), (143, 20.0)] });
    }

    #[test]
    fn a_verdict_is_told_with_what_it_rests_on() {
        let words = |candidate_only, second_only, both, runs| {
            noise_in_words(&judge(NoiseCounts { candidate_only, second_only, both }, runs))
        };
        let told = [words(40, 2, 1, 100), words(0, 0, 40, 40), words(3, 1, 0, 9), words(0, 0, 0, 1), words(0, 0, 0, 0)];
        insta::assert_snapshot!(told.join("\n"), @"
        The candidate differs more often than legacy does from itself: of 42 runs in which only one of the two comparisons differed, it was the candidate’s in 40 (70.5 % to 100 %).
        It varies whoever answers: of 40 runs in which the field differed at all, legacy differed from itself in 40 (76.5 % to 100 %).
        It takes more runs to tell: of 4 runs in which only one of the two comparisons differed, it was the candidate’s in 3 (9.87 % to 99.9 %); of 4 runs in which the field differed at all, legacy differed from itself in 1 (0.28 % to 85.2 %).
        It did not differ in the 1 run with a second legacy run.
        Whether it varies by itself shows when legacy is run twice: send legacy_again with a comparison.
        ");
    }
}
