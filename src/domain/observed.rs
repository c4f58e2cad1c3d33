//! The candidate's share of what was served, and whether it agrees with what should have been.

use chrono::TimeDelta;

use super::effective::Effective;
use super::percentage::Percentage;
use super::rollup::rate;

/// How far back the observed share looks.
pub const OBSERVED_WINDOW: TimeDelta = TimeDelta::minutes(5);

/// What each path served in the window; an operation that fell back was served by legacy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    pub legacy: u64,
    pub candidate: u64,
}

impl Served {
    /// All operations served.
    pub const fn total(self) -> u64 {
        self.legacy + self.candidate
    }

    /// The candidate's share in per cents, 0 to 100; `None` when nothing was served.
    pub fn candidate_percent(self) -> Option<f64> {
        rate(self.candidate, self.total()).map(|share| share * 100.0)
    }
}

/// Says in words where configured, effective and observed disagree; `None` when they agree as far as can be told.
///
/// Observed is held against effective by three standard deviations of a binomial share, so that chance alone almost
/// never speaks; at 0 % and 100 % a single call on the wrong path does.
pub fn disagreement(configured: Percentage, effective: &Effective, served: Served) -> Option<String> {
    if configured != effective.percentage {
        let mut reasons: Vec<&str> = effective.blocked_by.iter().map(|block| block.in_words()).collect();
        if reasons.is_empty() {
            reasons.push("a gradual rollback is under way");
        }
        return Some(format!(
            "configured {configured}, but {} is in effect: {}",
            effective.percentage,
            reasons.join(" and ")
        ));
    }
    let observed = served.candidate_percent()?;
    let expected = effective.percentage.fraction();
    let deviation = (expected * (1.0 - expected) / served.total() as f64).sqrt();
    if (observed / 100.0 - expected).abs() <= 3.0 * deviation {
        return None;
    }
    Some(format!("{} is in effect, but the candidate served {}", effective.percentage, share_in_words(observed)))
}

fn share_in_words(percent: f64) -> String {
    match percent {
        0.0 => "nothing".to_owned(),
        100.0 => "everything".to_owned(),
        percent => {
            let text = format!("{percent:.2}");
            format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::effective::Block;

    fn open(percent: u8) -> Effective {
        Effective { percentage: Percentage::from_whole(percent), blocked_by: Vec::new() }
    }

    #[test]
    fn the_share_of_nothing_is_not_zero() {
        assert_eq!(Served::default().candidate_percent(), None);
        assert_eq!(Served { legacy: 10, candidate: 0 }.candidate_percent(), Some(0.0));
        assert_eq!(Served { legacy: 3, candidate: 1 }.candidate_percent(), Some(25.0));
    }

    #[test]
    fn disagreements_are_told_in_words() {
        for (configured, effective, served, expected) in [
            (10, open(10), Served { legacy: 902, candidate: 98 }, None),
            (10, open(10), Served::default(), None),
            (0, open(0), Served { legacy: 50, candidate: 0 }, None),
            (100, open(100), Served { legacy: 0, candidate: 50 }, None),
            (
                10,
                open(10),
                Served { legacy: 1_000, candidate: 0 },
                Some("10 % is in effect, but the candidate served nothing"),
            ),
            (0, open(0), Served { legacy: 99, candidate: 1 }, Some("0 % is in effect, but the candidate served 1 %")),
            (
                0,
                open(0),
                Served { legacy: 0, candidate: 9 },
                Some("0 % is in effect, but the candidate served everything"),
            ),
            (
                1,
                Effective { percentage: Percentage::ZERO, blocked_by: vec![Block::FeatureEnabled] },
                Served::default(),
                Some("configured 1 %, but 0 % is in effect: the feature is off"),
            ),
        ] {
            let told = disagreement(Percentage::from_whole(configured), &effective, served);
            assert_eq!(told.as_deref(), expected);
        }
    }
}
