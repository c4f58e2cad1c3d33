//! `crossfade drive`: what it refuses, and that what it does is counted as a driver's.

use serde_json::Value;

use crate::run::{Desk, Said, get, run};
use crate::support::{crossfade, token};

#[test]
fn what_cannot_be_driven_is_refused_in_words() {
    for (options, part) in [
        (&["--rate", "5"][..], "--token <TOKEN>"),
        (&["--token", "cf_a", "--rate", "1000"], "must be a number of operations a second, from 0 to 200"),
        (
            &["--token", "cf_a", "--fault", "explode=1"],
            "must be corrupt=ODDS, error=ODDS, lost-answer=ODDS or delay=TIME:ODDS",
        ),
        (&["--token", "cf_a", "--fault", "corrupt=20"], "\"20\" is no number from 0 to 1"),
        (&["--token", "cf_a", "--fault", "delay=5:0.1"], "\"5\" is no time such as 500ms or 2s"),
    ] {
        let said = run(crossfade().arg("drive").args(options), b"");
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(part), "{said:?} where {part:?} was expected");
    }
    for (options, part) in [
        (&["--token", "cf_a", "--url", "nonsense"][..], "must be an address such as http://127.0.0.1:3000"),
        (&["--token", "cf_a", "--url", "http://127.0.0.1:9"], "crossfade could not be asked"),
    ] {
        let said = run(crossfade().arg("drive").args(options), b"");
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains(part), "{said:?} where {part:?} was expected");
    }
}

#[test]
fn what_it_does_is_counted_and_its_faults_are_named() {
    let desk = Desk::new();
    let server = desk.server();
    let url = format!("http://{}", server.address);
    let drive = |options: &[&str]| -> Said {
        let mut command = crossfade();
        command.args(["drive", "--url", &url, "--rate", "40", "--seconds", "3"]).args(options);
        run(command.env("CROSSFADE_TOKEN", token(server.address)), b"")
    };
    let plain = drive(&[]);
    assert_eq!(plain.code, 0, "{plain:?}");
    let lines: Vec<&str> = plain.out.lines().collect();
    assert_eq!(lines[0], format!("driving {url} at 40 operations a second, without faults"));
    assert!(
        lines[1].contains(" 0 failed, 0 faults injected; ") && lines[1].ends_with("0 refused, 0 dropped"),
        "{plain:?}"
    );
    let faulty = drive(&["--fault", "corrupt=1", "--fault", "delay=10ms:0.5"]);
    assert!(faulty.out.contains("injecting corrupt=1 delay=10ms:0.5 into the candidate"), "{faulty:?}");
    assert!(!faulty.out.contains(" 0 faults injected"), "{faulty:?}");

    let status: Value = get(server.address, "/monitoring/hybrid-status");
    assert!(status["performance"]["requests"]["legacy"].as_u64() > Some(20), "{status}");
}
