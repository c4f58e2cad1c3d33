//! A disk that is full, and one that cannot be written: told in words, nothing acknowledged is lost, and it passes.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::Alone;
use crate::http::{Answer, counted, get, observe, post};
use crate::support::{Server, crossfade, serve};

/// A file system of its own, in memory; gone when it is dropped.
pub struct Disk(PathBuf);

impl Disk {
    /// A disk of this size; `None` where it may not be mounted.
    pub fn at(at: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir(&at).unwrap();
        run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], &at).then(|| Self(at.clone()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Sets it to read-only; nothing on it may be open for writing.
    fn set_read_only(&self) {
        assert!(run("mount", &["-o", "remount,ro"], &self.0));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["--lazy"], &self.0);
    }
}

/// Runs a command of the system on `path`; says so when it cannot.
fn run(command: &str, arguments: &[&str], path: &Path) -> bool {
    let output = Command::new(command).args(arguments).arg(path).output();
    let is_done = output.as_ref().is_ok_and(|output| output.status.success());
    if !is_done {
        println!("this cannot be tried here: {command} {arguments:?}: {output:?}");
    }
    is_done
}

/// Everything that reads is served.
fn is_read(address: SocketAddr) {
    let paths =
        ["/healthz", "/readyz", "/monitoring/hybrid-status", "/api/v1/features", "/charts/kimi/requests.svg", "/"];
    for path in paths {
        assert_eq!(get(address, path).status, 200, "{path}");
    }
}

fn create_migration(address: SocketAddr, slug: &str) -> Answer {
    post(address, "/api/v1/migrations", "", format!(r#"{{"slug":"{slug}","name":"New"}}"#).as_bytes()).unwrap()
}

/// Fills the disk to the last byte, and gives the file that does.
pub fn fill(disk: &Disk) -> PathBuf {
    let ballast = disk.0.join("ballast");
    let mut file = fs::File::create(&ballast).unwrap();
    let error = std::io::copy(&mut std::io::repeat(0), &mut file).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    ballast
}

#[test]
fn a_full_disk_refuses_what_is_new_keeps_what_was_and_goes_on_when_there_is_room() {
    let it = Alone::start();
    let Some(disk) = Disk::at(it.beside("disk"), "16m") else { return };
    let mut server = Server::start(serve(&disk.0.join("data")));
    let address = server.address;
    let mut acknowledged = 0;
    for round in 0..3 {
        acknowledged += observe(address, "upload", 100).accepted();
        let ballast = fill(&disk);
        let mut refused = 0;
        // What is left of the log's last page may take some more.
        for number in 0..50 {
            let answer = observe(address, &format!("new-{round}-{number}"), 1_000);
            let mut expected = 1_000;
            if answer.status != 202 {
                assert!(answer.problem(507).contains("full"), "{answer:?}");
                expected = 0;
                refused += 1;
            }
            assert_eq!(counted(address, &format!("new-{round}-{number}")), expected);
        }
        assert!(refused > 0, "the disk was not full");
        assert!(create_migration(address, &format!("round-{round}")).problem(507).contains("full"));
        is_read(address);
        assert_eq!(counted(address, "upload"), acknowledged);
        fs::remove_file(ballast).unwrap();
        acknowledged += observe(address, "upload", 10).accepted();
        assert_eq!(create_migration(address, &format!("round-{round}")).status, 201);
        assert_eq!(counted(address, "upload"), acknowledged);
    }
    fill(&disk);
    assert!(server.terminate().success());
    let server = Server::start(serve(&disk.0.join("data")));
    assert_eq!(counted(server.address, "upload"), acknowledged, "after a restart on a full disk");
    is_read(server.address);
}

/// What the program said when it ended by itself.
fn last_words(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_disk_that_is_full_or_read_only_from_the_start_is_told_in_words() {
    let it = Alone::start();
    let Some(disk) = Disk::at(it.beside("disk"), "4m") else { return };
    let command = |data_dir: &str| {
        let mut command = crossfade();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(disk.0.join(data_dir));
        command
    };
    let ballast = fill(&disk);
    let words = last_words(&command("full").output().unwrap());
    assert!(words.contains("full"), "{words}");
    fs::remove_file(ballast).unwrap();

    let mut server = Server::start(serve(&disk.0.join("data")));
    observe(server.address, "upload", 10).accepted();
    assert!(server.terminate().success());
    disk.set_read_only();
    for data_dir in ["data", "new"] {
        let words = last_words(&command(data_dir).output().unwrap());
        assert!(words.to_ascii_lowercase().contains("read-only"), "{words}");
    }
}

/// Files that cannot be written any more, not even by who has them open; they can again when this is dropped.
struct Frozen(Vec<PathBuf>);

impl Frozen {
    /// `None` where this cannot be done.
    fn all_in(folder: &Path) -> Option<Self> {
        // Not the index of the log, which is mapped into memory: a write there would be a signal and no error.
        let files = ["crossfade.db", "crossfade.db-wal"].map(|name| folder.join(name));
        let mut frozen = Self(Vec::new());
        for file in files {
            if !run("chattr", &["+i"], &file) {
                return None;
            }
            frozen.0.push(file);
        }
        Some(frozen)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for file in &self.0 {
            run("chattr", &["-i"], file);
        }
    }
}

#[test]
fn a_store_that_cannot_be_written_any_more_is_told_and_goes_on_when_it_can() {
    let it = Alone::start();
    let address = it.server.address;
    observe(address, "upload", 100).accepted();
    let Some(frozen) = Frozen::all_in(&it.beside("data")) else { return };
    for _ in 0..3 {
        let detail = observe(address, "upload", 100).problem(503);
        assert!(!detail.to_ascii_lowercase().contains("sql"), "{detail}");
        create_migration(address, "added").problem(503);
    }
    is_read(address);
    assert_eq!(counted(address, "upload"), 100);
    drop(frozen);
    // The first to notice may still be refused; the one after it finds the store as it is.
    let mut written = 100;
    let answers = [(); 5].map(|()| observe(address, "upload", 10));
    for answer in &answers {
        written += if answer.status == 202 { answer.accepted() } else { 0 };
    }
    assert_eq!(answers.last().unwrap().accepted(), 10);
    assert_eq!(create_migration(address, "added").status, 201);
    assert_eq!(counted(address, "upload"), written);
}
