//! `crossfade user`, `crossfade token` and the first admin's link, also while a server runs on the same data.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;

use crate::run::{Desk, Said, run};
use crate::support::{crossfade, serve};

const PASSWORD: &str = "correct horse battery";

fn crossfade_on(desk: &Desk, arguments: &[&str], input: &str) -> Said {
    let mut command = crossfade();
    command.args(["--log", "warn"]).args(arguments).arg("--data-dir").arg(desk.data_dir()).env("USER", "root");
    run(&mut command, input.as_bytes())
}

/// Runs a command that must work, and gives what it said.
fn done(desk: &Desk, arguments: &[&str], input: &str) -> String {
    let said = crossfade_on(desk, arguments, input);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{arguments:?}");
    said.out
}

/// Runs a command that must fail with these words, and nothing on standard output.
fn refused(desk: &Desk, arguments: &[&str], input: &str, words: &str) {
    let said = crossfade_on(desk, arguments, input);
    assert!(said.code != 0 && said.out.is_empty() && said.err.contains(words), "{arguments:?}: {said:?}");
    assert!(!said.err.contains(PASSWORD), "{said:?}");
}

fn create(desk: &Desk, login: &str, role: &str) {
    let arguments = ["user", "create", "--login", login, "--role", role, "--password-stdin"];
    assert_eq!(done(desk, &arguments, &format!("{PASSWORD}\n")), "");
}

/// The status of a request.
fn status(address: SocketAddr, head: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "{head}\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

fn status_with(address: SocketAddr, token: &str) -> u16 {
    status(address, &format!("GET /api/v1/features HTTP/1.1\r\nauthorization: Bearer {token}"), "")
}

fn status_of_login(address: SocketAddr, login: &str, password: &str) -> u16 {
    let head = "POST /panel/log-in HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded";
    status(address, head, &format!("login={login}&password={}", password.replace(' ', "+")))
}

#[test]
fn users_are_managed_while_a_server_runs() {
    let desk = Desk::new();
    let server = desk.server();
    create(&desk, "ada", "admin");
    create(&desk, "grace", "viewer");
    assert_eq!(status_of_login(server.address, "grace", PASSWORD), 200);
    done(&desk, &["user", "set-role", "--login", "grace", "--role", "manager"], "");
    done(&desk, &["user", "set-password", "--login", "grace", "--password-stdin"], "another password");
    assert_eq!(status_of_login(server.address, "grace", PASSWORD), 401);
    assert_eq!(status_of_login(server.address, "grace", "another password"), 200);
    done(&desk, &["user", "disable", "--login", "grace"], "");
    assert_eq!(status_of_login(server.address, "grace", "another password"), 401);
    insta::assert_snapshot!(done(&desk, &["user", "list"], ""), @"
    LOGIN                                    ROLE     STATE    NAME
    ada                                      admin    enabled  ada
    grace                                    manager  disabled grace
    ");
    done(&desk, &["user", "enable", "--login", "grace"], "");
    assert_eq!(status_of_login(server.address, "grace", "another password"), 200);
}

#[test]
fn what_cannot_be_of_a_user_is_told_in_words() {
    let desk = Desk::new();
    create(&desk, "ada", "admin");
    let create = |login, role| ["user", "create", "--login", login, "--role", role, "--password-stdin"];
    refused(&desk, &create("ada", "viewer"), PASSWORD, "user ada exists already");
    refused(&desk, &create("Ada", "viewer"), PASSWORD, "must start with a small letter");
    refused(&desk, &create("eve", "king"), PASSWORD, "must be viewer, engineer, manager or admin");
    refused(&desk, &create("eve", "viewer"), "short", "password must have 12 characters or more");
    refused(&desk, &["user", "create", "--login", "eve", "--role", "viewer"], PASSWORD, "use --password-stdin");
    refused(&desk, &["user", "disable", "--login", "ada"], "", "the last enabled admin");
    refused(&desk, &["user", "set-role", "--login", "ada", "--role", "viewer"], "", "the last enabled admin");
    refused(&desk, &["user", "enable", "--login", "eve"], "", "user eve does not exist");
}

#[test]
fn a_token_is_printed_alone_and_works_until_it_is_revoked() {
    let desk = Desk::new();
    let server = desk.server();
    let printed = done(&desk, &["token", "create", "--name", "ci", "--scope", "ingest,read"], "");
    let token = printed.strip_suffix('\n').unwrap();
    assert!(token.starts_with("cf_") && token.len() == 46 && !token.contains(char::is_whitespace), "{printed}");
    assert_eq!(status_with(server.address, token), 200);
    let arguments = ["token", "create", "--name", "other", "--scope", "ingest", "--scope", "evaluate"];
    let other = done(&desk, &[&arguments[..], &["--expires-in-days", "7"]].concat(), "");
    assert_eq!(status_with(server.address, other.trim_end()), 403);
    refused(&desk, &["token", "create", "--name", "ci", "--scope", "read"], "", "token ci exists already");
    refused(&desk, &["token", "create", "--name", "a", "--scope", "all"], "", "knows no scope \"all\"");
    refused(&desk, &["token", "create", "--name", "a"], "", "must name one scope at least");
    let list = done(&desk, &["token", "list"], "");
    assert!(list.contains(" cli:root ") && list.contains("ingest,read") && !list.contains(token), "{list}");
    done(&desk, &["token", "revoke", "--name", "ci"], "");
    assert_eq!(status_with(server.address, token), 401);
    refused(&desk, &["token", "revoke", "--name", "ci"], "", "token ci does not exist");
}

#[test]
fn a_server_without_users_names_the_link_for_the_first_admin() {
    let desk = Desk::new();
    let lines = |count: usize| -> Vec<String> {
        let mut child = serve(&desk.data_dir()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(count).map(Result::unwrap).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        lines
    };
    let (first, second) = (lines(2), lines(2));
    for lines in [&first, &second] {
        let address = lines[0].strip_prefix("listening on ").unwrap();
        let token = lines[1].strip_prefix(&format!("set up the first admin: {address}/set-up?token=")).unwrap();
        assert_eq!(token.len(), 43, "{token}");
    }
    assert_ne!(first[1].split('=').next_back(), second[1].split('=').next_back());
    create(&desk, "ada", "admin");
    let mut command = crossfade();
    command
        .args(["serve", "--example", "--example-rate", "0", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(desk.data_dir());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().take(2).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said[1].starts_with("send it something: "), "{said:?}");
}
