//! From what is known of a file or an object to what is wrong with it. Not how it came to be known.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Finding, FindingKind, Identity, Repair, Subject};
use crate::domain::file::{Checksum, FileRecord, SideState, TaskKind};
use crate::domain::path::Path;

/// What is younger may be in the middle of being written.
pub const GRACE: TimeDelta = TimeDelta::minutes(15);

/// What a side was found to have of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was not looked for.
    NotAsked,
    Missing,
    There {
        size: u64,
        /// Of what was read; `None` when it was not.
        sha256: Option<Checksum>,
    },
    /// The side refused, and says this of it.
    Unreadable(String),
}

/// What is known of a file on one side, beside its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideFacts {
    /// What the queue is to do there.
    pub task: Option<TaskKind>,
    pub seen: Seen,
}

/// Where a file has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// Where its record says that it is, or is to be.
    WhereRecorded,
    /// On the candidate as well: nobody is led to legacy any more.
    OnCandidate,
}

/// All that a file is examined by.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub record: &'a FileRecord,
    pub legacy: SideFacts,
    pub candidate: SideFacts,
    pub needed: Needed,
    pub now: DateTime<Utc>,
}

/// Who has an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectOwner {
    /// A record of a file names it, or a task will remove it.
    Known,
    /// Only records of files that were deleted name it, and nothing is queued to remove it.
    Deleted,
    Nobody,
}

/// What one side's content is worth as the source of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    /// It is what the record says.
    Verified,
    /// It has to be read to know.
    Unknown,
    /// It is not there, or not what it should be.
    Nothing,
}

/// What is wrong with a file. What the queue is to write, and what is new, is let be.
pub fn examine(facts: &Facts<'_>) -> Vec<Finding> {
    let record = facts.record;
    if record.deleted_at.is_some() {
        return Vec::new();
    }
    let mut found: Vec<Finding> = Path::ALL.into_iter().filter_map(|side| on_side(facts, side)).collect();
    let is_new = facts.now - record.created_at < GRACE;
    if record.sha256.is_none() {
        let mismatch = found.iter().any(|it| it.is.kind == FindingKind::ChecksumMismatch);
        let differ = difference(&facts.legacy.seen, &facts.candidate.seen).filter(|_| !mismatch);
        if let Some(detail) = &differ {
            let repairs = vec![Repair::KeepLegacy, Repair::KeepCandidate];
            found.push(of_file(record, FindingKind::SidesDiffer, None, detail.clone(), repairs));
        }
        let is_there = Path::ALL.into_iter().any(|side| matches!(facts.side(side).seen, Seen::There { .. }));
        if !is_new {
            let repairs = if is_there && differ.is_none() { vec![Repair::RecordChecksum] } else { Vec::new() };
            let detail = "its record has no checksum, so that nobody can tell whether its content is right";
            found.push(of_file(record, FindingKind::NoChecksum, None, detail.to_owned(), repairs));
        }
    }
    found
}

/// What is wrong with an object of `side`, if no record knows of it.
pub fn examine_object(
    side: Path,
    key: &str,
    size: u64,
    modified_at: Option<DateTime<Utc>>,
    owner: ObjectOwner,
    now: DateTime<Utc>,
) -> Option<Finding> {
    if modified_at.is_some_and(|at| now - at < GRACE) {
        return None;
    }
    let (what, repairs) = match (owner, side) {
        (ObjectOwner::Known, _) => return None,
        (ObjectOwner::Deleted, _) => ("it is of a file that was deleted", vec![Repair::RemoveObject]),
        (ObjectOwner::Nobody, Path::Legacy) => ("no record names it", vec![Repair::Adopt]),
        (ObjectOwner::Nobody, Path::Candidate) => ("no record names it", vec![Repair::Adopt, Repair::RemoveObject]),
    };
    let age = modified_at.map_or_else(String::new, |at| format!(", of {}", at.format("%Y-%m-%d %H:%M UTC")));
    Some(Finding {
        is: Identity { kind: FindingKind::NoRecord, side: Some(side), subject: Subject::Object(key.to_owned()) },
        feature: None,
        detail: format!("{what}; {size} bytes{age}"),
        repairs,
    })
}

impl Facts<'_> {
    /// What is known of that side.
    pub const fn side(&self, side: Path) -> &SideFacts {
        match side {
            Path::Legacy => &self.legacy,
            Path::Candidate => &self.candidate,
        }
    }

    fn worth(&self, side: Path) -> Worth {
        if self.record.side(side).state != SideState::Present {
            return Worth::Nothing;
        }
        match (&self.side(side).seen, &self.record.sha256) {
            (Seen::There { size, .. }, _) if *size != self.record.size => Worth::Nothing,
            (Seen::There { sha256: Some(found), .. }, Some(recorded)) if found == recorded => Worth::Verified,
            (Seen::There { sha256: Some(_), .. }, Some(_)) | (Seen::Missing | Seen::Unreadable(_), _) => Worth::Nothing,
            (Seen::There { .. } | Seen::NotAsked, _) => Worth::Unknown,
        }
    }
}

fn on_side(facts: &Facts<'_>, side: Path) -> Option<Finding> {
    let record = facts.record;
    let SideFacts { task, seen } = facts.side(side);
    if task.is_some() {
        return None;
    }
    let source = facts.worth(side.other());
    match record.side(side).state {
        SideState::Pending | SideState::Failed => {
            let is_new = facts.now - record.created_at < GRACE;
            let detail = format!("{} should have it, and nothing is queued to write it there", side.as_str());
            (!is_new).then(|| not_queued(record, side, detail, source))
        }
        SideState::Absent if is_needed(facts, side) => {
            let detail = format!("only {} has it, where nobody is led any more", side.other().as_str());
            Some(not_queued(record, side, detail, source))
        }
        SideState::Absent => None,
        SideState::Present => {
            let (kind, detail) = wrong_content(record, seen)?;
            Some(of_file(record, kind, Some(side), detail, ways_to_replace(kind, side, source)))
        }
    }
}

/// Whether a side has to have a file that its record says is not there: both at once never need not.
fn is_needed(facts: &Facts<'_>, side: Path) -> bool {
    let elsewhere = facts.record.side(side.other()).state != SideState::Absent;
    side == Path::Candidate && facts.needed == Needed::OnCandidate && elsewhere
}

fn not_queued(record: &FileRecord, side: Path, detail: String, source: Worth) -> Finding {
    let repairs = match source {
        Worth::Verified | Worth::Unknown => vec![Repair::WriteAgain],
        Worth::Nothing => vec![Repair::DeleteFile],
    };
    of_file(record, FindingKind::NotQueued, Some(side), detail, repairs)
}

fn wrong_content(record: &FileRecord, seen: &Seen) -> Option<(FindingKind, String)> {
    match (seen, &record.sha256) {
        (Seen::NotAsked, _) => None,
        (Seen::Missing, _) => {
            Some((FindingKind::NoObject, "its record says that it is there, and it is not".to_owned()))
        }
        (Seen::Unreadable(why), _) => Some((FindingKind::Unreadable, why.clone())),
        (Seen::There { size, .. }, _) if *size != record.size => {
            let detail = format!("it has {size} bytes and should have {}", record.size);
            Some((FindingKind::ChecksumMismatch, detail))
        }
        (Seen::There { sha256: Some(found), .. }, Some(recorded)) if found != recorded => {
            let detail = format!("it has the checksum {found} and should have {recorded}");
            Some((FindingKind::ChecksumMismatch, detail))
        }
        (Seen::There { .. }, _) => None,
    }
}

fn ways_to_replace(kind: FindingKind, side: Path, source: Worth) -> Vec<Repair> {
    match (source, kind, side) {
        (Worth::Verified | Worth::Unknown, ..) => vec![Repair::Copy],
        // An object of the candidate is named by its content: with another content it is nothing at all.
        (Worth::Nothing, FindingKind::ChecksumMismatch, Path::Legacy) => vec![Repair::KeepLegacy, Repair::DeleteFile],
        // What cannot be read now may be there.
        (Worth::Nothing, FindingKind::Unreadable, _) => Vec::new(),
        (Worth::Nothing, ..) => vec![Repair::DeleteFile],
    }
}

/// How the content of two sides differs, where that is known.
fn difference(legacy: &Seen, candidate: &Seen) -> Option<String> {
    let (Seen::There { size, sha256 }, Seen::There { size: other_size, sha256: other_sha256 }) = (legacy, candidate)
    else {
        return None;
    };
    if size != other_size {
        return Some(format!("legacy has {size} bytes, the candidate {other_size}"));
    }
    match (sha256, other_sha256) {
        (Some(of_legacy), Some(of_candidate)) if of_legacy != of_candidate => {
            Some(format!("legacy has the checksum {of_legacy}, the candidate {of_candidate}"))
        }
        _ => None,
    }
}

fn of_file(
    record: &FileRecord,
    kind: FindingKind,
    side: Option<Path>,
    detail: String,
    repairs: Vec<Repair>,
) -> Finding {
    let is = Identity { kind, side, subject: Subject::File(record.id.clone()) };
    Finding { is, feature: Some(record.feature), detail, repairs }
}

#[cfg(test)]
mod tests;
