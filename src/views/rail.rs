//! The crossfader: where its stages, knob, fill and pointer stand, and what each of the three percentages is called.

use super::feature::StageMark;
use super::format;
use super::summary::Percentages;
use crate::domain::percentage::Percentage;
use crate::domain::policy::rail_position;

/// One stage on the rail.
#[derive(Clone, Debug, PartialEq)]
pub struct Notch {
    /// Where it stands, in per cents of the rail.
    pub x: f64,
    /// What is written under it: `shadow`, `1 %`.
    pub label: String,
    /// Whether the feature is in this stage.
    pub here: bool,
}

/// These stages, marking the one called `stage`.
pub fn notches(stages: &[StageMark], stage: &str) -> Vec<Notch> {
    let percentages = percentages_of(stages);
    let notch = |one: &StageMark| Notch {
        x: rail_position(&percentages, one.percentage.percent()) * 100.0,
        label: stage_label(&one.name),
        here: one.name == stage,
    };
    stages.iter().map(notch).collect()
}

fn percentages_of(stages: &[StageMark]) -> Vec<Percentage> {
    stages.iter().map(|stage| stage.percentage).collect()
}

/// A stage's name as people read it: `10 %` for `10%`.
pub fn stage_label(name: &str) -> String {
    name.strip_suffix('%').map_or_else(|| name.to_owned(), |number| format!("{number} %"))
}

/// A stage with its percentage, where its name does not say it already: `stage 10 %`, `stage canary at 5 %`.
pub fn stage_in_words(name: &str, percentage: Percentage) -> String {
    let (label, percentage) = (stage_label(name), percentage.to_string());
    if label == percentage { format!("stage {label}") } else { format!("stage {label} at {percentage}") }
}

/// Where the crossfader's parts stand, in per cents of the rail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rail {
    /// The knob: configured.
    pub knob: f64,
    /// The end of the fill: effective.
    pub fill: f64,
    /// The small pointer: observed; `None` without data.
    pub pointer: Option<f64>,
}

impl Rail {
    /// Where `percentages` put them among these stages.
    pub fn new(stages: &[StageMark], percentages: &Percentages) -> Self {
        let stages = percentages_of(stages);
        let at = |percent: f64| rail_position(&stages, percent) * 100.0;
        Self {
            knob: at(percentages.configured.percent()),
            fill: at(percentages.effective.percent()),
            pointer: percentages.observed.map(at),
        }
    }
}

impl Percentages {
    /// The observed share as people read it.
    pub fn observed_in_words(&self) -> String {
        self.observed.map_or_else(|| format::NO_DATA.to_owned(), format::percent)
    }

    /// All three in one sentence, for those who do not see the crossfader.
    pub fn in_words(&self) -> String {
        format!("configured {}, effective {}, observed {}", self.configured, self.effective, self.observed_in_words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::effective::{Block, Effective};
    use crate::domain::observed::Served;
    use crate::domain::policy::{Stage, default_stages};

    fn stages() -> Vec<StageMark> {
        let mark = |stage: &Stage| StageMark { name: stage.name.clone(), percentage: stage.percentage };
        default_stages().iter().map(mark).collect()
    }

    #[test]
    fn the_present_stage_is_marked() {
        let notches = notches(&stages(), "10%");
        let labels: Vec<&str> = notches.iter().map(|notch| notch.label.as_str()).collect();
        assert_eq!(labels, ["shadow", "1 %", "10 %", "50 %", "100 %"]);
        assert_eq!(notches.iter().position(|notch| notch.here), Some(2));
    }

    #[test]
    fn a_percentage_is_not_told_twice() {
        assert_eq!(stage_in_words("10%", Percentage::from_whole(10)), "stage 10 %");
        assert_eq!(stage_in_words("canary", Percentage::from_whole(5)), "stage canary at 5 %");
    }

    #[test]
    fn knob_fill_and_pointer_are_told_apart() {
        let effective = Effective { percentage: Percentage::ZERO, blocked_by: vec![Block::FeatureEnabled] };
        let percentages = Percentages::new(Percentage::from_whole(10), effective, Served { legacy: 99, candidate: 1 });
        assert_eq!(Rail::new(&stages(), &percentages), Rail { knob: 50.0, fill: 0.0, pointer: Some(25.0) });
        assert_eq!(percentages.in_words(), "configured 10 %, effective 0 %, observed 1 %");
    }
}
