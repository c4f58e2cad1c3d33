//! Why something is refused, with the numbers. Every unmet demand is told, never just the first.

use std::fmt;

use super::consistency::Repair;
use super::gate::CriterionReport;
use super::percentage::Percentage;
use super::text::Actor;

/// One unmet demand.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// A criterion of the gate has not passed.
    Criterion(Box<CriterionReport>),
    /// There are not enough sign-offs of this kind.
    SignOffs { what: &'static str, required: u8, given: u8 },
    /// Somebody rejected the stage and nobody who may has approved it since.
    Rejected { by: Actor },
    /// The reviewer entered the stage.
    OwnStage { person: Actor },
    /// The feature has gone all the way.
    Complete,
    /// A gradual rollback is under way.
    GradualUnderWay { target: Percentage },
    /// More than the stage has needs an advance.
    AboveStage { wanted: Percentage, stage: String, stage_percentage: Percentage },
    /// A rollback leads down.
    NotBelow { target: Percentage, present: Percentage },
    /// There is nothing to stop.
    NotStepping,
    /// What is asked for is so already.
    NothingToChange,
    /// Nothing is there to be rolled back.
    NothingToRollBack,
    /// Nobody would be left who can let others in.
    LastAdmin,
    /// The stage that the feature is in is in no policy.
    UnknownStage { stage: String },
    /// A finding that was repaired, or that was not found again.
    FindingClosed,
    /// A finding that is not there any more, looked at again.
    FindingGone,
    /// As things are now, this does not mend it.
    NotOffered { repair: Repair, offered: Vec<Repair> },
    /// Content or a file would be gone afterwards: no program decides that.
    NeedsPerson { repair: Repair },
    /// A side did not do it.
    RepairFailed { why: String },
    /// Only what is not tried any more is sent again.
    NotGivenUp,
    /// The target was told something newer of the same alert.
    ToldLater,
    /// The program was started without files.
    NoFiles,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Criterion(report) => {
                write!(f, "{} {}: {}", report.kind.in_words(), report.verdict.as_str(), report.reason)
            }
            Self::SignOffs { what, required, given } => {
                write!(f, "needs {required} sign-off{} by a {what}, has {given}", if *required == 1 { "" } else { "s" })
            }
            Self::Rejected { by } => {
                write!(f, "rejected by {}; a newer approval by the same reviewer or by an admin lifts it", by.as_str())
            }
            Self::OwnStage { person } => {
                write!(f, "{} entered this stage, and no one signs off a stage that they entered", person.as_str())
            }
            Self::Complete => f.write_str("the feature is complete"),
            Self::GradualUnderWay { target } => {
                write!(f, "a gradual rollback to {target} is under way; cancel it first")
            }
            Self::AboveStage { wanted, stage, stage_percentage } => {
                write!(
                    f,
                    "{wanted} is above the {stage_percentage} of stage {stage}; to go on, advance to the next stage"
                )
            }
            Self::NotBelow { target, present } => {
                write!(f, "a rollback leads down: {target} is not below the present {present}")
            }
            Self::NotStepping => f.write_str("this rollback has no steps left to cancel"),
            Self::NothingToChange => f.write_str("this is how it is set already"),
            Self::NothingToRollBack => f.write_str("there is no migration that could be rolled back"),
            Self::LastAdmin => f.write_str("the last enabled admin must stay an enabled admin"),
            Self::UnknownStage { stage } => write!(f, "the policy has no stage {stage:?}"),
            Self::FindingClosed => f.write_str("this finding is closed already"),
            Self::FindingGone => f.write_str(
                "this was looked at again and is not so any more; the finding is closed, and nothing was done",
            ),
            Self::NotOffered { repair, offered } if offered.is_empty() => {
                write!(f, "{} does not mend this as it is now, nor does anything else from here", repair.as_str())
            }
            Self::NotOffered { repair, offered } => {
                let offered: Vec<&str> = offered.iter().copied().map(Repair::as_str).collect();
                write!(f, "{} does not mend this as it is now; what does: {}", repair.as_str(), offered.join(", "))
            }
            Self::NeedsPerson { repair } => {
                write!(
                    f,
                    "after {} something is gone for good: a person who is signed in has to choose it",
                    repair.as_str()
                )
            }
            Self::RepairFailed { why } => write!(f, "it could not be repaired: {why}"),
            Self::NotGivenUp => f.write_str("only what is not tried any more can be sent again"),
            Self::ToldLater => f.write_str("the target was told something newer of this alert; drop this instead"),
            Self::NoFiles => f.write_str("the file service is not set up"),
        }
    }
}
