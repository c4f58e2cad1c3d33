//! Where a percentage stands among the stages of a policy. Not how it is drawn.

use crate::domain::percentage::Percentage;

/// Where a percentage lies on a rail on which the percentages of the stages stand at even distances, 0 to 1.
///
/// Between two stages it grows evenly, so that 1 %, 10 %, 50 % and 100 % have as much room each.
pub fn rail_position(stages: &[Percentage], percent: f64) -> f64 {
    let last = stages.len().saturating_sub(1).max(1) as f64;
    for (index, pair) in stages.windows(2).enumerate() {
        let (low, high) = (pair[0].percent(), pair[1].percent());
        if percent <= high {
            return (index as f64 + (percent - low).max(0.0) / (high - low)) / last;
        }
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::default_stages;

    #[test]
    fn stages_stand_at_even_distances_on_the_rail() {
        let stages: Vec<Percentage> = default_stages().iter().map(|stage| stage.percentage).collect();
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
            assert!((rail_position(&stages, percent) - expected).abs() < 1e-12, "{percent}");
        }
    }
}
