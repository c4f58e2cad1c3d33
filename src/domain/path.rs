//! Which implementation did the work.

use serde::{Deserialize, Serialize};

/// The legacy implementation or its replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// The implementation that is being replaced.
    Legacy,
    /// Its replacement.
    Candidate,
}

impl Path {
    /// Both paths, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Legacy, Self::Candidate];

    /// The word for it: `legacy` or `candidate`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Candidate => "candidate",
        }
    }

    /// The one that this is not.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Legacy => Self::Candidate,
            Self::Candidate => Self::Legacy,
        }
    }
}
