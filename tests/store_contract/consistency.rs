//! Checks of files and what they found.

use crossfade::domain::consistency::check::{Check, CheckId, CheckMode, CheckState, Looked};
use crossfade::domain::consistency::examine::ObjectOwner;
use crossfade::domain::consistency::{Closed, Finding, FindingId, FindingKind, Identity, Repair, Subject};
use crossfade::domain::feature::FeatureId;
use crossfade::domain::file::{Checksum, FileId, FileRecord, FileSide, FileTask, Metadata, SideState, TaskKind};
use crossfade::domain::file_name::FileName;
use crossfade::domain::mime_type::MimeType;
use crossfade::domain::path::Path;
use crossfade::domain::retention::{Retention, SETTLED};
use crossfade::domain::text::Actor;
use crossfade::server::store::retention::Expiring;
use crossfade::server::store::{
    CommitError, Effect, FileListQuery, FileTaskQuery, FileTotals, FindingQuery, Holding, Mending, OpenFindings,
    QueueLength, Sharing, SideTotals, SideWrite, Store, TaskWrite, Write,
};

use crate::backend::Backend;
use crate::decided::{actor, change, draft, kimi};
use crate::sample::{at, feature};

/// A file of `feature` with these states on legacy and the candidate; its objects are called `{number}` and `c{number}`.
fn record(number: u8, feature: FeatureId, states: [SideState; 2]) -> FileRecord {
    let side = |key: String, state| FileSide { provider: "folder".to_owned(), provider_id: key, state };
    FileRecord {
        id: FileId(format!("0199a1b2-0000-7000-8000-0000000000{number:02x}")),
        feature,
        original_name: FileName::parse("a.txt").unwrap(),
        mime_type: MimeType::parse("text/plain").unwrap(),
        size: 10,
        sha256: None,
        created_at: at(0),
        metadata: Metadata::new(),
        legacy: side(number.to_string(), states[0]),
        candidate: side(format!("c{number}"), states[1]),
        deleted_at: None,
    }
}

fn finding(kind: FindingKind, side: Option<Path>, subject: Subject, feature: Option<FeatureId>) -> Finding {
    let is = Identity { kind, side, subject };
    Finding { is, feature, detail: "it is so".to_owned(), repairs: vec![Repair::Adopt, Repair::RemoveObject] }
}

fn object(key: &str) -> Finding {
    finding(FindingKind::NoRecord, Some(Path::Candidate), Subject::Object(key.to_owned()), None)
}

const SOME: Looked = Looked { records: 1, objects: 2, bytes: 3, found: 4 };

/// A check that found this and is complete.
pub async fn checked(store: &dyn Store, mode: CheckMode, found: &[Finding], seconds: i64) -> CheckId {
    store.ask_check(mode, &Actor::system(), at(seconds)).await.unwrap();
    let check = store.begin_check(at(seconds)).await.unwrap().unwrap();
    store.keep_findings(check.id, found, at(seconds)).await.unwrap();
    assert!(store.end_check(check.id, &SOME, &CheckState::Complete { at: at(seconds) }).await.unwrap());
    check.id
}

fn open() -> FindingQuery {
    FindingQuery { closed: Some(false), limit: 10, ..FindingQuery::default() }
}

pub async fn one_check_is_open_at_a_time_and_ends_as_it_did<B: Backend>(mut backend: B) {
    let store = backend.store();
    assert_eq!(store.begin_check(at(0)).await.unwrap(), None);
    let (asked, is_new) = store.ask_check(CheckMode::Quick, &actor("user:ada"), at(1)).await.unwrap();
    assert!(is_new && asked.state == CheckState::Waiting && asked.asked_by == actor("user:ada"));
    assert_eq!(store.ask_check(CheckMode::Full, &Actor::system(), at(2)).await.unwrap(), (asked.clone(), false));
    let running = store.begin_check(at(3)).await.unwrap().unwrap();
    assert_eq!(running, Check { started_at: Some(at(3)), state: CheckState::Running, ..asked.clone() });
    assert_eq!(store.begin_check(at(4)).await.unwrap(), None);
    assert!(store.note_check(asked.id, &SOME, at(4)).await.unwrap());
    assert_eq!(store.checks(10).await.unwrap(), [Check { looked: SOME, ..running.clone() }]);

    let failed = CheckState::Failed { at: at(5), error: "the storage is full".to_owned() };
    assert!(store.end_check(asked.id, &SOME, &failed).await.unwrap());
    assert!(!store.end_check(asked.id, &SOME, &failed).await.unwrap());
    assert!(!store.note_check(asked.id, &SOME, at(6)).await.unwrap());

    // Only one that read everything counts as the last that did.
    checked(&*store, CheckMode::Quick, &[], 7).await;
    assert_eq!(store.last_full_check().await.unwrap(), None);
    let full = checked(&*store, CheckMode::Full, &[], 8).await;
    backend.reopen().await;
    let store = backend.store();
    assert_eq!(store.last_full_check().await.unwrap().unwrap().id, full);
    let checks = store.checks(2).await.unwrap();
    assert_eq!(checks[0].state, CheckState::Complete { at: at(8) });
    assert_eq!(store.checks(10).await.unwrap()[2], Check { state: failed, looked: SOME, ..running });
}

pub async fn a_check_that_nobody_runs_any_more_is_interrupted<B: Backend>(backend: B) {
    let store = backend.store();
    assert!(!store.interrupt_check(None, at(0)).await.unwrap());
    store.ask_check(CheckMode::Full, &Actor::system(), at(1)).await.unwrap();
    assert!(!store.interrupt_check(None, at(1)).await.unwrap(), "one that waits is not interrupted");
    let check = store.begin_check(at(2)).await.unwrap().unwrap();
    store.note_check(check.id, &SOME, at(10)).await.unwrap();
    assert!(!store.interrupt_check(Some(at(10)), at(20)).await.unwrap());
    assert!(store.interrupt_check(Some(at(11)), at(20)).await.unwrap());
    assert_eq!(store.checks(1).await.unwrap()[0].state, CheckState::Interrupted { at: at(20) });
    store.ask_check(CheckMode::Full, &Actor::system(), at(21)).await.unwrap();
    store.begin_check(at(22)).await.unwrap();
    assert!(store.interrupt_check(None, at(23)).await.unwrap());
    assert!(store.ask_check(CheckMode::Full, &Actor::system(), at(24)).await.unwrap().1);
}

pub async fn a_finding_stays_the_same_until_it_is_gone<B: Backend>(mut backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await.feature.id;
    let id = record(1, kimi, [SideState::Present; 2]).id;
    let mismatch = finding(FindingKind::ChecksumMismatch, Some(Path::Legacy), Subject::File(id.clone()), Some(kimi));
    let no_checksum = finding(FindingKind::NoChecksum, None, Subject::File(id), Some(kimi));
    let all = [mismatch.clone(), no_checksum.clone(), object("a"), object("b")];
    let first = checked(&*store, CheckMode::Full, &all, 1).await;
    let found = store.findings(&open()).await.unwrap();
    assert_eq!(found.iter().rev().map(|it| it.finding.clone()).collect::<Vec<_>>(), all);
    assert!(found.iter().all(|it| it.found_at == at(1) && it.last_check == first && it.closed.is_none()));

    // Seen again with other words, it is the same, and as old.
    let now = Finding { detail: "it is still so".to_owned(), repairs: vec![Repair::Adopt], ..object("a") };
    let second = checked(&*store, CheckMode::Quick, std::slice::from_ref(&now), 2).await;
    let still = store.findings(&open()).await.unwrap();
    assert_eq!(still.len(), 2, "what a quick look does not see is left alone: {still:?}");
    assert_eq!((&still[0].finding, still[0].found_at, still[0].last_check), (&now, at(1), second));
    assert_eq!(still[1].finding, mismatch);

    checked(&*store, CheckMode::Full, &[object("b")], 3).await;
    backend.reopen().await;
    let store = backend.store();
    let present = store.findings(&open()).await.unwrap();
    assert_eq!(present.len(), 1);
    assert_ne!(present[0].id, found[0].id, "found after it was closed, it is another");
    let closed = FindingQuery { closed: Some(true), ..open() };
    let gone: Vec<_> = store.findings(&closed).await.unwrap().into_iter().map(|it| (it.id, it.closed)).collect();
    let expected = [(found[0].id, 2), (found[1].id, 3), (found[2].id, 2), (found[3].id, 3)];
    assert_eq!(gone, expected.map(|(id, seconds)| (id, Some(Closed::Gone { at: at(seconds) }))));
}

pub async fn what_is_mended_goes_and_what_a_gate_asks_for_stays<B: Backend>(backend: B) {
    let store = backend.store();
    let quick = checked(&*store, CheckMode::Quick, &[], 1).await;
    let first = checked(&*store, CheckMode::Full, &[object("a"), object("b")], 2).await;
    // `b` is gone by then, and `a` is not.
    let full = checked(&*store, CheckMode::Full, &[object("a")], 3).await;
    let later = checked(&*store, CheckMode::Full, &[object("a")], 100).await;
    let remove = async |now| {
        let mut rows = 0;
        loop {
            let removed = store.remove_expired(Expiring::Findings, Retention::default(), now, 1).await.unwrap();
            if removed.rows == 0 {
                return rows;
            }
            rows += removed.rows;
        }
    };
    let checks = async || -> Vec<CheckId> { store.checks(10).await.unwrap().into_iter().map(|it| it.id).collect() };
    let all = FindingQuery { limit: 10, ..FindingQuery::default() };
    let findings = async || store.findings(&all).await.unwrap().len();
    assert_eq!((remove(at(1) + SETTLED).await, findings().await), (0, 2));
    assert_eq!(checks().await, [later, full, first, quick]);
    assert_eq!(remove(at(4) + SETTLED).await, 3, "`b` and two checks");
    assert_eq!((checks().await, findings().await), (vec![later, quick], 1));
    assert_eq!(remove(at(999) + SETTLED).await, 0, "the last of each kind, and what is not mended");
}

pub async fn findings_are_found_by_each_part_of_the_question<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await.feature.id;
    let other = feature(&*store, "other").await;
    let file = |number, feature| {
        let subject = Subject::File(record(number, feature, [SideState::Present; 2]).id);
        finding(FindingKind::NoChecksum, None, subject, Some(feature))
    };
    checked(&*store, CheckMode::Full, &[file(1, kimi), file(2, other), object("a")], 1).await;
    let numbers = async |query: FindingQuery| -> Vec<i64> {
        store.findings(&query).await.unwrap().into_iter().map(|it| it.id.0).collect()
    };
    let [c, b, a] = numbers(open()).await[..] else { panic!("three findings") };
    store.close_gone(FindingId(b), at(2)).await.unwrap();
    let all = FindingQuery { closed: None, ..open() };
    for (query, expected) in [
        (all.clone(), &[c, b, a][..]),
        (open(), &[c, a]),
        (FindingQuery { closed: Some(true), ..all.clone() }, &[b]),
        (FindingQuery { kind: Some(FindingKind::NoRecord), ..all.clone() }, &[c]),
        (FindingQuery { feature: Some(other), ..all.clone() }, &[b]),
        (FindingQuery { file: Some(record(1, kimi, [SideState::Present; 2]).id), ..all.clone() }, &[a]),
        (FindingQuery { before: Some(FindingId(c)), limit: 1, ..all.clone() }, &[b]),
    ] {
        assert_eq!(numbers(query.clone()).await, expected, "{query:?}");
    }
    let count = |kind, feature| OpenFindings { kind, feature, count: 1 };
    assert_eq!(
        store.open_findings().await.unwrap(),
        [count(FindingKind::NoChecksum, Some(kimi)), count(FindingKind::NoRecord, None)]
    );
    assert_eq!(store.finding(FindingId(987)).await.unwrap(), None);
    store.note_failed_repair(FindingId(a), "the storage is full").await.unwrap();
    assert_eq!(store.finding(FindingId(a)).await.unwrap().unwrap().last_error.as_deref(), Some("the storage is full"));
}

pub async fn mending_writes_the_record_and_closes_the_finding_or_does_nothing<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await.feature.id;
    let file = record(1, kimi, [SideState::Present, SideState::Pending]);
    store.add_file(&file, &[], None).await.unwrap();
    let found = finding(FindingKind::NoChecksum, None, Subject::File(file.id.clone()), Some(kimi));
    checked(&*store, CheckMode::Full, &[found], 1).await;
    let id = store.findings(&open()).await.unwrap()[0].id;
    let closed = Closed::Repaired { at: at(2), by: actor("user:ada"), repair: Repair::RecordChecksum };
    let mend = |effects| {
        let mending = Box::new(Mending { finding: id, closed: closed.clone(), effects });
        change(2, vec![Write::Mend(mending)], vec![draft("file.repaired")])
    };
    let mut now = FileRecord { sha256: Some(Checksum::of_digest([7; 32])), size: 11, ..file.clone() };
    now.candidate.state = SideState::Failed;
    let record = |expected: &FileRecord| {
        vec![
            Effect::Record { expected: Box::new(expected.clone()), now: Box::new(now.clone()) },
            Effect::Task { file: file.id.clone(), side: Path::Candidate, kind: Some(TaskKind::Put), at: at(3) },
        ]
    };
    // It was changed since it was looked at.
    let stale = store.commit(&mend(record(&FileRecord { size: 12, ..file.clone() }))).await;
    assert!(matches!(stale, Err(CommitError::Stale { .. })), "{stale:?}");
    assert_eq!(store.finding(id).await.unwrap().unwrap().closed, None);
    assert_eq!(store.file(&file.id).await.unwrap().unwrap(), file);

    store.commit(&mend(record(&file))).await.unwrap();
    assert_eq!(store.finding(id).await.unwrap().unwrap().closed, Some(closed.clone()));
    assert_eq!(store.file(&file.id).await.unwrap().unwrap(), now);
    let task = FileTask {
        file: file.id.clone(),
        feature: kimi,
        side: Path::Candidate,
        kind: TaskKind::Put,
        attempts: 0,
        next_at: at(3),
        last_error: None,
    };
    assert_eq!(store.tasks_of(std::slice::from_ref(&file.id)).await.unwrap(), [task]);

    let again = store.commit(&mend(Vec::new())).await;
    assert!(matches!(again, Err(CommitError::Stale { .. })), "{again:?}");
}

pub async fn mending_adopts_deletes_and_queues<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await.feature.id;
    let file = record(1, kimi, [SideState::Present, SideState::Absent]);
    store.add_file(&file, &[], None).await.unwrap();
    checked(&*store, CheckMode::Full, &[object("a"), object("b"), object("c")], 1).await;
    let [c, b, a] = &store.findings(&open()).await.unwrap()[..] else { panic!("three findings") };
    let mend = async |id, effect| {
        let closed = Closed::Repaired { at: at(2), by: actor("user:ada"), repair: Repair::Adopt };
        let mending = Mending { finding: id, closed, effects: vec![effect] };
        store.commit(&change(2, vec![Write::Mend(Box::new(mending))], vec![])).await
    };
    let known = Box::new(FileRecord { id: record(2, kimi, [SideState::Present; 2]).id, ..file.clone() });
    let stale = mend(a.id, Effect::Adopted { file: known, side: Path::Legacy }).await;
    assert!(matches!(stale, Err(CommitError::Stale { .. })), "a record knows of it: {stale:?}");
    let adopted = Box::new(record(3, kimi, [SideState::Present, SideState::Absent]));
    mend(a.id, Effect::Adopted { file: adopted.clone(), side: Path::Legacy }).await.unwrap();
    assert_eq!(store.file(&adopted.id).await.unwrap().as_ref(), Some(&*adopted));

    let task = |kind| Effect::Task { file: adopted.id.clone(), side: Path::Candidate, kind, at: at(2) };
    let queued = async || {
        let tasks = store.file_tasks(&FileTaskQuery { limit: 10, ..FileTaskQuery::default() }).await.unwrap();
        tasks.into_iter().map(|task| (task.file, task.side, task.kind)).collect::<Vec<_>>()
    };
    mend(b.id, task(Some(TaskKind::Put))).await.unwrap();
    assert_eq!(queued().await, [(adopted.id.clone(), Path::Candidate, TaskKind::Put)]);
    mend(c.id, Effect::Deleted { expected: Box::new(file.clone()) }).await.unwrap();
    assert_eq!(store.file(&file.id).await.unwrap().unwrap().deleted_at, Some(at(2)));
    assert!(queued().await.contains(&(file.id, Path::Legacy, TaskKind::Delete)));
}

pub async fn an_object_is_known_of_deleted_or_nobodys<B: Backend>(backend: B) {
    use ObjectOwner::{Deleted, Known, Nobody};
    let store = backend.store();
    let kimi = kimi(&*store).await.feature.id;
    let add = async |number, states| {
        let file = record(number, kimi, states);
        store.add_file(&file, &[], None).await.unwrap();
        file
    };
    let owners = async |keys: &[&str]| {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        store.object_owners(Path::Legacy, &keys).await.unwrap()
    };
    add(1, [SideState::Present, SideState::Absent]).await;
    add(2, [SideState::Absent, SideState::Present]).await;
    let deleted = add(3, [SideState::Present, SideState::Absent]).await;
    store.delete_file(&deleted.id, at(1)).await.unwrap();
    assert_eq!(owners(&["4", "3", "2", "1"]).await, [Nobody, Known, Nobody, Known]);
    let now = FileSide { state: SideState::Absent, ..deleted.legacy.clone() };
    let done = SideWrite { file: deleted.id, side: Path::Legacy, now, task: TaskWrite::Done };
    store.set_file_side(&done, None, at(2)).await.unwrap();
    assert_eq!(owners(&["3", "1"]).await, [Deleted, Known]);
    assert_eq!(owners(&[]).await, []);
}

pub async fn files_are_summed_and_listed_newest_first<B: Backend>(backend: B) {
    use SideState::{Absent, Failed, Pending, Present};
    let store = backend.store();
    let kimi = kimi(&*store).await.feature.id;
    assert_eq!(store.file_totals().await.unwrap(), []);
    assert_eq!(store.file_sharing().await.unwrap(), Sharing::default());
    for (number, name, states) in [
        (1, "Report.txt", [Present, Present]),
        (2, "b%_.txt", [Present, Failed]),
        (3, "c", [Absent, Present]),
        (4, "d", [Present, Pending]),
    ] {
        let mut file = FileRecord { original_name: FileName::parse(name).unwrap(), ..record(number, kimi, states) };
        "shared".clone_into(&mut file.candidate.provider_id);
        store.add_file(&file, &[], None).await.unwrap();
    }
    store.delete_file(&record(4, kimi, [Present; 2]).id, at(1)).await.unwrap();
    let side = |files, behind| SideTotals { files, bytes: files * 10, behind };
    let totals = FileTotals { feature: kimi, files: 3, bytes: 30, legacy: side(2, 0), candidate: side(2, 1) };
    assert_eq!(store.file_totals().await.unwrap(), [totals]);
    assert_eq!(store.file_sharing().await.unwrap(), Sharing { file_bytes: 20, objects: 1, object_bytes: 10 });

    let all = FileListQuery { limit: 10, ..FileListQuery::default() };
    let second = record(2, kimi, [Present; 2]).id;
    for (query, expected) in [
        (all.clone(), &["c", "b%_.txt", "Report.txt"][..]),
        (FileListQuery { name: "rEPORT".to_owned(), ..all.clone() }, &["Report.txt"]),
        (FileListQuery { name: "%".to_owned(), ..all.clone() }, &["b%_.txt"]),
        (FileListQuery { feature: Some(FeatureId(987)), ..all.clone() }, &[]),
        (FileListQuery { side: Some((Path::Legacy, Holding::Has)), ..all.clone() }, &["b%_.txt", "Report.txt"]),
        (FileListQuery { side: Some((Path::Candidate, Holding::Lacks)), ..all.clone() }, &["b%_.txt"]),
        (FileListQuery { before: Some(second), limit: 1, ..all.clone() }, &["Report.txt"]),
    ] {
        let files = store.file_list(&query).await.unwrap();
        let names: Vec<&str> = files.iter().map(|file| file.original_name.as_str()).collect();
        assert_eq!(names, expected, "{query:?}");
    }
    // Two tasks to remove the deleted file.
    let length = QueueLength { tasks: 2, failing: 0, due_since: Some(at(1)) };
    assert_eq!(store.queue_length().await.unwrap(), length);
    assert_eq!(store.hasten_tasks(at(1)).await.unwrap(), 0);
    assert_eq!(store.hasten_tasks(at(0)).await.unwrap(), 2);
    assert_eq!(store.queue_length().await.unwrap().due_since, Some(at(0)));
}
