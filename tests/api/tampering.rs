//! Packs that somebody changed: whatever it was is found and named, also where every digest was written anew.

use crossfade::domain::audit::Line;
use crossfade::domain::digest::{canonical_sha256, sha256};
use crossfade::domain::evidence_pack::{Files, NotAPack, Outcome, file, verify};
use serde_json::{Value, json};

use crate::evidence::{document, pack};
use crate::story::Story;

/// Changes a document of the pack.
fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut Value)) {
    let mut value = document(files, name);
    change(&mut value);
    files.insert(name.to_owned(), serde_json::to_vec_pretty(&value).unwrap());
}

/// Changes the lines of the audit part.
fn edit_audit(files: &mut Files, change: impl FnOnce(&mut Vec<Line>)) {
    let text = String::from_utf8(files[file::AUDIT].clone()).unwrap();
    let mut lines: Vec<Line> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    change(&mut lines);
    let text: String = lines.iter().map(Line::to_text).collect();
    files.insert(file::AUDIT.to_owned(), text.into_bytes());
    edit(files, file::MANIFEST, |manifest| manifest["audit"]["events"] = lines.len().into());
}

/// Writes the digests of the manifest anew.
fn reseal(files: &mut Files) {
    let digests: serde_json::Map<String, Value> = files
        .iter()
        .filter(|(name, _)| name.as_str() != file::MANIFEST)
        .map(|(name, bytes)| (name.clone(), sha256(bytes).into()))
        .collect();
    edit(files, file::MANIFEST, |manifest| manifest["files"] = digests.into());
}

/// Everything that contradicts the pack, as `about: found`.
fn contradicted(files: &Files) -> Vec<String> {
    let verdict = verify(files).unwrap();
    let found = verdict.checks.into_iter().filter(|check| check.outcome == Outcome::Contradicted);
    found.map(|check| format!("{}: {}", check.about, check.found)).collect()
}

/// A change of one document, made by somebody who writes the digests anew, must be found with these words.
fn check(whole: &Files, name: &str, change: impl FnOnce(&mut Value), expected: &str) {
    let mut files = whole.clone();
    edit(&mut files, name, change);
    if name != file::MANIFEST {
        let naive = contradicted(&files);
        let digest = format!("files: {name} does not have the digest that the manifest tells");
        assert!(naive.contains(&digest), "{name}: {naive:?}");
    }
    reseal(&mut files);
    let found = contradicted(&files);
    assert!(found.iter().any(|it| it.contains(expected)), "{name}: {found:#?} where {expected:?} was expected");
    assert!(!found.iter().any(|it| it.starts_with("files:")), "{name}: {found:?}");
}

fn check_audit(whole: &Files, change: impl FnOnce(&mut Vec<Line>), expected: &str) {
    let mut files = whole.clone();
    edit_audit(&mut files, change);
    reseal(&mut files);
    let found = contradicted(&files);
    assert!(found.iter().any(|it| it.contains(expected)), "{found:#?} where {expected:?} was expected");
}

#[tokio::test]
async fn what_was_changed_in_a_present_gate_is_found() {
    let story = Story::told().await;
    let whole = pack(&story.app, "").await;
    assert_eq!(contradicted(&whole), [""; 0]);
    let one_less = |value: &mut Value| *value = (value.as_u64().unwrap() - 1).into();

    check(&whole, file::EVIDENCE, |it| one_less(&mut it["candidate"]["errors"]), "evidence: candidate has 41 requests");
    let fewer = |it: &mut Value| {
        one_less(&mut it["candidate"]["errors"]);
        one_less(&mut it["candidate"]["requests"]);
    };
    check(&whole, file::EVIDENCE, fewer, "evidence: candidate has 41 latencies of 40 requests");
    let swapped = |it: &mut Value| {
        it["candidate"]["errors"] = 0.into();
        it["candidate"]["ok"] = 41.into();
    };
    check(&whole, file::EVIDENCE, swapped, "series: candidate errors: 1 in the series, 0 in the evidence");
    check(&whole, file::EVIDENCE, swapped, "verdict: the report is not of this evidence");
    let absurd = |it: &mut Value| it["shadow"]["matches"] = u64::MAX.into();
    check(&whole, file::EVIDENCE, absurd, "evidence: has counts of comparisons");
    check(&whole, file::EVIDENCE, |it| it["note"] = "x".into(), "documents: evidence.json: says more than is checked");
    check(&whole, file::EVIDENCE, |it| it["legacy"]["latency"] = "AAAA".into(), "documents: evidence.json: cannot be");

    check(&whole, file::REPORT, |it| it["verdict"] = "passed".into(), "verdict: the report says passed");
    let judged = |it: &mut Value| it["criteria"][0]["verdict"] = "passed".into();
    check(&whole, file::REPORT, judged, "verdict: error_rate: the report says passed; judged anew");
    check(&whole, file::REPORT, |it| drop(it["criteria"].as_array_mut().unwrap().remove(0)), "leaves out error_rate");

    check(
        &whole,
        file::POLICY,
        |it| it["policy"]["stages"][1]["criteria"][0]["limit"] = 0.5.into(),
        "policy: its stage",
    );
    check(&whole, file::POLICY, |it| it["version"] = 7.into(), "policy: it is version 7");

    let first = |it: &mut Value| one_less(&mut it["observations"][0]["ok"]);
    check(&whole, file::SERIES, first, "series: ");
    let before = |it: &mut Value| it["before_entry"]["candidate"]["errors"] = 1.into();
    check(&whole, file::SERIES, before, "series: candidate errors: 0 in the series");
    let latency = |it: &mut Value| {
        let other = it["observations"][0]["latency"].clone();
        it["observations"].as_array_mut().unwrap().iter_mut().for_each(|point| point["latency"] = other.clone());
    };
    check(&whole, file::SERIES, latency, "latencies");

    check(&whole, file::SIGN_OFFS, |it| it[0]["comment"] = "fine".into(), "tells of it otherwise");
    check(&whole, file::SIGN_OFFS, |it| it[0]["decision"] = "approved".into(), "tells of it otherwise");
    check(&whole, file::SIGN_OFFS, |it| it[0]["reviewer"] = "user:eve".into(), "tells of it otherwise");
    check(&whole, file::SIGN_OFFS, |it| it[0]["id"] = "other".into(), "no event tells of it");
    check(&whole, file::SIGN_OFFS, |it| *it = json!([]), "that is not here");
    let report = |it: &mut Value| {
        it[0]["report"]["verdict"] = "failed".into();
        it[0]["report_digest"] = canonical_sha256(&it[0]["report"]).unwrap().into();
    };
    check(&whole, file::SIGN_OFFS, report, "sign-offs: rejected by user:manager: the report says failed");
    check(&whole, file::SIGN_OFFS, report, "tells of it otherwise");
    let digest = |it: &mut Value| it[0]["report_digest"] = sha256(b"").into();
    check(&whole, file::SIGN_OFFS, digest, "does not have the digest beside it");

    check(&whole, file::MANIFEST, |it| it["of"]["stage"] = "10%".into(), "subject: the evidence is not of");
    check(&whole, file::MANIFEST, |it| it["of"]["as_of"] = "2026-01-06T00:00:00Z".into(), "subject: ");
    check(&whole, file::MANIFEST, |it| it["audit"]["head"]["seq"] = 1.into(), "audit chain: event 2: it comes after");
    let partial = |it: &mut Value| it["series"] = json!({"extent": "partial", "because": "so"});
    let mut claimed = whole.clone();
    edit(&mut claimed, file::MANIFEST, partial);
    check(&claimed, file::SERIES, first, "series: ");
}

#[tokio::test]
async fn what_was_changed_in_the_audit_part_is_found() {
    let story = Story::told().await;
    let whole = pack(&story.app, "").await;
    let byte = |lines: &mut Vec<Line>| lines[0].body = lines[0].body.replace("user:manager", "user:mallory");
    check_audit(&whole, byte, "its text does not have the hash");
    let rehashed = |lines: &mut Vec<Line>| {
        lines[1].body = lines[1].body.replace("on we go", "on I go");
        lines[1].hash = sha256(lines[1].body.as_bytes());
    };
    check_audit(&whole, rehashed, "it does not follow the event before");
    check_audit(&whole, |lines| drop(lines.pop()), "it is missing; the chain is recorded to end");
    check_audit(&whole, Vec::clear, "it is missing");
    check_audit(&whole, |lines| lines[0].seq += 1, "taken by event");
    check_audit(&whole, |lines| lines[0].seq = i64::MIN, "audit chain: ");
    let shadow = pack(&story.app, &format!("?change={}", story.advance)).await;
    check_audit(&shadow, |lines| drop(lines.remove(2)), "taken by event");
    let mut files = whole.clone();
    files.insert(file::AUDIT.to_owned(), b"{}\n".to_vec());
    reseal(&mut files);
    let found = contradicted(&files);
    assert!(found.iter().any(|it| it.starts_with("documents: audit.ndjson: line 1: cannot be read")), "{found:?}");
}

#[tokio::test]
async fn what_was_changed_in_a_frozen_gate_is_found() {
    let story = Story::told().await;
    let whole = pack(&story.app, &format!("?change={}", story.advance)).await;
    assert_eq!(contradicted(&whole), [""; 0]);
    let reason = |it: &mut Value| it["of"]["change"]["reason"] = "because".into();
    check(&whole, file::MANIFEST, reason, "audit events: no event tells of rollout change");
    let past = |it: &mut Value| it["of"]["change"]["overridden"] = json!(["nothing"]);
    check(&whole, file::MANIFEST, past, "audit events: no event tells of rollout change");
    // All of it made anew but the chain: the report is another than the one that the event tells of.
    let mut files = whole.clone();
    edit(&mut files, file::EVIDENCE, |it| it["shadow"]["matches"] = 10_000.into());
    let evidence: crossfade::domain::evidence::Evidence = serde_json::from_slice(&files[file::EVIDENCE]).unwrap();
    let report = crossfade::domain::gate::judge(&evidence);
    files.insert(file::REPORT.to_owned(), serde_json::to_vec(&report).unwrap());
    edit(&mut files, file::MANIFEST, |it| it["series"] = json!({"extent": "partial", "because": "so"}));
    reseal(&mut files);
    let found = contradicted(&files);
    assert!(found.iter().any(|it| it.contains("no event tells of rollout change")), "{found:?}");

    let whole = pack(&story.app, &format!("?sign_off={}", story.approval)).await;
    let other = |it: &mut Value| it["of"]["id"] = "other".into();
    check(&whole, file::MANIFEST, other, "sign-off other, of which the pack is, is not in it");
}

#[tokio::test]
async fn files_that_are_missing_or_too_many_are_named() {
    let story = Story::told().await;
    let whole = pack(&story.app, "").await;
    for name in file::ALL.into_iter().filter(|name| *name != file::MANIFEST) {
        let mut files = whole.clone();
        files.remove(name);
        for _ in 0..2 {
            let found = contradicted(&files);
            assert!(found.contains(&format!("files: {name} is missing")), "{found:?}");
            reseal(&mut files);
        }
    }
    for name in ["../../etc/passwd", "/etc/passwd", "C:\\evil", "notes.txt", "manifest.json\0"] {
        let mut files = whole.clone();
        files.insert(name.to_owned(), b"x".to_vec());
        for _ in 0..2 {
            let found = contradicted(&files);
            assert!(found.contains(&format!("files: {name:?} is no file of a pack")), "{found:?}");
            reseal(&mut files);
        }
    }
    let mut files = whole.clone();
    edit(&mut files, file::MANIFEST, |it| drop(it["files"].as_object_mut().unwrap().remove(file::REPORT)));
    assert_eq!(contradicted(&files), ["files: the manifest does not tell of report.json"]);
    let mut files = whole;
    files.insert(file::SERIES_TABLE.to_owned(), b"start\n".to_vec());
    reseal(&mut files);
    assert_eq!(contradicted(&files), ["series: series.csv is not the table of series.json"]);
}

#[tokio::test]
async fn what_is_no_pack_is_not_called_contradicted() {
    let story = Story::told().await;
    let whole = pack(&story.app, "").await;
    let mut files = whole.clone();
    files.remove(file::MANIFEST);
    assert_eq!(verify(&files), Err(NotAPack::NoManifest));
    for (manifest, expected) in [
        (json!({"format": "other"}), NotAPack::Format("other".to_owned())),
        (json!({}), NotAPack::Format(String::new())),
        (json!({"format": "crossfade-evidence", "format_version": 2}), NotAPack::Version(2)),
    ] {
        files.insert(file::MANIFEST.to_owned(), manifest.to_string().into_bytes());
        assert_eq!(verify(&files), Err(expected));
    }
    for bytes in [&b"not JSON"[..], br#"{"format": "crossfade-evidence", "format_version": 1}"#] {
        files.insert(file::MANIFEST.to_owned(), bytes.to_vec());
        assert!(matches!(verify(&files), Err(NotAPack::Manifest(_))));
    }
}
