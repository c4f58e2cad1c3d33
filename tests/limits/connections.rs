//! Thousands of connections that say nothing, or next to nothing.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Alone;
use crate::http::{connect, counted, get, observe};
use crate::memory::Memory;
use crate::support::{Server, serve};

/// How many connections there may be, as far as this process may open them.
fn most_connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
    let allowed = getrlimit(Resource::Nofile).current.map_or(wanted, |most| usize::try_from(most).unwrap());
    // The server keeps 128 descriptors for other things.
    let most = wanted.min(allowed.saturating_sub(300));
    if most < wanted {
        println!("{most} connections instead of {wanted}: this process may open {allowed} files only");
    }
    most
}

/// Connections of which every other sent the half of a head.
fn idle_connections(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    (0..count)
        .map(|index| {
            let mut stream = connect(address).unwrap();
            if index % 2 == 0 {
                stream.write_all(b"POST /api/v1/observations HTTP/1.1\r\nhost: slow\r\ncontent-le").unwrap();
            }
            stream
        })
        .collect()
}

/// A request and a batch are answered at once.
fn is_answered(address: SocketAddr, operation: &str) {
    for path in ["/healthz", "/monitoring/hybrid-status"] {
        let began = Instant::now();
        assert_eq!(get(address, path).status, 200);
        assert!(began.elapsed() < Duration::from_secs(2), "{path}: {:?}", began.elapsed());
    }
    let began = Instant::now();
    assert_eq!(observe(address, operation, 10).accepted(), 10);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn ten_thousand_idle_connections_do_not_keep_others_from_being_answered() {
    let mut it = Alone::start();
    let address = it.server.address;
    is_answered(address, "before");
    let memory = Memory::of(&it.server.child);
    let idle = idle_connections(address, most_connections(10_000));
    is_answered(address, "among");
    let more = memory.most_more();
    assert!(more < 150, "{more} MiB for {} connections", idle.len());
    drop(idle);
    is_answered(address, "after");
    assert_eq!(counted(address, "among"), 10);
    assert!(it.server.terminate().success());
}

#[test]
fn bodies_that_stand_still_do_not_keep_others_from_being_answered() {
    let it = Alone::start();
    let address = it.server.address;
    let mut slow = idle_connections(address, 500);
    for stream in &mut slow {
        stream.write_all(b"POST /api/v1/observations HTTP/1.1\r\nhost: slow\r\ncontent-length: 9000\r\n\r\n[").unwrap();
    }
    is_answered(address, "among");
}

#[test]
fn a_server_that_may_not_open_more_connections_serves_those_that_wait_when_others_end() {
    let it = Alone::start();
    let command = serve(&it.beside("other"));
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -n 400; exec \"$@\"", "sh"]).arg(command.get_program()).args(command.get_args());
    limited.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let mut server = Server::start(limited);
    // 128 of the 400 are kept for other things.
    let mut idle = idle_connections(server.address, 300);
    assert!(server.child.try_wait().unwrap().is_none());
    idle.drain(..150);
    is_answered(server.address, "after");
    drop(idle);
    assert!(server.terminate().success());
}

#[test]
fn a_server_with_idle_connections_stops_at_once() {
    let mut it = Alone::start();
    let idle = idle_connections(it.server.address, 100);
    let mut kept = connect(it.server.address).unwrap();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: kept\r\n\r\n").unwrap();
    is_answered(it.server.address, "before");
    let began = Instant::now();
    assert!(it.server.terminate().success());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop((idle, kept));
}
