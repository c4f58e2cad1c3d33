//! A thousand browsers that listen for changes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};

use crate::Alone;
use crate::http::{connect, observe, post};
use crate::memory::Memory;
use crate::support::token;

const STREAMS: usize = 1_000;

/// The most memory that they may take, in MiB.
const MOST_MORE: u64 = 64;

fn listen(address: SocketAddr) -> BufReader<TcpStream> {
    let token = token(address);
    let mut stream = connect(address).unwrap();
    let head = format!("GET /api/v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}");
    write!(stream, "{head}\r\naccept: text/event-stream\r\n\r\n").unwrap();
    let mut stream = BufReader::with_capacity(1 << 10, stream);
    let head = until(&mut stream, "\r\n");
    assert!(head[0].starts_with("HTTP/1.1 200 "), "{head:?}");
    until(&mut stream, "retry: ");
    stream
}

/// Lines up to the first that begins with `start`.
fn until(stream: &mut BufReader<TcpStream>, start: &str) -> Vec<String> {
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line: &String| !line.starts_with(start)) {
        let mut line = String::new();
        assert!(stream.read_line(&mut line).unwrap() > 0, "the stream ended after {lines:?}");
        lines.push(line);
    }
    lines
}

#[test]
fn a_thousand_streams_take_little_memory_and_each_is_told() {
    let it = Alone::start();
    let address = it.server.address;
    assert_eq!(observe(address, "before", 10).accepted(), 10);
    let memory = Memory::of(&it.server.child);
    let mut streams: Vec<_> = (0..STREAMS).map(|_| listen(address)).collect();
    let body = br#"{"kind":"emergency","reason":"it burns"}"#;
    assert_eq!(post(address, "/api/v1/rollbacks", "", body).unwrap().status, 201);
    assert_eq!(observe(address, "among", 10).accepted(), 10);
    for stream in &mut streams {
        until(stream, "event: change");
        until(stream, "event: figures");
    }
    let more = memory.most_more();
    assert!(more < MOST_MORE, "{more} MiB for {STREAMS} streams");
}
