//! Records of files, where each side keeps them, and what is still to be done there.

use crossfade::domain::backfill::{Backfill, BackfillState};
use crossfade::domain::feature::FeatureId;
use crossfade::domain::file::{Checksum, FileId, FileRecord, FileSide, FileTask, SideState, TaskKind};
use crossfade::domain::file_name::FileName;
use crossfade::domain::mime_type::MimeType;
use crossfade::domain::path::Path;
use crossfade::server::store::{FileQuery, FileTaskQuery, Holders, SideWrite, Store, TaskWrite};
use serde_json::json;

use crate::backend::Backend;
use crate::sample::{at, feature};

/// The file of that number, which only legacy has.
pub fn file(feature: FeatureId, number: u32) -> FileRecord {
    let side = |provider: &str, provider_id: &str, state| FileSide {
        provider: provider.to_owned(),
        provider_id: provider_id.to_owned(),
        state,
    };
    FileRecord {
        id: FileId(format!("0199a1b2-0000-7000-8000-{number:012}")),
        feature,
        original_name: FileName::parse("ünï report.pdf").unwrap(),
        mime_type: MimeType::parse("application/pdf").unwrap(),
        size: 10,
        sha256: Some(Checksum::parse(&"ab".repeat(32)).unwrap()),
        created_at: at(0),
        metadata: json!({"tag": ["a", 1]}).as_object().unwrap().clone(),
        legacy: side("folder", &format!("{number}.pdf"), SideState::Present),
        candidate: side("local", "sha256/ab/cd", SideState::Pending),
        deleted_at: None,
    }
}

pub fn task(file: &FileRecord, side: Path, kind: TaskKind, seconds: i64) -> FileTask {
    FileTask {
        file: file.id.clone(),
        feature: file.feature,
        side,
        kind,
        attempts: 0,
        next_at: at(seconds),
        last_error: None,
    }
}

fn written(file: &FileRecord, side: Path, state: SideState) -> SideWrite {
    let now = FileSide { state, ..file.side(side).clone() };
    SideWrite { file: file.id.clone(), side, now, task: TaskWrite::Done }
}

async fn tasks(store: &dyn Store) -> Vec<(Path, TaskKind, u32)> {
    let query = FileTaskQuery { limit: 100, ..FileTaskQuery::default() };
    let tasks = store.file_tasks(&query).await.unwrap();
    tasks.iter().map(|task| (task.side, task.kind, task.attempts)).collect()
}

pub async fn a_file_is_kept_with_all_that_is_known_of_it<B: Backend>(mut backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let (whole, mut bare) = (file(kimi, 1), file(kimi, 2));
    bare.sha256 = None;
    bare.metadata.clear();
    bare.size = 0;
    store.add_file(&whole, &[task(&whole, Path::Candidate, TaskKind::Put, 5)], None).await.unwrap();
    store.add_file(&bare, &[], None).await.unwrap();
    drop(store);
    backend.reopen().await;
    let store = backend.store();
    assert_eq!(store.file(&whole.id).await.unwrap(), Some(whole.clone()));
    assert_eq!(store.file(&bare.id).await.unwrap(), Some(bare));
    assert_eq!(store.file(&FileId("none".to_owned())).await.unwrap(), None);
    assert_eq!(tasks(&*store).await, [(Path::Candidate, TaskKind::Put, 0)]);
    assert!(store.add_file(&whole, &[], None).await.is_err(), "the same file twice");
}

pub async fn files_are_paged_by_id_and_by_what_a_side_lacks<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, other) = (feature(&*store, "kimi").await, feature(&*store, "other").await);
    for number in 0..10 {
        let mut added = file(if number == 9 { other } else { kimi }, number);
        if number % 3 == 0 {
            added.candidate.state = SideState::Present;
        }
        store.add_file(&added, &[], None).await.unwrap();
    }
    store.delete_file(&file(kimi, 4).id, at(1)).await.unwrap();
    let numbers = async |query: FileQuery| -> Vec<u32> {
        let found = store.files(&query).await.unwrap();
        found.iter().map(|file| file.id.as_str()[24..].parse().unwrap()).collect()
    };
    let all = FileQuery { feature: Some(kimi), limit: 100, ..FileQuery::default() };
    assert_eq!(numbers(all.clone()).await, [0, 1, 2, 3, 5, 6, 7, 8]);
    assert_eq!(numbers(FileQuery { with_deleted: true, limit: 100, ..FileQuery::default() }).await.len(), 10);
    assert_eq!(numbers(FileQuery { lacking: Some(Path::Candidate), ..all.clone() }).await, [1, 2, 5, 7, 8]);
    assert_eq!(numbers(FileQuery { lacking: Some(Path::Legacy), ..all.clone() }).await, [0; 0]);
    let after = Some(file(kimi, 2).id);
    assert_eq!(numbers(FileQuery { after, limit: 3, ..all }).await, [3, 5, 6]);
}

pub async fn a_deleted_file_stays_deleted_whatever_is_written_after_it<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let whole = file(kimi, 1);
    store.add_file(&whole, &[task(&whole, Path::Candidate, TaskKind::Put, 5)], None).await.unwrap();
    assert_eq!(store.delete_file(&whole.id, at(10)).await.unwrap(), Some(whole.clone()));
    assert_eq!(store.delete_file(&whole.id, at(20)).await.unwrap(), None);
    assert_eq!(store.file(&whole.id).await.unwrap().unwrap().deleted_at, Some(at(10)));
    let removals = [(Path::Candidate, TaskKind::Delete, 0), (Path::Legacy, TaskKind::Delete, 0)];
    assert_eq!(tasks(&*store).await, removals);
    // Whoever was writing the candidate knows nothing of it.
    store.set_file_side(&written(&whole, Path::Candidate, SideState::Present), None, at(11)).await.unwrap();
    assert_eq!(tasks(&*store).await.len(), 2);
    let again = TaskWrite::Due { kind: TaskKind::Put, attempts: 3, next_at: at(12), last_error: None };
    let failed = SideWrite { task: again, ..written(&whole, Path::Candidate, SideState::Pending) };
    store.set_file_side(&failed, None, at(12)).await.unwrap();
    assert!(tasks(&*store).await.contains(&(Path::Candidate, TaskKind::Delete, 0)));
    for side in Path::ALL {
        store.set_file_side(&written(&whole, side, SideState::Absent), None, at(13)).await.unwrap();
    }
    assert_eq!(tasks(&*store).await, []);
}

pub async fn an_object_is_held_by_all_files_that_were_not_deleted<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let files: Vec<FileRecord> = (0..3).map(|number| file(kimi, number)).collect();
    let key = files[0].candidate.provider_id.clone();
    let holders = async || store.object_holders(Path::Candidate, &key).await.unwrap();
    assert_eq!(holders().await, Holders::default());
    for file in &files {
        store.add_file(file, &[], None).await.unwrap();
    }
    store.set_file_side(&written(&files[0], Path::Candidate, SideState::Present), None, at(1)).await.unwrap();
    store.set_file_side(&written(&files[1], Path::Candidate, SideState::Absent), None, at(1)).await.unwrap();
    assert_eq!(holders().await, Holders { live: 2, sound: 1 });
    assert_eq!(store.file_at(Path::Candidate, &key).await.unwrap().unwrap().id, files[0].id);
    store.fail_object(Path::Candidate, &key, "spoilt", at(2)).await.unwrap();
    assert_eq!(holders().await, Holders { live: 2, sound: 0 });
    let both = [(Path::Candidate, TaskKind::Put, 0); 2];
    assert_eq!(tasks(&*store).await, both);
    for file in &files {
        store.delete_file(&file.id, at(3)).await.unwrap();
    }
    assert_eq!(holders().await, Holders::default());
    // It is still there, so that nobody takes it for a file without a record.
    assert!(store.file_at(Path::Candidate, &key).await.unwrap().is_some());
    assert!(store.file_at(Path::Legacy, &key).await.unwrap().is_none());
}

pub async fn a_file_that_lies_there_is_adopted_once<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let (first, mut second) = (file(kimi, 1), file(kimi, 2));
    second.legacy.provider_id.clone_from(&first.legacy.provider_id);
    assert!(store.adopt_file(&first, Path::Legacy).await.unwrap());
    assert!(!store.adopt_file(&second, Path::Legacy).await.unwrap());
    // Not even when it was deleted and is only still there.
    store.delete_file(&first.id, at(1)).await.unwrap();
    assert!(!store.adopt_file(&second, Path::Legacy).await.unwrap());
    store.set_file_side(&written(&first, Path::Legacy, SideState::Absent), None, at(2)).await.unwrap();
    assert!(store.adopt_file(&second, Path::Legacy).await.unwrap());
}

pub async fn tasks_come_when_they_are_due_and_of_candidates_that_do_not_wait<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, other) = (feature(&*store, "kimi").await, feature(&*store, "other").await);
    for (number, of) in [(1, kimi), (2, kimi), (3, other)] {
        let file = file(of, number);
        let due = i64::from(number) * 10;
        let both = Path::ALL.map(|side| task(&file, side, TaskKind::Put, due));
        store.add_file(&file, &both, None).await.unwrap();
    }
    let count = async |query: FileTaskQuery| store.file_tasks(&query).await.unwrap().len();
    let all = FileTaskQuery { limit: 100, ..FileTaskQuery::default() };
    assert_eq!(count(all.clone()).await, 6);
    assert_eq!(count(FileTaskQuery { due_by: Some(at(20)), ..all.clone() }).await, 4);
    assert_eq!(count(FileTaskQuery { feature: Some(other), ..all.clone() }).await, 2);
    assert_eq!(count(FileTaskQuery { without_candidate_of: vec![kimi], ..all.clone() }).await, 4);
    let first = store.file_tasks(&FileTaskQuery { limit: 1, ..all.clone() }).await.unwrap();
    assert_eq!(first, [task(&file(kimi, 1), Path::Candidate, TaskKind::Put, 10)]);
    // One that failed is put off, with the reason.
    let due =
        TaskWrite::Due { kind: TaskKind::Put, attempts: 1, next_at: at(99), last_error: Some("it is down".to_owned()) };
    let write = SideWrite { task: due, ..written(&file(kimi, 1), Path::Candidate, SideState::Pending) };
    store.set_file_side(&write, None, at(11)).await.unwrap();
    let last = store.file_tasks(&all).await.unwrap().pop().unwrap();
    assert_eq!((last.attempts, last.next_at, last.last_error.as_deref()), (1, at(99), Some("it is down")));
}

pub async fn a_backfill_is_kept_as_far_as_it_has_come<B: Backend>(mut backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let begun = Backfill::begun(at(0));
    let further =
        Backfill { state: BackfillState::Copying, copied: 7, last_id: Some(file(kimi, 7).id), ..begun.clone() };
    for progress in [&begun, &further] {
        store.set_file_backfill(kimi, progress).await.unwrap();
    }
    drop(store);
    backend.reopen().await;
    assert_eq!(backend.store().file_backfills().await.unwrap(), [(kimi, further)]);
}
