//! What every storage side must do, tried on each of them.

use std::sync::Arc;

use bytes::Bytes;
use crossfade::domain::file::{Checksum, FileId};
use crossfade::domain::file_name::FileName;
use crossfade::domain::mime_type::MimeType;
use crossfade::server::files::faulty::{Faults, Faulty, Odds};
use crossfade::server::files::legacy::folder::Folder;
use crossfade::server::files::manager::{Existing, Manager, ManagerError, NewObject};
use crossfade::server::files::spool::{Spool, Spooled};
use crossfade::server::files::unified::Unified;
use crossfade::server::files::verified::measure;
use futures::TryStreamExt as _;
use tempfile::TempDir;

/// Larger than a part of an upload in parts.
const LARGE: usize = (17 << 20) + 1;

async fn spooled(folder: &TempDir, content: Vec<u8>) -> Spooled {
    let spool = Spool::open(&folder.path().join("incoming")).unwrap();
    let chunks: Vec<Result<Bytes, ManagerError>> =
        content.chunks(100_000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    spool.take(futures::stream::iter(chunks), u64::MAX).await.unwrap()
}

fn object<'a>(parts: &'a (FileId, FileName, MimeType), content: &'a Spooled) -> NewObject<'a> {
    NewObject { id: &parts.0, name: &parts.1, mime_type: &parts.2, content }
}

fn parts(number: u32) -> (FileId, FileName, MimeType) {
    (
        FileId(format!("0199a1b2-0000-7000-8000-{number:012}")),
        FileName::parse("ünï report.PDF").unwrap(),
        MimeType::parse("application/pdf").unwrap(),
    )
}

async fn read(side: &dyn Manager, key: &str) -> Vec<u8> {
    let content = side.get(key, None).await.unwrap();
    let bytes: Vec<Bytes> = content.bytes.try_collect().await.unwrap();
    bytes.concat()
}

async fn keys(side: &dyn Manager) -> Vec<String> {
    let mut keys: Vec<String> = side.list().map_ok(|object| object.key).try_collect().await.unwrap();
    keys.sort();
    keys
}

/// All of it, on an empty side.
pub async fn check(side: Arc<dyn Manager>) {
    let folder = tempfile::tempdir().unwrap();
    let parts = [parts(1), parts(2), parts(3)];
    let large: Vec<u8> = (0..=250_u8).cycle().step_by(7).take(LARGE).collect();
    let contents = [b"hello".to_vec(), Vec::new(), large];
    assert_eq!(keys(&*side).await, [""; 0]);
    let mut expected = Vec::new();
    for (parts, content) in parts.iter().zip(&contents) {
        let content_spooled = spooled(&folder, content.clone()).await;
        let object = object(parts, &content_spooled);
        let key = side.key(&object);
        assert_eq!(side.key(&object), key);
        assert_eq!(side.head(&key).await.unwrap(), None);
        assert_eq!(side.get(&key, None).await.err(), Some(ManagerError::NotFound));
        for existing in [Existing::Replace, Existing::Share, Existing::Replace] {
            side.put(&key, &object, existing).await.unwrap();
        }
        assert_eq!(read(&*side, &key).await, *content);
        assert_eq!(side.head(&key).await.unwrap().unwrap().size, content.len() as u64);
        assert_eq!(side.get(&key, None).await.unwrap().size, content.len() as u64);
        let (size, found) = measure(side.get(&key, None).await.unwrap().bytes).await.unwrap();
        assert_eq!((size, found), (content_spooled.size, content_spooled.sha256.clone()));
        expected.push(key);
    }
    let part = side.get(&expected[0], Some(1..3)).await.unwrap();
    let part: Vec<Bytes> = part.bytes.try_collect().await.unwrap();
    assert_eq!(part.concat(), b"el");
    expected.sort();
    assert_eq!(keys(&*side).await, expected);

    // What is not what it should be leaves nothing behind.
    for number in [1, 3] {
        let mut content = spooled(&folder, vec![number; usize::from(number) * (6 << 20)]).await;
        content.sha256 = Checksum::parse(&"0".repeat(64)).unwrap();
        let parts = self::parts(10 + u32::from(number));
        let object = object(&parts, &content);
        let key = side.key(&object);
        let refused = side.put(&key, &object, Existing::Replace).await;
        assert!(matches!(refused, Err(ManagerError::Checksum { .. })), "{refused:?}");
        assert_eq!(side.head(&key).await.unwrap(), None);
    }
    for _ in 0..2 {
        side.delete(&expected[0]).await.unwrap();
    }
    assert_eq!(keys(&*side).await, expected[1..]);
    // A key is never a way out.
    for key in ["../escaped", "a/../../b", "/etc/passwd"] {
        assert!(side.get(key, None).await.is_err(), "{key}");
    }
}

#[tokio::test]
async fn a_folder_keeps_objects() {
    let folder = tempfile::tempdir().unwrap();
    check(Arc::new(Folder::open(folder.path()).unwrap())).await;
    let parts = std::fs::read_dir(folder.path().join(".crossfade-parts")).unwrap();
    assert_eq!(parts.count(), 0);
}

#[tokio::test]
async fn a_local_object_store_keeps_objects_by_their_content() {
    let folder = tempfile::tempdir().unwrap();
    check(Arc::new(Unified::folder(folder.path()).unwrap())).await;
}

#[tokio::test]
async fn what_an_earlier_program_left_half_written_is_removed_and_what_is_being_written_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join(".crossfade-parts");
    std::fs::create_dir(&parts).unwrap();
    std::fs::write(parts.join("left"), "half").unwrap();
    let held = std::fs::File::create(parts.join("held")).unwrap();
    held.lock().unwrap();
    let side = Folder::open(folder.path()).unwrap();
    let left: Vec<_> = std::fs::read_dir(&parts).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["held"]);
    assert_eq!(keys(&side).await, [""; 0]);
    assert!(side.get(".crossfade-parts/held", None).await.is_err());
}

#[tokio::test]
async fn links_in_a_folder_are_nothing_that_it_has() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("below")).unwrap();
    std::fs::write(folder.path().join("below/file"), "x").unwrap();
    std::os::unix::fs::symlink("/etc", folder.path().join("link")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("passwd")).unwrap();
    let side = Folder::open(folder.path()).unwrap();
    assert_eq!(keys(&side).await, ["below/file"]);
    assert_eq!(side.head("passwd").await.unwrap(), None);
}

#[tokio::test]
async fn faults_come_as_often_as_they_are_set_and_again_from_the_same_seed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "right").unwrap();
    let mut runs = Vec::new();
    for _ in 0..2 {
        let faults = Faults::seeded(7);
        let side = Faulty::new(Arc::new(Folder::open(folder.path()).unwrap()), Arc::clone(&faults));
        faults.set(Odds { error: 0.2, corrupt: 0.2, ..Odds::default() });
        let mut came = Vec::new();
        for _ in 0..200 {
            came.push(match side.get("file", None).await {
                Ok(content) => content.bytes.try_collect::<Vec<Bytes>>().await.unwrap().concat() == b"right",
                Err(_) => false,
            });
        }
        let wrong = came.iter().filter(|it| !**it).count();
        assert_eq!(faults.injected(), wrong as u64);
        assert!((40..110).contains(&wrong), "{wrong}");
        runs.push(came);
    }
    assert_eq!(runs[0], runs[1]);
}
