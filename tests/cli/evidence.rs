//! `crossfade evidence`: a pack made from the database, and checked without one.

use std::path::Path;

use crossfade::domain::evidence_pack::{Files, file};
use crossfade::server::evidence_pack::{read_archive, write_archive};
use serde_json::json;

use crate::run::{Desk, Said, line, run};
use crate::support::crossfade;

/// `crossfade evidence verify FILE`, with no data anywhere.
fn verify(file: &Path) -> Said {
    let elsewhere = tempfile::tempdir().unwrap();
    let said = run(crossfade().args(["evidence", "verify"]).arg(file).current_dir(elsewhere.path()), b"");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0, "it leaves nothing behind");
    said
}

fn exported(desk: &Desk) -> Vec<u8> {
    desk.take_in([line(&json!({})).repeat(30), line(&json!({"path": "candidate"})).repeat(3)].concat(), &[]);
    let out = desk.data_dir().with_file_name("kimi.zip");
    let said = desk.crossfade(&["evidence", "export", "--feature", "kimi", "--out", out.to_str().unwrap()]);
    assert_eq!((said.code, said.out.trim_end()), (0, out.to_str().unwrap()), "{said:?}");
    std::fs::read(out).unwrap()
}

/// The pack, changed, must come out with this code, this on standard output and this on standard error.
fn check(desk: &Desk, bytes: &[u8], code: i32, out: &str, err: &str) {
    let said = verify(&desk.file("other.zip", bytes));
    assert_eq!(said.code, code, "{said:?}");
    assert!(said.out.contains(out) && said.err.contains(err), "{said:?} where {out:?} and {err:?} were expected");
    assert!(!said.err.contains("panicked"), "{said:?}");
}

#[test]
fn a_pack_that_was_exported_is_confirmed_and_a_changed_one_is_not() {
    let desk = Desk::new();
    let bytes = exported(&desk);
    let said = verify(&desk.data_dir().with_file_name("kimi.zip"));
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.starts_with("This is the gate of kimi in stage shadow (migration imported)"), "{said:?}");
    assert!(said.out.ends_with("\nconfirmed\n") && !said.out.contains("contradicted"), "{said:?}");

    let files = read_archive(&bytes).unwrap();
    let changed = |change: &dyn Fn(&mut Files)| {
        let mut files = files.clone();
        change(&mut files);
        write_archive(&files).unwrap()
    };
    let replaced = |name: &'static str, from: &'static str, to: &'static str| {
        changed(&|files| {
            let text = String::from_utf8(files[name].clone()).unwrap();
            assert!(text.contains(from), "{text}");
            files.insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
        })
    };
    check(&desk, &replaced(file::EVIDENCE, "\"ok\": 30", "\"ok\": 31"), 1, "files: evidence.json does not have", "");
    check(&desk, &replaced(file::REPORT, "inconclusive", "passed"), 1, "files: report.json does not have", "");
    check(&desk, &replaced(file::POLICY, "0.05", "0.5"), 1, "files: policy.json does not have", "");
    check(&desk, &replaced(file::AUDIT, "kimi", "kimj"), 1, "its text does not have the hash", "");
    check(&desk, &changed(&|files| drop(files.remove(file::SERIES))), 1, "files: series.json is missing", "");
    let tricky = |name: &'static str| changed(&|files| drop(files.insert(name.to_owned(), b"x".to_vec())));
    check(&desk, &tricky("../../evil"), 1, "files: \"../../evil\" is no file of a pack", "");
    check(&desk, &tricky("\u{1b}[2Jevil"), 1, "\\u{1b}[2Jevil", "");
    check(&desk, &changed(&|files| drop(files.remove(file::MANIFEST))), 2, "", "it has no manifest.json");
    for end in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        check(&desk, &bytes[..end], 2, "", "it is no whole ZIP archive");
    }
    check(&desk, b"not a ZIP", 2, "", "it is no whole ZIP archive");
    let said = verify(Path::new("/nowhere/x.zip"));
    assert!(said.code == 2 && said.err.contains("cannot be opened"), "{said:?}");
}

#[test]
fn a_bomb_is_not_unpacked() {
    let desk = Desk::new();
    let bomb = Files::from([(file::SERIES.to_owned(), vec![b' '; (256 << 20) + 1])]);
    let bytes = write_archive(&bomb).unwrap();
    assert!(bytes.len() < 1 << 20);
    check(&desk, &bytes, 2, "", "\"series.json\" is larger than 268435456 bytes");
}

#[test]
fn what_there_is_no_pack_of_is_told() {
    let desk = Desk::new();
    exported(&desk);
    for (arguments, part) in [
        (&["--feature", "nothing"][..], "there is no feature nothing"),
        (&["--feature", "kimi", "--change", "99"], "no change 99"),
        (&["--feature", "kimi", "--sign-off", "x"], "no sign-off \"x\""),
    ] {
        let said = desk.crossfade(&[&["evidence", "export"][..], arguments].concat());
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
        assert!(said.err.contains(part), "{said:?}");
    }
    let said = desk.crossfade(&["evidence", "export", "--feature", "kimi", "--out", "/nowhere/x.zip"]);
    assert!(said.code == 1 && said.err.contains("could not write /nowhere/x.zip"), "{said:?}");
}
