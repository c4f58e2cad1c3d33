//! Mending what a check found: looked at again before anything is done, and left as it is when it has changed.
//!
//! Bytes are written and removed here; what is written to the records, and told of it, is one transaction of whoever asked.

use serde_json::{Value, json};

use super::FileService;
use super::core::Core;
use crate::domain::consistency::check::CheckMode;
use crate::domain::consistency::examine::{Facts, Needed, Seen, examine, examine_object};
use crate::domain::consistency::{Identity, KeptFinding, Repair, Subject};
use crate::domain::feature::Feature;
use crate::domain::file::{FileId, FileRecord, FileSide, Metadata, SideState, TaskKind};
use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;
use crate::domain::path::Path;
use crate::domain::refusal::Refusal;
use crate::server::commands::ids;
use crate::server::files::check::Look;
use crate::server::files::locks::Turn;
use crate::server::files::manager::{Existing, ManagerError, NewObject};
use crate::server::files::verified::measure;
use crate::server::store::{Effect, Store, StoreError};

/// A repair of which the bytes are where they should be. Nobody else touches them until this is dropped: after the commit.
pub struct Prepared {
    pub effects: Vec<Effect>,
    /// What the records had.
    pub before: Value,
    /// What they have from now on.
    pub after: Value,
    turns: Vec<Turn>,
}

impl Prepared {
    /// Whether nobody else may have touched the bytes. Asked before what was prepared is committed.
    pub async fn check(&self, store: &dyn Store) -> Result<(), StoreError> {
        for turn in &self.turns {
            store.check_turn(turn.store()).await?;
        }
        Ok(())
    }
}

/// Why nothing was repaired.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// Looked at again, it is not so any more.
    #[error("it is not so any more")]
    Gone,
    #[error("{0}")]
    Refused(Refusal),
    /// A side did not do it.
    #[error(transparent)]
    Side(#[from] ManagerError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FileService {
    /// Looks at a finding again and does on the sides what mends it. `adopter` is whose file an object becomes.
    pub async fn prepare_repair(
        &self,
        finding: &KeptFinding,
        repair: Repair,
        needed: Needed,
        adopter: Option<&Feature>,
    ) -> Result<Prepared, RepairError> {
        self.here().map_err(|error| ManagerError::Unavailable(error.to_string()))?;
        let is = &finding.finding.is;
        match (&is.subject, is.side) {
            (Subject::File(id), _) => self.prepare_file(id, is, repair, needed).await,
            (Subject::Object(key), Some(side)) => self.prepare_object(side, key, repair, adopter).await,
            (Subject::Object(_), None) => Err(RepairError::Gone),
        }
    }

    async fn prepare_file(
        &self,
        id: &FileId,
        is: &Identity,
        repair: Repair,
        needed: Needed,
    ) -> Result<Prepared, RepairError> {
        let core = &self.inner.core;
        let mut turns = vec![core.file_turn(id).await?];
        let file = core.store.file(id).await?.ok_or(RepairError::Gone)?;
        let tasks = core.store.tasks_of(std::slice::from_ref(id)).await?;
        let look = Look::new(core.sides.clone(), CheckMode::Full, None);
        let facts = look.facts(&file, &tasks, needed, core.clock.now()).await.map_err(|(_, error)| error)?;
        let present = examine(&facts).into_iter().find(|found| found.is == *is).ok_or(RepairError::Gone)?;
        offered(repair, &present.repairs)?;
        let mut now = file.clone();
        let mut queued = None;
        match (repair, is.side) {
            (Repair::RecordChecksum, _) => record_content(&mut now, &facts, &[Path::Legacy, Path::Candidate])?,
            (Repair::Copy, Some(side)) => {
                let (at, turn) = core.copy(&file, side).await?;
                turns.push(turn);
                *now.side_mut(side) = at;
            }
            (Repair::WriteAgain, Some(side)) => queued = Some(side),
            (Repair::KeepLegacy | Repair::KeepCandidate, _) => {
                let kept = if repair == Repair::KeepLegacy { Path::Legacy } else { Path::Candidate };
                record_content(&mut now, &facts, &[kept])?;
                queued = Some(kept.other()).filter(|other| file.side(*other).state != SideState::Absent);
            }
            (Repair::DeleteFile, _) => {
                let after = json!({"deleted": true});
                let effects = vec![Effect::Deleted { expected: Box::new(file.clone()) }];
                return Ok(Prepared { effects, before: state(&file), after, turns });
            }
            (Repair::Copy | Repair::WriteAgain | Repair::Adopt | Repair::RemoveObject, _) => {
                return Err(RepairError::Refused(Refusal::NotOffered { repair, offered: present.repairs }));
            }
        }
        let mut effects = Vec::new();
        if let Some(side) = queued {
            now.side_mut(side).state = SideState::Pending;
            effects.push(Effect::Task { file: id.clone(), side, kind: Some(TaskKind::Put), at: core.clock.now() });
        }
        let (before, after) = (state(&file), state(&now));
        effects.push(Effect::Record { expected: Box::new(file.clone()), now: Box::new(now) });
        Ok(Prepared { effects, before, after, turns })
    }

    async fn prepare_object(
        &self,
        side: Path,
        key: &str,
        repair: Repair,
        adopter: Option<&Feature>,
    ) -> Result<Prepared, RepairError> {
        let core = &self.inner.core;
        let turns = vec![core.object_turn(side, key).await?];
        let manager = core.sides.of(side);
        let object = manager.head(key).await?.ok_or(RepairError::Gone)?;
        let owner = core.store.object_owners(side, &[key.to_owned()]).await?.pop().ok_or(RepairError::Gone)?;
        let now = core.clock.now();
        let found = examine_object(side, key, object.size, object.modified_at, owner, now).ok_or(RepairError::Gone)?;
        offered(repair, &found.repairs)?;
        let before = json!({"side": side, "object": key, "size": object.size, "record": null});
        if repair == Repair::RemoveObject {
            // A record that was written by another process since.
            if core.store.object_holders(side, key).await?.live > 0 {
                return Err(RepairError::Gone);
            }
            let prepared = Prepared { effects: Vec::new(), before, after: Value::Null, turns };
            prepared.check(&*core.store).await?;
            manager.delete(key).await?;
            return Ok(prepared);
        }
        let feature = adopter.ok_or(RepairError::Refused(Refusal::NotOffered { repair, offered: found.repairs }))?;
        let (size, sha256) = measure(manager.get(key, None).await?.bytes).await?;
        // What the candidate calls its objects tells their content.
        if let Some(expected) = object.sha256.filter(|expected| *expected != sha256) {
            return Err(ManagerError::Checksum { expected, found: sha256 }.into());
        }
        let name = FileName::of_key(key);
        let guessed = mime_guess::from_path(name.as_str()).first_raw();
        let other = if feature.is_complete() { SideState::Absent } else { SideState::Pending };
        let at = |path: Path| FileSide {
            provider: core.sides.of(path).provider().to_owned(),
            provider_id: if path == side { key.to_owned() } else { String::new() },
            state: if path == side { SideState::Present } else { other },
        };
        let file = FileRecord {
            id: FileId(ids::new(now)),
            feature: feature.id,
            mime_type: guessed.and_then(|it| MimeType::parse(it).ok()).unwrap_or_else(MimeType::unknown),
            original_name: name,
            size,
            sha256: Some(sha256),
            created_at: object.modified_at.unwrap_or(now),
            metadata: Metadata::new(),
            legacy: at(Path::Legacy),
            candidate: at(Path::Candidate),
            deleted_at: None,
        };
        let after = json!({"file": file.id, "record": state(&file)});
        let task = (other == SideState::Pending).then(|| Effect::Task {
            file: file.id.clone(),
            side: side.other(),
            kind: Some(TaskKind::Put),
            at: now,
        });
        let mut effects = vec![Effect::Adopted { file: Box::new(file), side }];
        effects.extend(task);
        Ok(Prepared { effects, before, after, turns })
    }
}

impl Core {
    /// Writes `side` of `file` anew from the other, which must be what the record says, and reads it back.
    async fn copy(&self, file: &FileRecord, side: Path) -> Result<(FileSide, Turn), RepairError> {
        let expected = file.sha256.clone().ok_or_else(|| {
            let offered = vec![Repair::RecordChecksum];
            RepairError::Refused(Refusal::NotOffered { repair: Repair::Copy, offered })
        })?;
        let content = self.fetch(side.other(), file).await?;
        let object =
            NewObject { id: &file.id, name: &file.original_name, mime_type: &file.mime_type, content: &content };
        let manager = self.sides.of(side);
        // A file that was taken over lies where it always lay.
        let known = &file.side(side).provider_id;
        let key = if known.is_empty() { manager.key(&object) } else { known.clone() };
        let turn = self.object_turn(side, &key).await?;
        manager.put(&key, &object, Existing::Replace).await?;
        let (_, found) = measure(manager.get(&key, None).await?.bytes).await?;
        if found != expected {
            return Err(ManagerError::Checksum { expected, found }.into());
        }
        let at = FileSide { provider: manager.provider().to_owned(), provider_id: key, state: SideState::Present };
        Ok((at, turn))
    }
}

/// Records the size and checksum of what these sides were read to have; all of them must have the same.
fn record_content(record: &mut FileRecord, facts: &Facts<'_>, sides: &[Path]) -> Result<(), RepairError> {
    let mut read = sides.iter().filter_map(|side| match &facts.side(*side).seen {
        Seen::There { size, sha256: Some(sha256) } => Some((*size, sha256.clone())),
        _ => None,
    });
    let first = read.next().ok_or(RepairError::Gone)?;
    if read.any(|other| other != first) {
        let offered = vec![Repair::KeepLegacy, Repair::KeepCandidate];
        return Err(RepairError::Refused(Refusal::NotOffered { repair: Repair::RecordChecksum, offered }));
    }
    (record.size, record.sha256) = (first.0, Some(first.1));
    Ok(())
}

fn offered(repair: Repair, offered: &[Repair]) -> Result<(), RepairError> {
    if offered.contains(&repair) {
        return Ok(());
    }
    Err(RepairError::Refused(Refusal::NotOffered { repair, offered: offered.to_vec() }))
}

/// A record as the audit has it.
fn state(file: &FileRecord) -> Value {
    let side = |path| {
        let at = file.side(path);
        json!({"state": at.state.as_str(), "object": at.provider_id})
    };
    json!({"size": file.size, "sha256": file.sha256, "legacy": side(Path::Legacy), "candidate": side(Path::Candidate)})
}
