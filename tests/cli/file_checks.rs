//! `crossfade files check`: what it prints, and what its code says.

use std::fs::File;
use std::time::SystemTime;

use chrono::TimeDelta;
use crossfade::server::clock::{Clock as _, SystemClock};

use crate::run::{Desk, get};

#[test]
fn nothing_amiss_is_success_and_an_object_without_a_record_is_told() {
    let desk = Desk::new();
    let said = desk.crossfade(&["files", "check"]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "full check complete: 0 records, 0 objects, 0 bytes read\n"),
        "{said:?}"
    );

    let stray = desk.data_dir().join("files/legacy/stray.bin");
    std::fs::write(&stray, b"whose is it?").unwrap();
    // What is young may still be given a record.
    let young = desk.crossfade(&["files", "check"]);
    assert_eq!(young.code, 0, "{young:?}");
    let old = SystemTime::from(SystemClock.now() - TimeDelta::hours(48));
    File::options().write(true).open(&stray).unwrap().set_modified(old).unwrap();
    for mode in [&["files", "check"][..], &["files", "check", "--quick"]] {
        let said = desk.crossfade(mode);
        let lines: Vec<&str> = said.out.lines().collect();
        assert_eq!((said.code, lines.len()), (1, 2), "{said:?}");
        let words: Vec<&str> = lines[1].split('\t').collect();
        assert_eq!(words[1..4], ["no_record", "legacy", "stray.bin"], "{said:?}");
    }

    let server = desk.server();
    let shown = get(server.address, "/api/v1/files/consistency");
    assert_eq!(shown["open"][0]["count"], 1, "{shown}");
    assert_eq!(shown["checks"][0]["asked_by"], "cli:ada", "{shown}");
}
