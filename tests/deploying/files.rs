//! The unit and the container file of the guide: what they name is there, and is what `make build` makes.

use std::fs;
use std::path::Path;
use std::process::Command;

const UNIT: &str = include_str!("../../examples/deploying/crossfade.service");
const CONTAINER: &str = include_str!("../../examples/deploying/Containerfile");
const GUIDE: &str = include_str!("../../examples/deploying/README.md");
const MAKEFILE: &str = include_str!("../../Makefile");

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names of variables that `crossfade serve` knows.
fn known_variables() -> Vec<String> {
    let help = Command::new(env!("CARGO_BIN_EXE_crossfade")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let names = help.split("[env: ").skip(1).filter_map(|rest| rest.split([']', '=']).next());
    names.map(ToOwned::to_owned).collect()
}

/// Words that begin like the program's variables.
fn named_variables(text: &str) -> Vec<String> {
    let is_of_name = |it: char| it.is_ascii_uppercase() || it == '_';
    let words = text.split(|it: char| !is_of_name(it)).filter(|word| word.starts_with("CROSSFADE_"));
    words.map(ToOwned::to_owned).collect()
}

#[test]
fn every_variable_that_is_set_is_one_of_the_program() {
    let known = known_variables();
    assert!(known.len() > 10, "{known:?}");
    for text in [UNIT, CONTAINER, GUIDE] {
        for name in named_variables(text) {
            assert!(known.contains(&name), "{name} is none of {known:?}");
        }
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("crossfade.service");
    // It looks whether the program is there.
    let program = env!("CARGO_BIN_EXE_crossfade");
    fs::write(&unit, UNIT.replace("/opt/crossfade/crossfade", program)).unwrap();
    let Ok(said) = Command::new("systemd-analyze").args(["--man=no", "verify"]).arg(&unit).output() else {
        // Not where another init runs; scripts/setup installs none.
        eprintln!("systemd-analyze is not here: the unit is not looked at");
        return;
    };
    let said = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains("crossfade.service")).collect();
    assert!(about_it.is_empty(), "{about_it:#?}");
}

#[test]
fn the_container_holds_what_the_makefile_builds_and_starts_it_as_nobody_in_particular() {
    let build = MAKEFILE.split("\nbuild:").nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(
        build.contains("scripts/client release") && build.contains("cargo build --release --bin crossfade"),
        "{build}"
    );
    let client = fs::read_to_string(repository().join("scripts/client")).unwrap();
    assert!(client.contains("target/site") || client.contains("/site"), "the client goes elsewhere");
    let copied: Vec<Vec<&str>> =
        CONTAINER.lines().filter_map(|line| line.strip_prefix("COPY ")).map(|line| line.split(' ').collect()).collect();
    assert_eq!(
        copied,
        [["target/release/crossfade", "/opt/crossfade/crossfade"], ["target/site", "/opt/crossfade/site"]]
    );
    for (_, to) in copied.iter().map(|pair| (pair[0], pair[1])) {
        assert!(GUIDE.contains(to), "the guide puts it elsewhere than {to}");
    }
    assert!(CONTAINER.contains("CROSSFADE_SITE_ROOT=/opt/crossfade/site") && CONTAINER.contains("\nUSER 10001\n"));
    assert!(UNIT.contains("ExecStart=/opt/crossfade/crossfade serve\n"));
    // What is left out of a build is not needed, and what is copied is not left out.
    let ignored = fs::read_to_string(repository().join(".dockerignore")).unwrap();
    assert_eq!(ignored, "*\n!target/release/crossfade\n!target/site\n");
}
