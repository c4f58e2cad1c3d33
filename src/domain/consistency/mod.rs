//! Whether the records of files and what the sides really have agree: the kinds of what may be found, and what may be done
//! about each. Not the looking ([`crate::server::files`]), and not the judging ([`super::gate`]).

pub mod check;
pub mod examine;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::feature::FeatureId;
use super::file::FileId;
use super::path::Path;
use super::text::Actor;

/// What may be wrong with a file or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A record does not say what the file's content should be.
    NoChecksum,
    /// A side has other content than the record says.
    ChecksumMismatch,
    /// A record says that a side has the file, and it has not.
    NoObject,
    /// A side has an object that no record knows of.
    NoRecord,
    /// The sides have different content, and no record says which is right.
    SidesDiffer,
    /// A side should have the file and has not, and nothing is queued for it.
    NotQueued,
    /// A side has the file and refuses to hand it out.
    Unreadable,
}

impl FindingKind {
    pub const ALL: [Self; 7] = [
        Self::ChecksumMismatch,
        Self::SidesDiffer,
        Self::NoObject,
        Self::NotQueued,
        Self::Unreadable,
        Self::NoChecksum,
        Self::NoRecord,
    ];

    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoChecksum => "no_checksum",
            Self::ChecksumMismatch => "checksum_mismatch",
            Self::NoObject => "no_object",
            Self::NoRecord => "no_record",
            Self::SidesDiffer => "sides_differ",
            Self::NotQueued => "not_queued",
            Self::Unreadable => "unreadable",
        }
    }

    /// What it is, for people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::NoChecksum => "file without a checksum",
            Self::ChecksumMismatch => "content is not what was recorded",
            Self::NoObject => "record without an object",
            Self::NoRecord => "object without a record",
            Self::SidesDiffer => "the sides differ",
            Self::NotQueued => "missing, and not queued",
            Self::Unreadable => "object cannot be read",
        }
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What somebody may have done about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// Read the content and record its checksum.
    RecordChecksum,
    /// Write it again from the other side, once that is verified.
    Copy,
    /// Have the queue write it.
    WriteAgain,
    /// Give the object a record.
    Adopt,
    /// Remove the object for good.
    RemoveObject,
    /// Take what legacy has for right: record its checksum, and write it over what the candidate has.
    KeepLegacy,
    /// Take what the candidate has for right: record its checksum, and write it over what legacy has.
    KeepCandidate,
    /// Delete the file: no side has its content.
    DeleteFile,
}

impl Repair {
    pub const ALL: [Self; 8] = [
        Self::RecordChecksum,
        Self::Copy,
        Self::WriteAgain,
        Self::Adopt,
        Self::RemoveObject,
        Self::KeepLegacy,
        Self::KeepCandidate,
        Self::DeleteFile,
    ];

    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RecordChecksum => "record_checksum",
            Self::Copy => "copy",
            Self::WriteAgain => "write_again",
            Self::Adopt => "adopt",
            Self::RemoveObject => "remove_object",
            Self::KeepLegacy => "keep_legacy",
            Self::KeepCandidate => "keep_candidate",
            Self::DeleteFile => "delete_file",
        }
    }

    /// The repair with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|repair| repair.as_str() == word)
    }

    /// Whether content or a file is gone afterwards, so that a person has to choose it.
    pub const fn removes(self) -> bool {
        match self {
            Self::RemoveObject | Self::KeepLegacy | Self::KeepCandidate | Self::DeleteFile => true,
            Self::RecordChecksum | Self::Copy | Self::WriteAgain | Self::Adopt => false,
        }
    }
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A file with a record.
    File(FileId),
    /// An object, by the name that it has on its side.
    Object(String),
}

impl Subject {
    /// The file's id or the object's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::File(id) => id.as_str(),
            Self::Object(key) => key,
        }
    }
}

/// What makes two findings the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    pub kind: FindingKind,
    /// On which side; `None` where it is about both.
    pub side: Option<Path>,
    pub subject: Subject,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub is: Identity,
    /// Whose file it is; `None` of an object without a record, which may be anyone's.
    pub feature: Option<FeatureId>,
    /// What was found, with numbers.
    pub detail: String,
    /// What may be done about it; nothing where it has to be mended elsewhere.
    pub repairs: Vec<Repair>,
}

/// The number of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FindingId(pub i64);

/// How a finding came to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Somebody had it mended.
    Repaired { at: DateTime<Utc>, by: Actor, repair: Repair },
    /// It was not found again.
    Gone { at: DateTime<Utc> },
}

impl Closed {
    /// When.
    pub const fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Repaired { at, .. } | Self::Gone { at } => *at,
        }
    }
}

/// A finding as it is kept over checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFinding {
    pub id: FindingId,
    pub finding: Finding,
    /// When it was found first.
    pub found_at: DateTime<Utc>,
    /// The check that found it last.
    pub last_check: check::CheckId,
    /// Why the last repair of it failed.
    pub last_error: Option<String>,
    pub closed: Option<Closed>,
}
