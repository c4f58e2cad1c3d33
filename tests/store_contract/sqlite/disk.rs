//! A disk that is full or cannot be written. Needs the right to mount, and says so where there is none.

use std::path::PathBuf;
use std::process::{Command, Output};

use crossfade::domain::feature::FeatureId;
use crossfade::server::store::sqlite::SqliteStore;
use crossfade::server::store::{Batch, CommitError, Item, Store as _, StoreError};
use tempfile::TempDir;

use super::file::check_file;
use crate::sample::{
    at, counted, feature, folded, identified, ingest, new_migration, observation, observations, stored, with_id,
};

#[tokio::test]
async fn a_full_disk_is_told_as_such_loses_nothing_and_works_again_with_space() {
    let Some(disk) = Disk::mounted("3m") else { return };
    disk.fill_but(2 << 20);
    let store = SqliteStore::open(&disk.file()).await.unwrap();
    let kimi = feature(&store, "kimi").await;
    let mut acknowledged = 0;
    let (refused, error) = loop {
        let batch = named(kimi, acknowledged);
        match store.ingest(std::slice::from_ref(&batch), at(0)).await {
            Ok(ingested) => assert_eq!(ingested.receipts, [stored(500, 0)]),
            Err(error) => break (batch, error),
        }
        acknowledged += 500;
        assert!(acknowledged < 1_000_000, "the disk never gets full");
    };
    assert!(matches!(error, StoreError::Full), "{error:?}");
    assert!(acknowledged > 0);
    // It stays so, small changes may find a gap, and reads go on.
    let error = store.ingest(std::slice::from_ref(&refused), at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error:?}");
    let committed = store.commit(&new_migration("other")).await;
    assert!(matches!(committed, Ok(()) | Err(CommitError::Store(StoreError::Full))), "{committed:?}");
    assert_eq!(counted(&store).await, acknowledged);

    // A restart on the full disk works or says why not.
    store.close().await;
    disk.fill_but(0);
    match SqliteStore::open(&disk.file()).await {
        Ok(store) => {
            assert_eq!(counted(&store).await, acknowledged);
            store.close().await;
        }
        Err(error) => assert!(matches!(error, StoreError::Full), "{error:?}"),
    }

    disk.make_space();
    let store = SqliteStore::open(&disk.file()).await.unwrap();
    assert_eq!(counted(&store).await, acknowledged, "before anything new");
    // Of the refused batch nothing was kept, not even its ids.
    assert_eq!(ingest(&store, &[refused]).await, [stored(500, 0)]);
    assert_eq!(counted(&store).await, acknowledged + 500);
    store.close().await;
    check_file(&disk.file()).await;
}

#[tokio::test]
async fn space_that_comes_back_is_used_without_a_restart() {
    let Some(disk) = Disk::mounted("3m") else { return };
    disk.fill_but(1 << 20);
    let store = SqliteStore::open(&disk.file()).await.unwrap();
    let kimi = feature(&store, "kimi").await;
    let mut acknowledged = 0;
    while store.ingest(&[named(kimi, acknowledged)], at(0)).await.is_ok() {
        acknowledged += 500;
    }
    disk.make_space();
    assert_eq!(ingest(&store, &[named(kimi, acknowledged)]).await, [stored(500, 0)]);
    assert_eq!(counted(&store).await, acknowledged + 500);
}

#[tokio::test]
async fn a_new_store_on_a_full_disk_is_refused_as_full() {
    let Some(disk) = Disk::mounted("1m") else { return };
    disk.fill_but(0);
    let error = SqliteStore::open(&disk.file()).await.unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error:?}");
}

#[tokio::test]
async fn a_read_only_disk_is_told_as_such() {
    let Some(disk) = Disk::mounted("3m") else { return };
    let store = SqliteStore::open(&disk.file()).await.unwrap();
    let kimi = feature(&store, "kimi").await;
    ingest(&store, &[folded(observations(kimi, 3))]).await;
    store.close().await;
    disk.remount("ro");
    for file in ["crossfade.db", "new.db"] {
        let error = SqliteStore::open(&disk.folder.path().join(file)).await.unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly), "{file}: {error:?}");
    }
    disk.remount("rw");
    assert_eq!(counted(&SqliteStore::open(&disk.file()).await.unwrap()).await, 3);
}

#[tokio::test]
async fn a_read_only_file_can_be_read_and_says_why_it_takes_nothing_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crossfade.db");
    let store = SqliteStore::open(&file).await.unwrap();
    let kimi = feature(&store, "kimi").await;
    ingest(&store, &[folded(observations(kimi, 3))]).await;
    store.close().await;
    // Permissions do not bind the superuser; this does, where the file system knows it.
    let Some(_frozen) = Frozen::new(file.clone()) else { return };
    let store = SqliteStore::open(&file).await.unwrap();
    store.check().await.unwrap();
    let error = store.ingest(&[folded(observations(kimi, 1))], at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly), "{error:?}");
    let error = store.commit(&new_migration("other")).await.unwrap_err();
    assert!(matches!(error, CommitError::Store(StoreError::ReadOnly)), "{error:?}");
    assert_eq!(counted(&store).await, 3);
}

/// 500 observations with the ids from `first` on.
fn named(feature: FeatureId, first: u64) -> Batch {
    identified((first..first + 500).map(|id| {
        let item = Item::Observation(observation(feature, at(0)));
        with_id(&id.to_string(), item)
    }))
}

/// A small disk of its own, in memory.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Mounts a disk of `size`; `None`, with the reason printed, where that is not permitted.
    fn mounted(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().to_str().unwrap();
        done_or_skipped("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "none", target])?;
        Some(Self { folder })
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("crossfade.db")
    }

    /// Fills the disk up to `bytes` that stay free.
    fn fill_but(&self, bytes: usize) {
        let ballast = self.folder.path().join("ballast");
        // As much as goes in, over what is there; that it does not all go in is the point.
        let _ = std::fs::write(&ballast, vec![0; 64 << 20]);
        let length = std::fs::metadata(&ballast).unwrap().len() - bytes as u64;
        std::fs::OpenOptions::new().write(true).open(ballast).unwrap().set_len(length).unwrap();
    }

    fn make_space(&self) {
        std::fs::remove_file(self.folder.path().join("ballast")).unwrap();
    }

    /// Makes it read-only (`ro`) or writable (`rw`).
    fn remount(&self, mode: &str) {
        let target = self.folder.path().to_str().unwrap();
        let output = run("mount", &["-o", &format!("remount,{mode}"), target]).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, since connections may be closing still.
        let _ = run("umount", &["--lazy", self.folder.path().to_str().unwrap_or_default()]);
    }
}

/// A file that nobody can write.
struct Frozen(PathBuf);

impl Frozen {
    fn new(file: PathBuf) -> Option<Self> {
        done_or_skipped("chattr", &["+i", file.to_str().unwrap()])?;
        Some(Self(file))
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = run("chattr", &["-i", self.0.to_str().unwrap_or_default()]);
    }
}

fn run(program: &str, arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(program).args(arguments).output()
}

/// `None`, with the reason printed, when `program` cannot do it here.
fn done_or_skipped(program: &str, arguments: &[&str]) -> Option<()> {
    let reason = match run(program, arguments) {
        Ok(output) if output.status.success() => return Some(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    eprintln!("skipped: {program} {}: {reason}", arguments.join(" "));
    None
}
