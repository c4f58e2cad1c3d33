//! Gathering an evidence pack, and the ZIP archive that it travels in. What is in a pack, and whether it holds, is in
//! [`crate::domain::evidence_pack`].

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::audit_chain;
use super::queries::evidence;
use super::state::AppState;
use super::store::{AuditOrder, AuditQuery, StoreError};
use crate::domain::evidence::Evidence;
use crate::domain::evidence_pack::{Files, Moment, Pack, PackChange, PackPolicy, PackSignOff, Subject};
use crate::domain::feature_key::FeatureKey;
use crate::domain::gate::{GateReport, judge};
use crate::domain::series::Series;
use crate::domain::sign_off::SignOffId;
use crate::domain::snapshot::Snapshot;

/// The largest file of a pack that is read, and the most of all files together.
const MAX: Limits = Limits { file_bytes: 256 << 20, bytes: 512 << 20 };

#[derive(Clone, Copy)]
struct Limits {
    file_bytes: u64,
    bytes: u64,
}

/// The most files that are read of an archive. A pack has nine.
const MAX_FILES: usize = 64;

/// Which gate a pack is to be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// As it is now.
    Now,
    /// As a reviewer saw it.
    SignOff(SignOffId),
    /// As it was when the feature left the stage with the change of this number.
    Change(i64),
}

/// Why there is no pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("there is no feature {0}")]
    NoFeature(FeatureKey),
    #[error("the feature is in no stage, so it has no gate; name one of its changes or sign-offs")]
    NoGate,
    #[error("the feature has no sign-off {0:?}")]
    NoSignOff(String),
    #[error("the feature has no change {0} with which a gate was frozen")]
    NoChange(i64),
    #[error("the migration has no version {0} of its policy")]
    NoPolicy(i64),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the pack could not be written: {0}")]
    NotWritten(String),
}

/// Why an archive was not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("it is no whole ZIP archive: {0}")]
    NotZip(String),
    #[error("it has {0} files; a pack has nine")]
    TooMany(usize),
    #[error("{name:?} is larger than {most} bytes, more than a pack may hold")]
    TooLarge { name: String, most: u64 },
    #[error("{name:?} cannot be unpacked: {detail}")]
    Broken { name: String, detail: String },
}

/// The archive of a pack, and what to call it.
pub async fn export(state: &AppState, key: &FeatureKey, wanted: &Wanted) -> Result<(String, Vec<u8>), PackError> {
    let pack = gather(state, key, wanted).await?;
    let name = match wanted {
        Wanted::Now => format!("crossfade-evidence-{key}.zip"),
        Wanted::SignOff(SignOffId(id)) => format!("crossfade-evidence-{key}-sign-off-{id}.zip"),
        Wanted::Change(number) => format!("crossfade-evidence-{key}-change-{number}.zip"),
    };
    let failed = |error: &dyn ToString| PackError::NotWritten(error.to_string());
    let write = move || write_archive(&pack.files().map_err(|error| failed(&error))?).map_err(|error| failed(&error));
    let bytes = tokio::task::spawn_blocking(write).await.map_err(|error| failed(&error))??;
    Ok((name, bytes))
}

async fn gather(state: &AppState, key: &FeatureKey, wanted: &Wanted) -> Result<Pack, PackError> {
    let store = state.store.as_ref();
    let now = state.clock.now();
    let snapshot = store.snapshot(key).await?.ok_or_else(|| PackError::NoFeature(key.clone()))?;
    let (moment, report, evidence, series) = gate(state, &snapshot, wanted).await?;
    let policies = store.policies(snapshot.migration.id).await?;
    let policy = policies.iter().find(|policy| policy.version == evidence.policy_version);
    let policy = PackPolicy::from(policy.ok_or(PackError::NoPolicy(evidence.policy_version))?);
    let of_entry = |seen: &Evidence| seen.entered_at == evidence.entered_at && seen.stage.name == evidence.stage.name;
    let sign_offs = store.sign_offs(snapshot.feature.id, None).await?;
    let sign_offs = sign_offs.iter().filter(|it| of_entry(&it.evidence)).map(PackSignOff::from).collect();
    // Read last, so that it tells of all that is in the pack.
    let audit_head = store.audit_head().await?;
    let since = AuditQuery {
        feature: Some(key.clone()),
        from: Some(evidence.entered_at),
        ..AuditQuery::any(AuditOrder::OldestFirst, None, 1)
    };
    let first = store.audit_events(&since).await?.first().map_or(audit_head.seq, |row| row.seq);
    Ok(Pack {
        made_at: now,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        subject: Subject {
            migration: evidence.migration.clone(),
            feature: evidence.feature.clone(),
            stage: evidence.stage.name.clone(),
            entered_at: evidence.entered_at,
            as_of: evidence.as_of,
            moment,
        },
        audit: audit_chain::part(state, first.min(audit_head.seq), audit_head.seq).await?,
        report,
        evidence,
        series,
        policy,
        sign_offs,
        audit_head,
    })
}

async fn gate(
    state: &AppState,
    snapshot: &Snapshot,
    wanted: &Wanted,
) -> Result<(Moment, GateReport, Evidence, Series), PackError> {
    let store = state.store.as_ref();
    let feature = &snapshot.feature;
    let (moment, report, evidence) = match wanted {
        Wanted::Now => {
            let gathered = evidence::gather(store, snapshot, state.clock.now()).await?;
            let (evidence, series) = gathered.ok_or(PackError::NoGate)?;
            return Ok((Moment::Gate, judge(&evidence), evidence, series));
        }
        Wanted::SignOff(id) => {
            let found = store.sign_off(id).await?.filter(|(key, _)| *key == feature.key);
            let (_, sign_off) = found.ok_or_else(|| PackError::NoSignOff(id.0.clone()))?;
            (Moment::SignOff { id: sign_off.id.0 }, sign_off.report, sign_off.evidence)
        }
        Wanted::Change(number) => {
            let found = store.frozen_gates(feature.id, u32::MAX).await?;
            let found = found.into_iter().find(|(change, _)| change.id == *number);
            let (change, frozen) = found.ok_or(PackError::NoChange(*number))?;
            (Moment::Change { change: PackChange::from(&change) }, frozen.report, frozen.evidence)
        }
    };
    let series = evidence::frozen_series(store, feature, &evidence).await?;
    Ok((moment, report, evidence, series))
}

/// The same files always make the same archive.
pub fn write_archive(files: &Files) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in files {
        archive.start_file(name.as_str(), options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The files of an archive, in memory and never on the disk: a name in it is a name and no path.
pub fn read_archive(bytes: &[u8]) -> Result<Files, ArchiveError> {
    read_within(bytes, MAX)
}

fn read_within(bytes: &[u8], limits: Limits) -> Result<Files, ArchiveError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| ArchiveError::NotZip(error.to_string()))?;
    let told = is_bare(bytes).ok_or_else(|| ArchiveError::NotZip("something stands behind its end".to_owned()))?;
    if archive.offset() != 0 {
        return Err(ArchiveError::NotZip("something stands before its beginning".to_owned()));
    }
    if archive.len() > MAX_FILES {
        return Err(ArchiveError::TooMany(archive.len()));
    }
    if usize::from(told) != archive.len() {
        return Err(ArchiveError::NotZip("two of its files have the same name".to_owned()));
    }
    let mut files = Files::new();
    let mut left = limits.bytes;
    for index in 0..archive.len() {
        let file = archive.by_index(index);
        let file = file.map_err(|error| ArchiveError::Broken { name: index.to_string(), detail: error.to_string() })?;
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        let most = left.min(limits.file_bytes);
        let mut text = Vec::new();
        // What it says of its size is not believed.
        if let Err(error) = file.take(most + 1).read_to_end(&mut text) {
            return Err(ArchiveError::Broken { name, detail: error.to_string() });
        }
        if text.len() as u64 > most {
            return Err(ArchiveError::TooLarge { name, most });
        }
        left -= text.len() as u64;
        files.insert(name, text);
    }
    Ok(files)
}

/// How many files an archive says that it has, when it ends where it says that it does.
fn is_bare(bytes: &[u8]) -> Option<u16> {
    let end = bytes.last_chunk::<22>()?;
    let count = u16::from_le_bytes([end[10], end[11]]);
    (end[..4] == *b"PK\x05\x06" && end[20..] == [0, 0]).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        Files::from([("a.json".to_owned(), vec![b'a'; 1_000]), ("b.json".to_owned(), b"b".to_vec())])
    }

    fn check(bytes: &[u8], limits: Limits, part: &str) {
        let error = read_within(bytes, limits).unwrap_err().to_string();
        assert!(error.contains(part), "{error:?} where {part:?} was expected");
    }

    #[test]
    fn the_same_files_make_the_same_archive_and_come_out_of_it() {
        let bytes = write_archive(&files()).unwrap();
        assert_eq!(bytes, write_archive(&files()).unwrap());
        assert_eq!(read_archive(&bytes).unwrap(), files());
    }

    #[test]
    fn a_file_that_unpacks_to_more_than_it_may_is_not_read_to_its_end() {
        let bytes = write_archive(&files()).unwrap();
        check(&bytes, Limits { file_bytes: 999, bytes: 10_000 }, "\"a.json\" is larger than 999 bytes");
        check(&bytes, Limits { file_bytes: 5_000, bytes: 1_000 }, "\"b.json\" is larger than 0 bytes");
        assert!(read_within(&bytes, Limits { file_bytes: 1_000, bytes: 1_001 }).is_ok());
        // One that understates its size.
        let mut lies = bytes.clone();
        for at in 0..lies.len() - 4 {
            if lies[at..at + 4] == 1_000u32.to_le_bytes() {
                lies[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
            }
        }
        assert!(read_within(&lies, Limits { file_bytes: 999, bytes: 10_000 }).is_err());
    }

    #[test]
    fn an_archive_that_is_not_whole_or_not_alone_is_refused() {
        let bytes = write_archive(&files()).unwrap();
        for end in 0..bytes.len() {
            assert!(read_archive(&bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
        }
        check(&[&bytes[..], b"x"].concat(), MAX, "behind its end");
        check(&[b"x", &bytes[..]].concat(), MAX, "no whole ZIP archive");
        // Two files of one name: what a reader sees would depend on the reader.
        let mut twice = bytes.clone();
        for at in 0..twice.len() - 6 {
            if &twice[at..at + 6] == b"b.json" {
                twice[at] = b'a';
            }
        }
        check(&twice, MAX, "the same name");
        let many = (0..65).map(|index| (index.to_string(), Vec::new())).collect();
        check(&write_archive(&many).unwrap(), MAX, "65 files");
    }

    #[test]
    fn a_byte_that_was_changed_is_found() {
        let bytes = write_archive(&files()).unwrap();
        let mut other = bytes.clone();
        // In the compressed text of the first file.
        other[40] ^= 0xff;
        check(&other, MAX, "\"a.json\" cannot be unpacked");
    }
}
