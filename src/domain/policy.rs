//! The ordered stages that a feature goes through. Not the judging of a stage.

use super::percentage::Percentage;

/// One step of a policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Its name: `shadow`, `1%`.
    pub name: &'static str,
    /// The percentage that a feature has in it.
    pub percentage: Percentage,
    /// The error rate that must stay below this to leave it, 0 to 1: the shadow error rate in `shadow`, the candidate's
    /// in all others.
    pub error_rate_limit: f64,
}

const fn stage(name: &'static str, percent: u8, error_rate_limit: f64) -> Stage {
    Stage { name, percentage: Percentage::from_whole(percent), error_rate_limit }
}

/// The stages of the default policy, in order, percentages rising.
pub const DEFAULT_STAGES: [Stage; 5] = [
    stage("shadow", 0, 0.05),
    stage("1%", 1, 0.01),
    stage("10%", 10, 0.005),
    stage("50%", 50, 0.002),
    stage("100%", 100, 0.001),
];

/// The stage called `name`.
pub fn stage_named(name: &str) -> Option<&'static Stage> {
    DEFAULT_STAGES.iter().find(|stage| stage.name == name)
}

/// Where a percentage lies on a rail on which the stages stand at even distances, 0 to 1.
///
/// Between two stages it grows evenly, so that 1 %, 10 %, 50 % and 100 % have as much room each.
pub fn rail_position(percent: f64) -> f64 {
    let last = (DEFAULT_STAGES.len() - 1) as f64;
    for (index, pair) in DEFAULT_STAGES.windows(2).enumerate() {
        let (low, high) = (pair[0].percentage.percent(), pair[1].percentage.percent());
        if percent <= high {
            return (index as f64 + (percent - low).max(0.0) / (high - low)) / last;
        }
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_stand_at_even_distances_on_the_rail() {
        for (percent, expected) in [
            (-1.0, 0.0),
            (0.0, 0.0),
            (0.5, 0.125),
            (1.0, 0.25),
            (5.5, 0.375),
            (10.0, 0.5),
            (50.0, 0.75),
            (100.0, 1.0),
            (120.0, 1.0),
        ] {
            assert!((rail_position(percent) - expected).abs() < 1e-12, "{percent}");
        }
    }

    #[test]
    fn percentages_rise_from_stage_to_stage() {
        assert!(DEFAULT_STAGES.is_sorted_by(|a, b| a.percentage < b.percentage));
        assert_eq!(stage_named("10%").map(|stage| stage.error_rate_limit), Some(0.005));
        assert_eq!(stage_named("11%"), None);
    }
}
