//! What is found in which facts, and what never is.

use proptest::prelude::*;

use super::*;
use crate::domain::feature::FeatureId;
use crate::domain::file::{FileId, FileSide, Metadata};
use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;

const HOUR: TimeDelta = TimeDelta::hours(1);

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn checksum(digit: &str) -> Checksum {
    Checksum::parse(&digit.repeat(64)).unwrap()
}

fn record(sha256: Option<&str>, legacy: SideState, candidate: SideState, age: TimeDelta) -> FileRecord {
    let side = |state| FileSide { provider: "folder".to_owned(), provider_id: "a".to_owned(), state };
    FileRecord {
        id: FileId("0199a1b2-0000-7000-8000-00000000000f".to_owned()),
        feature: FeatureId(1),
        original_name: FileName::parse("a.txt").unwrap(),
        mime_type: MimeType::parse("text/plain").unwrap(),
        size: 10,
        sha256: sha256.map(checksum),
        created_at: now() - age,
        metadata: Metadata::new(),
        legacy: side(legacy),
        candidate: side(candidate),
        deleted_at: None,
    }
}

fn side(task: Option<TaskKind>, seen: Seen) -> SideFacts {
    SideFacts { task, seen }
}

fn there(size: u64, digit: &str) -> Seen {
    Seen::There { size, sha256: Some(checksum(digit)) }
}

fn unread(size: u64) -> Seen {
    Seen::There { size, sha256: None }
}

/// What was found, as `kind side: repairs`.
fn told(found: &[Finding]) -> Vec<String> {
    let repairs = |it: &Finding| it.repairs.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(" ");
    let side = |it: &Finding| it.is.side.map_or("both", Path::as_str);
    found.iter().map(|it| format!("{} {}: {}", it.is.kind.as_str(), side(it), repairs(it))).collect()
}

#[test]
fn what_is_wrong_with_a_file_follows_from_its_record_and_what_the_sides_have() {
    use SideState::{Absent, Failed, Pending, Present};
    let put = Some(TaskKind::Put);
    let check =
        |sha256, legacy: (SideState, Option<TaskKind>, Seen), candidate: (SideState, _, Seen), expected: &[&str]| {
            let record = record(sha256, legacy.0, candidate.0, HOUR);
            let facts = Facts {
                record: &record,
                legacy: side(legacy.1, legacy.2),
                candidate: side(candidate.1, candidate.2),
                needed: Needed::WhereRecorded,
                now: now(),
            };
            assert_eq!(told(&examine(&facts)), expected, "{facts:?}");
        };
    let a = Some("a");
    let good = || (Present, None, there(10, "a"));
    let none = || (Absent, None, Seen::NotAsked);
    check(a, good(), good(), &[]);
    check(a, good(), none(), &[]);
    check(a, good(), (Pending, put, Seen::NotAsked), &[]);
    check(a, good(), (Failed, put, Seen::NotAsked), &[]);
    check(a, good(), (Present, None, there(10, "b")), &["checksum_mismatch candidate: copy"]);
    check(a, (Present, None, there(10, "b")), good(), &["checksum_mismatch legacy: copy"]);
    check(a, (Present, None, there(9, "b")), none(), &["checksum_mismatch legacy: keep_legacy delete_file"]);
    check(
        a,
        (Present, None, there(10, "b")),
        (Present, None, there(10, "c")),
        &["checksum_mismatch legacy: keep_legacy delete_file", "checksum_mismatch candidate: delete_file"],
    );
    check(a, good(), (Present, None, Seen::Missing), &["no_object candidate: copy"]);
    check(a, (Present, None, Seen::Missing), none(), &["no_object legacy: delete_file"]);
    check(a, (Present, None, Seen::Missing), (Present, None, unread(10)), &["no_object legacy: copy"]);
    check(a, (Present, None, unread(11)), (Present, None, unread(10)), &["checksum_mismatch legacy: copy"]);
    check(a, good(), (Pending, None, Seen::NotAsked), &["not_queued candidate: write_again"]);
    check(a, good(), (Failed, None, Seen::NotAsked), &["not_queued candidate: write_again"]);
    check(a, (Failed, None, Seen::NotAsked), none(), &["not_queued legacy: delete_file"]);
    check(a, (Present, None, Seen::Unreadable("no".into())), good(), &["unreadable legacy: copy"]);
    check(a, (Present, None, Seen::Unreadable("no".into())), none(), &["unreadable legacy: "]);
    check(None, good(), none(), &["no_checksum both: record_checksum"]);
    check(None, (Present, None, unread(10)), none(), &["no_checksum both: record_checksum"]);
    check(None, (Present, None, Seen::Missing), none(), &["no_object legacy: delete_file", "no_checksum both: "]);
    check(
        None,
        good(),
        (Present, None, there(10, "b")),
        &["sides_differ both: keep_legacy keep_candidate", "no_checksum both: "],
    );
}

#[test]
fn a_candidate_that_serves_everyone_has_to_have_every_file() {
    let record = record(Some("a"), SideState::Present, SideState::Absent, HOUR);
    let facts = |needed, task| Facts {
        record: &record,
        legacy: side(None, there(10, "a")),
        candidate: side(task, Seen::NotAsked),
        needed,
        now: now(),
    };
    assert_eq!(told(&examine(&facts(Needed::WhereRecorded, None))), Vec::<String>::new());
    assert_eq!(told(&examine(&facts(Needed::OnCandidate, None))), ["not_queued candidate: write_again"]);
    assert_eq!(told(&examine(&facts(Needed::OnCandidate, Some(TaskKind::Put)))), Vec::<String>::new());
}

#[test]
fn what_is_new_may_be_in_the_middle_of_being_written() {
    let states = (SideState::Present, SideState::Pending);
    for (age, expected) in [(GRACE - TimeDelta::seconds(1), 0), (GRACE, 2)] {
        let record = record(None, states.0, states.1, age);
        let facts = Facts {
            record: &record,
            legacy: side(None, unread(10)),
            candidate: side(None, Seen::NotAsked),
            needed: Needed::OnCandidate,
            now: now(),
        };
        assert_eq!(examine(&facts).len(), expected, "{age}");
        let orphan = |at| examine_object(Path::Candidate, "a", 1, at, ObjectOwner::Nobody, now());
        assert_eq!(orphan(Some(now() - age)).is_some(), expected > 0, "{age}");
    }
}

#[test]
fn an_object_is_removed_by_default_only_where_nobody_else_keeps_things() {
    for (side, owner, expected) in [
        (Path::Legacy, ObjectOwner::Known, None),
        (Path::Candidate, ObjectOwner::Known, None),
        (Path::Legacy, ObjectOwner::Nobody, Some("no_record legacy: adopt")),
        (Path::Candidate, ObjectOwner::Nobody, Some("no_record candidate: adopt remove_object")),
        (Path::Legacy, ObjectOwner::Deleted, Some("no_record legacy: remove_object")),
        (Path::Candidate, ObjectOwner::Deleted, Some("no_record candidate: remove_object")),
    ] {
        let found = examine_object(side, "a", 1, None, owner, now());
        assert_eq!(told(found.as_slice()).first().map(String::as_str), expected, "{side:?} {owner:?}");
    }
}

fn any_seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        Just(Seen::Missing),
        (9..=11_u64, prop::option::of("[ab]"))
            .prop_map(|(size, digit)| Seen::There { size, sha256: digit.map(|it| checksum(&it)) }),
        Just(Seen::Unreadable("no".to_owned())),
    ]
}

fn any_side() -> impl Strategy<Value = (SideState, SideFacts)> {
    (prop::sample::select(&SideState::ALL[..]), any::<bool>(), any_seen()).prop_map(|(state, queued, seen)| {
        let seen = if state == SideState::Present { seen } else { Seen::NotAsked };
        (state, side(queued.then_some(TaskKind::Put), seen))
    })
}

proptest! {
    #[test]
    fn a_side_that_is_queued_is_let_be_and_good_content_is_never_thrown_away(
        legacy in any_side(), candidate in any_side(), sha256 in prop::option::of(Just("a")),
        on_candidate: bool, minutes in 0..60_i64,
    ) {
        let record = record(sha256, legacy.0, candidate.0, TimeDelta::minutes(minutes));
        let facts = Facts {
            record: &record,
            legacy: legacy.1,
            candidate: candidate.1,
            needed: if on_candidate { Needed::OnCandidate } else { Needed::WhereRecorded },
            now: now(),
        };
        let found = examine(&facts);

        let mut identities: Vec<_> = found.iter().map(|it| &it.is).collect();
        identities.sort();
        identities.dedup();
        prop_assert_eq!(identities.len(), found.len());

        let is_good = |side| facts.worth(side) == Worth::Verified;
        for it in &found {
            if let Some(side) = it.is.side {
                prop_assert!(facts.side(side).task.is_none());
                // A side as its record says has nothing that is wrong.
                prop_assert!(!is_good(side));
            }
            if Path::ALL.into_iter().any(is_good) {
                prop_assert!(!it.repairs.iter().any(|repair| repair.removes()), "{:?}", it);
            }
        }
        let settled = |side: Path| facts.side(side).task.is_some() || is_good(side);
        if Path::ALL.into_iter().all(settled) && record.sha256.is_some() {
            prop_assert!(found.is_empty(), "{:?}", found);
        }
    }
}
