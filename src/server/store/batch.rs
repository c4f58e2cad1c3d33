//! What is taken in at once, and what came of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::comparison::Comparison;
use crate::domain::counted::CountedObservations;
use crate::domain::observation::Observation;
use crate::domain::rollup::{Minute, Rollups};

/// Tells texts apart without keeping them whole: a SHA-256, cut to 24 bytes. Those of ids keep how the id starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; Self::BYTES]);

impl Digest {
    /// How many bytes it has.
    pub const BYTES: usize = 24;

    /// The first bytes of an id that its digest keeps: the time, in a ULID.
    const ID_BYTES: usize = 10;

    /// The digest of `parts`, each with its length, so that no two lists run together.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut digest = [0; Self::BYTES];
        digest.copy_from_slice(&hasher.finalize()[..Self::BYTES]);
        Self(digest)
    }

    /// The digest of `id` within `scope`, which starts as the id does.
    ///
    /// So ids that follow each other, as ULIDs do, lie side by side in an index, and noting a batch of them touches a
    /// few pages instead of one each.
    pub fn of_id(scope: &[&[u8]], id: &str) -> Self {
        let mut whole = scope.to_vec();
        whole.push(id.as_bytes());
        let mut digest = Self::of(&whole);
        let start = &id.as_bytes()[..id.len().min(Self::ID_BYTES)];
        digest.0.copy_within(..Self::BYTES - Self::ID_BYTES, Self::ID_BYTES);
        digest.0[..Self::ID_BYTES].fill(0);
        digest.0[..start.len()].copy_from_slice(start);
        digest
    }
}

/// An `Idempotency-Key` and what it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchKey {
    /// Of the route and the key.
    pub digest: Digest,
    /// Of the body, to tell a repetition from a mistake.
    pub fingerprint: Digest,
}

/// One thing taken in.
#[derive(Clone, Debug)]
pub enum Item {
    Observation(Observation),
    Comparison(Comparison),
    Counted(Box<CountedObservations>),
}

impl Item {
    /// Folds it into `rollups`.
    pub fn fold_into(&self, rollups: &mut Rollups) {
        match self {
            Self::Observation(observation) => rollups.observe(observation),
            Self::Comparison(comparison) => rollups.compare(comparison),
            Self::Counted(counted) => rollups.count(counted),
        }
    }

    /// When it happened.
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Observation(observation) => observation.at,
            Self::Comparison(comparison) => comparison.at,
            Self::Counted(counted) => counted.at,
        }
    }

    /// The minute it is kept in.
    pub fn minute(&self) -> Minute {
        Minute::of(self.at())
    }
}

/// An item that carried an id of its maker's choosing, which counts once.
#[derive(Clone, Debug)]
pub struct Identified {
    /// Of the route, the feature and the id.
    pub digest: Digest,
    pub item: Item,
}

/// Counts since some beginning, of which only what came since the last ones is new.
#[derive(Clone, Debug)]
pub struct Cumulative {
    /// Of all that tells the series from others, the beginning among it.
    pub series: Digest,
    /// Its position among what was sent.
    pub index: u32,
    /// When the counts begin; `None` where that was not said.
    pub since: Option<DateTime<Utc>>,
    /// When they end, in nanoseconds of Unix time: two of one series may lie closer together than a millisecond.
    pub at_ns: i64,
    /// All that was counted since the beginning.
    pub counted: CountedObservations,
}

/// An item that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rejection {
    /// Its position in the batch, from 0.
    pub index: u32,
    /// What is wrong with it.
    pub detail: String,
}

/// What a sender is told of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    /// Counted now.
    pub accepted: u64,
    /// Counted before, by their id.
    pub duplicates: u64,
    pub rejected: Vec<Rejection>,
}

/// Items that arrived together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub key: Option<BatchKey>,
    /// The items without an id, folded already.
    pub folded: Rollups,
    /// How many were folded.
    pub folded_count: u64,
    /// The items with an id, to be folded once it is known which are new.
    pub identified: Vec<Identified>,
    /// Counts since a beginning.
    pub cumulative: Vec<Cumulative>,
    pub rejected: Vec<Rejection>,
}

/// What came of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It was taken in.
    Stored(Answer),
    /// Its key was used before with the same body: the first answer again, and nothing counted.
    Repeated(Answer),
    /// Its key was used before with another body: nothing counted.
    KeyReused,
}

/// What came of a group of batches.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// One a batch.
    pub receipts: Vec<Receipt>,
    /// What all of them added to what is kept.
    pub added: Rollups,
}
