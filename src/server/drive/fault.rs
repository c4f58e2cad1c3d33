//! Faults as they are asked for: `corrupt=0.2`, `delay=500ms:0.3`. Putting them in is [`crate::server::files::faulty`]'s.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::server::files::faulty::Odds;

/// One fault of the candidate, and how often it strikes, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// A byte becomes another on its way, there or back.
    Corrupt(f64),
    /// It fails and does nothing.
    Error(f64),
    /// It does what it is asked and fails all the same.
    LostAnswer(f64),
    /// It takes so much longer.
    Delay { by: Duration, odds: f64 },
}

/// Why a fault was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    #[error("must be corrupt=ODDS, error=ODDS, lost-answer=ODDS or delay=TIME:ODDS")]
    Kind,
    #[error("{0:?} is no number from 0 to 1, which says how often it strikes")]
    Odds(String),
    #[error("{0:?} is no time such as 500ms or 2s, up to 60s")]
    Time(String),
}

/// The longest delay.
const LONGEST: Duration = Duration::from_mins(1);

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, value) = text.split_once('=').ok_or(FaultError::Kind)?;
        match kind {
            "corrupt" => Ok(Self::Corrupt(odds_of(value)?)),
            "error" => Ok(Self::Error(odds_of(value)?)),
            "lost-answer" => Ok(Self::LostAnswer(odds_of(value)?)),
            "delay" => {
                let (by, odds) = value.split_once(':').ok_or(FaultError::Kind)?;
                Ok(Self::Delay { by: time_of(by)?, odds: odds_of(odds)? })
            }
            _ => Err(FaultError::Kind),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt(odds) => write!(f, "corrupt={odds}"),
            Self::Error(odds) => write!(f, "error={odds}"),
            Self::LostAnswer(odds) => write!(f, "lost-answer={odds}"),
            Self::Delay { by, odds } => write!(f, "delay={}ms:{odds}", by.as_millis()),
        }
    }
}

/// All of `faults` together; of two of a kind the later one.
pub fn odds(faults: &[Fault]) -> Odds {
    let mut all = Odds::default();
    for fault in faults {
        match *fault {
            Fault::Corrupt(odds) => all.corrupt = odds,
            Fault::Error(odds) => all.error = odds,
            Fault::LostAnswer(odds) => all.lost_answer = odds,
            Fault::Delay { by, odds } => (all.delay_by, all.delay) = (by, odds),
        }
    }
    all
}

fn odds_of(text: &str) -> Result<f64, FaultError> {
    let odds = text.parse().ok().filter(|odds| (0.0..=1.0).contains(odds));
    odds.ok_or_else(|| FaultError::Odds(text.to_owned()))
}

fn time_of(text: &str) -> Result<Duration, FaultError> {
    let (number, unit): (&str, fn(u64) -> Duration) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, Duration::from_millis),
        (None, Some(number)) => (number, Duration::from_secs),
        (None, None) => return Err(FaultError::Time(text.to_owned())),
    };
    let time = number.parse().ok().map(unit).filter(|time| *time <= LONGEST);
    time.ok_or_else(|| FaultError::Time(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fault_names_its_kind_and_how_often_it_strikes() {
        let delay = |ms, odds| Fault::Delay { by: Duration::from_millis(ms), odds };
        for (text, expected) in [
            ("corrupt=0.2", Ok(Fault::Corrupt(0.2))),
            ("error=1", Ok(Fault::Error(1.0))),
            ("lost-answer=0", Ok(Fault::LostAnswer(0.0))),
            ("delay=500ms:0.3", Ok(delay(500, 0.3))),
            ("delay=2s:0.3", Ok(delay(2_000, 0.3))),
            ("", Err(FaultError::Kind)),
            ("corrupt", Err(FaultError::Kind)),
            ("explode=0.2", Err(FaultError::Kind)),
            ("delay=0.3", Err(FaultError::Kind)),
            ("corrupt=20", Err(FaultError::Odds("20".to_owned()))),
            ("corrupt=-0.1", Err(FaultError::Odds("-0.1".to_owned()))),
            ("corrupt=NaN", Err(FaultError::Odds("NaN".to_owned()))),
            ("corrupt=20%", Err(FaultError::Odds("20%".to_owned()))),
            ("delay=500:0.3", Err(FaultError::Time("500".to_owned()))),
            ("delay=61s:0.3", Err(FaultError::Time("61s".to_owned()))),
            ("delay=-1s:0.3", Err(FaultError::Time("-1s".to_owned()))),
            ("delay=1s:", Err(FaultError::Odds(String::new()))),
        ] {
            assert_eq!(text.parse::<Fault>(), expected, "{text:?}");
        }
    }

    #[test]
    fn faults_add_up_and_the_later_of_two_of_a_kind_counts() {
        let parsed = ["corrupt=0.1", "delay=1s:0.5", "corrupt=0.2"].map(|fault| fault.parse().unwrap());
        let expected = Odds { corrupt: 0.2, delay: 0.5, delay_by: Duration::from_secs(1), ..Odds::default() };
        assert_eq!(odds(&parsed), expected);
        assert_eq!(odds(&[]), Odds::default());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(odds in 0.0..=1.0_f64, ms in 0_u64..=60_000, kind in 0..4) {
            let fault = match kind {
                0 => Fault::Corrupt(odds),
                1 => Fault::Error(odds),
                2 => Fault::LostAnswer(odds),
                _ => Fault::Delay { by: Duration::from_millis(ms), odds },
            };
            prop_assert_eq!(fault.to_string().parse(), Ok(fault));
        }

        #[test]
        fn any_text_is_taken_or_refused(text in "[a-z=:.0-9-]{0,20}") {
            let _ = text.parse::<Fault>();
        }
    }
}
