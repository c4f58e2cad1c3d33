//! `crossfade import`: files as they come, and lines that cannot be taken in.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::run::{Desk, Said, counted, line, run};
use crate::support::crossfade;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// It failed, with `part` among its last words and nothing of what is inside the program.
fn failed(said: &Said, code: i32, part: &str) {
    assert_eq!(said.code, code, "{said:?}");
    assert!(said.err.contains(part), "{:?} where {part:?} was expected", said.err);
    for word in ["panicked", "backtrace", "sqlx", "SELECT", "INSERT"] {
        assert!(!said.err.contains(word), "{said:?}");
    }
}

#[test]
fn a_file_may_be_gzip_and_come_on_standard_input() {
    let three = line(&json!({})).repeat(3);
    let two_members = [gzip(&three), gzip(&three)].concat();
    for (text, lines) in [
        (three.clone().into_bytes(), 3),
        (gzip(&three), 3),
        (two_members, 6),
        (three.trim_end().as_bytes().to_vec(), 3),
        (three.replace('\n', "\r\n\r\n  \n").into_bytes(), 3),
        (b"\n\n".to_vec(), 0),
        (b"".to_vec(), 0),
        (gzip(""), 0),
    ] {
        let expected = format!("{lines} accepted, 0 duplicates, 0 rejected\n");
        let (desk, other) = (Desk::new(), Desk::new());
        assert!(desk.take_in(&text, &[]).starts_with(&expected), "{expected}");
        for options in [&[][..], &["--shift-to-now"]] {
            let said = other.import_with(Path::new("-"), options, &text);
            assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
        }
        let server = other.server();
        assert_eq!(counted(server.address, "kimi"), [lines, 0, 0]);
    }
}

#[test]
fn rejected_lines_are_named_by_their_numbers_and_all_others_taken_in() {
    let desk = Desk::new();
    let long = "x".repeat(8 << 20);
    let text = [
        line(&json!({})),
        "\n".to_owned(),
        line(&json!({"latency_ms": -1})),
        "not json\n".to_owned(),
        line(&json!({})),
        line(&json!({"feature": "Not a key"})),
        line(&json!({"feature": "new"})),
        line(&json!({"at": "2999-01-01T00:00:00Z"})),
        "{\"feature\":\"kimi\"}\n".to_owned(),
        "{}\n".to_owned(),
        "[]\n".to_owned(),
        format!("{long}\n"),
        line(&json!({"id": ""})),
        line(&json!({})).replace("100.0", "1e999"),
        line(&json!({})),
    ]
    .concat();
    let said = desk.import(&desk.file("mixed.ndjson", &text), &[]);
    failed(&said, 1, "11 lines were rejected; all others were taken in");
    insta::assert_snapshot!(format!("{}---\n{}", said.out, said.err), @r#"
    3 accepted, 0 duplicates, 11 rejected
      kimi: 3, created
    ---
    Error: 11 lines were rejected; all others were taken in
      line 3: latency_ms must be a number from 0 to 86400000 (a day)
      line 4: expected ident at line 1 column 2
      line 6: feature "Not a key" must start with a small letter a to z
      line 7: feature "new" must not be "new": that is where the form for a new feature is
      line 8: at lies more than 5 minutes in the future; check the sender's clock
      line 9: missing field `operation` at line 1 column 18
      line 10: missing field `feature` at line 1 column 2
      line 11: invalid length 1, expected an observation or a comparison at line 1 column 2
      line 12: a line has at most 8388608 bytes
      line 13: id must not be empty
      …
    "#);
    let server = desk.server();
    assert_eq!(counted(server.address, "kimi"), [3, 0, 0]);
}

#[test]
fn of_many_rejected_lines_the_first_ten_are_named() {
    let desk = Desk::new();
    let text = [line(&json!({"latency_ms": -1})).repeat(2_500), line(&json!({}))].concat();
    let said = desk.import(&desk.file("bad.ndjson", &text), &[]);
    failed(&said, 1, "2,500 lines were rejected");
    assert!(said.out.starts_with("1 accepted, 0 duplicates, 2,500 rejected\n"), "{said:?}");
    assert_eq!(said.err.lines().filter(|line| line.starts_with("  line ")).count(), 10, "{said:?}");
    assert!(said.err.trim_end().ends_with('…'), "{said:?}");
}

#[test]
fn a_gzip_that_is_cut_off_is_told_with_what_was_taken_in_until_then() {
    let desk = Desk::new();
    let text: String = (0..5_000).map(|number| line(&json!({"latency_ms": number}))).collect();
    let whole = gzip(&text);
    let said = desk.import(&desk.file("cut.ndjson.gz", &whole[..whole.len() - 4]), &[]);
    failed(&said, 1, "is the file cut off?");
    failed(&said, 1, "stopped; until then: 5,000 accepted, 0 duplicates, 0 rejected");
    let said = desk.import(&desk.file("half.ndjson.gz", &whole[..whole.len() / 2]), &["--shift-to-now"]);
    failed(&said, 1, "is the file cut off?");
    assert!(desk.take_in(&whole, &[]).starts_with("0 accepted, 5,000 duplicates, 0 rejected\n"));
}

#[test]
fn what_was_whole_before_the_cut_is_taken_in_and_not_counted_again() {
    let desk = Desk::new();
    let text: String = (0..5_000).map(|number| line(&json!({"id": format!("{number}-{number:x}")}))).collect();
    let whole = gzip(&text);
    let said = desk.import(&desk.file("half.ndjson.gz", &whole[..whole.len() / 2]), &[]);
    failed(&said, 1, "stopped; until then: ");
    assert!(desk.import(&desk.file("whole.ndjson.gz", &whole), &[]).code == 0);
    let server = desk.server();
    assert_eq!(counted(server.address, "kimi"), [5_000, 0, 0]);
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let desk = Desk::new();
    failed(&desk.import(Path::new("/nowhere/at-all.ndjson"), &[]), 1, "could not open /nowhere/at-all.ndjson");
    failed(&desk.import(Path::new("/"), &[]), 1, "Is a directory");
    let said = run(crossfade().arg("import"), b"");
    failed(&said, 2, "<FILE>");
}

#[test]
fn a_migration_that_cannot_be_one_is_told_before_anything_is_done() {
    let desk = Desk::new();
    let file = desk.file("one.ndjson", line(&json!({})));
    for slug in ["Files", "", "1", "a b"] {
        failed(&desk.import(&file, &["--migration", slug]), 2, "--migration <SLUG>");
    }
    assert!(!desk.data_dir().exists());
}

#[test]
fn a_time_at_the_end_of_the_world_is_rejected_and_no_danger() {
    let desk = Desk::new();
    let line_at = |at: &str| line(&json!({"at": at}));
    let text = [line_at("-262143-01-01T00:00:00Z"), line_at("2020-01-01T00:00:00Z")].concat();
    let file = desk.file("old.ndjson", &text);
    failed(&desk.import(&file, &["--shift-to-now"]), 1, "line 1: at lies more than 30 days in the past");
    failed(&desk.import(&file, &[]), 1, "line 2: at lies more than 30 days in the past");
    let text = [line_at("+262142-12-31T23:59:59Z"), line_at("-262143-01-01T00:00:00Z")].concat();
    failed(&desk.import(&desk.file("far.ndjson", &text), &["--shift-to-now"]), 1, "line 2: ");
}
